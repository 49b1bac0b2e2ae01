"""What is asked in a day, how often and how: the catalogue's rows as GraphQL operations.

`RATES` are the catalogue's peaks, in requests a second over all tenants. A row that is asked in
several ways has a flow for each, with its share of the row's requests; the shares are assumptions.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from graphql import OperationDefinitionNode, parse, print_ast

from benchmarks.day.cast import Cast
from tenantql.tenancy.identity import Role

OPERATIONS: Final = Path(__file__).with_name("operations.graphql")

PEAK: Final = 1_400
"""Requests a second that the whole is planned for."""

RATES: Final[Mapping[str, float]] = {
    "U1": 10,
    "U2": 250,
    "U3": 50,
    "U4": 5,
    "U5": 0.3,
    "U6": 0.1,
    "U7": 5,
    "U8": 500,
    "U9": 0.1,
    "U10": 50,
    "U11": 20,
    "U12": 10,
    "P1": 420,
    "P2": 420,
    "P3": 100,
    "P4": 200,
    "P5": 0.01,
    "P6": 0.1,
    "P7": 0.02,
    "P8": 20,
    "P9": 0.1,
    "P10": 0.01,
    "P11": 20,
    "K1": 10,
    "K2": 50,
    "K3": 80,
    "K4": 20,
    "K5": 20,
    "K6": 30,
    "K7": 0.001,
    "C1": 100,
    "C2": 275,
    "C3": 75,
    "C4": 50,
    "C5": 300,
    "O1": 200,
    "O2": 120,
    "O3": 30,
    "O4": 5,
    "O5": 10,
    "O6": 10,
    "O7": 5,
    "O8": 20,
    "O9": 1,
    "O10": 20,
    "O11": 10,
    "I1": 20,
    "I2": 10,
    "I3": 20,
    "I4": 5,
    "I5": 2,
}
"""Each row's own peak. Schools, tenants and jobs have none in the catalogue."""

BESIDE: Final = frozenset({"U8 check"})
"""What comes with requests and is none of them: the authorizer's look at a token."""


@dataclass(frozen=True)
class Flow:
    """One way in which a row is asked: by whom, in which operation, with which variables.

    `share` is of the row's requests. Without an operation it is no GraphQL.
    """

    name: str
    share: float
    operation: str
    role: Role
    variables: Callable[[Cast], dict[str, Any]]

    @property
    def row(self) -> str:
        """The row's id in the catalogue."""
        return self.name.split()[0]

    @property
    def rate(self) -> float:
        """Requests a second when its row has its peak."""
        return RATES[self.row] * self.share

    @property
    def text(self) -> str:
        """The GraphQL document."""
        return documents()[self.operation]


@cache
def documents() -> Mapping[str, str]:
    """The operations of `operations.graphql`, each as a document, by name."""
    nodes = parse(OPERATIONS.read_text(encoding="utf-8")).definitions
    return {
        node.name.value: print_ast(node)
        for node in nodes
        if isinstance(node, OperationDefinitionNode) and node.name
    }


def _none(_cast: Cast) -> dict[str, Any]:
    return {}


def _input(**fields: Any) -> dict[str, Any]:
    return {"input": fields}


def _price(cast: Cast, amount: int = 1000) -> dict[str, Any]:
    return {"amount": amount, "currency": cast.currency}


def _advance(status: str, **more: Any) -> Callable[[Cast], dict[str, Any]]:
    return lambda cast: _input(id=cast.part, status=status, **more, **cast.key)


ADDRESS: Final = {
    "name": "Ada Abt",
    "street": "Torstrasse 140",
    "postalCode": "10119",
    "city": "Berlin",
    "country": "DE",
}
C, S, W, A = Role.CUSTOMER, Role.SELLER, Role.STAFF, Role.ADMIN


def _new_user(cast: Cast) -> dict[str, Any]:
    name = f"newcomer{cast.number}"
    return _input(email=f"{name}@example.com", username=name, displayName="A Newcomer", **cast.key)


def _checkout(cast: Cast) -> dict[str, Any]:
    return _input(address=ADDRESS, **cast.key)


def _refund(cast: Cast) -> dict[str, Any]:
    return _input(id=cast.invoice, amount=100, **cast.key)


def _return(cast: Cast) -> dict[str, Any]:
    goods = [{"productId": cast.product_id(), "quantity": 1}]
    return _input(id=cast.invoice, amount=1000, goods=goods, **cast.key)


def _new_product(cast: Cast) -> dict[str, Any]:
    text = "A kettle of brushed steel with a whistle, for every kind of stove. " * 20
    own = {"title": "Steel kettle, new", "description": text, "categoryId": cast.category_id()}
    return _input(**own, price=_price(cast), **cast.key)


def _list(*filters: str, by_price: bool) -> Callable[[Cast], dict[str, Any]]:
    def variables(cast: Cast) -> dict[str, Any]:
        known = {"categoryId": cast.category_id(), "sellerId": cast.seller_id, "inStock": True}
        order: dict[str, Any] = {"byPrice": {"direction": "ASCENDING"}} if by_price else {}
        return {"filter": {name: known[name] for name in filters}, **order}

    return variables


def _categories(count: int, **more: Any) -> Callable[[Cast], dict[str, Any]]:
    return lambda cast: {"categoryIds": [cast.category_id(n) for n in range(count)], **more}


FLOWS: Final = (
    Flow("U1", 1, "CreateUser", W, _new_user),
    Flow("U2", 1, "UserByUsername", A, lambda c: {"username": c.username}),
    Flow("U3", 1, "UserByEmail", W, lambda c: {"email": c.email}),
    Flow("U4", 1, "User", W, lambda c: {"id": c.user_id}),
    Flow(
        *("U5", 1, "UpdateUser", W),
        lambda c: _input(id=c.user_id, version=1, displayName="Ada Berg", **c.key),
    ),
    Flow("U6", 1, "MakeSeller", W, lambda c: _input(userId=c.user_id, name="Pots", **c.key)),
    Flow("U7", 1, "Users", W, _none),
    Flow("U8 check", 0.99, "", C, _none),
    Flow("U8 log out", 0.01, "LogOut", C, lambda _: _input(everywhere=False)),
    Flow("U9 read", 0.9, "SellerProfile", C, lambda c: {"id": c.seller_id}),
    Flow(
        *("U9 change", 0.1, "UpdateSellerProfile", S),
        lambda c: _input(id=c.seller_id, version=1, description="Of steel."),
    ),
    Flow("U10", 1, "Profile", C, _none),
    Flow("U11 list", 0.5, "Favourites", C, _none),
    Flow("U11 add", 0.3, "AddFavourite", C, lambda c: _input(productId=c.product_id())),
    Flow("U11 remove", 0.2, "RemoveFavourite", C, lambda c: _input(productId=c.product_id())),
    Flow("U12", 1, "Loyalty", C, _none),
    Flow("P1 all", 0.2, "Products", C, _list("inStock", by_price=False)),
    Flow("P1 category", 0.5, "Products", C, _list("categoryId", "inStock", by_price=True)),
    Flow("P1 seller", 0.1, "Products", C, _list("sellerId", by_price=False)),
    Flow("P1 both", 0.2, "Products", C, _list("categoryId", "sellerId", by_price=True)),
    Flow("P2 one word", 0.5, "SearchProducts", C, lambda c: {"text": c.words[0]}),
    Flow("P2 two words", 0.5, "SearchProducts", C, lambda c: {"text": " ".join(c.words)}),
    Flow("P3 three", 0.5, "ProductsOfCategories", C, _categories(3)),
    Flow("P3 below", 0.5, "ProductsOfCategories", C, _categories(1, withSubcategories=True)),
    Flow("P4", 1, "Product", C, lambda c: {"id": c.product_id()}),
    Flow("P5 create", 0.3, "CreateProduct", S, _new_product),
    Flow(
        *("P5 change", 0.6, "UpdateProduct", S),
        lambda c: _input(id=c.product_id(), price=_price(c, 1100), **c.key),
    ),
    Flow("P5 delete", 0.1, "DeleteProduct", S, lambda c: _input(id=c.product_id(), **c.key)),
    Flow("P6", 1, "Products", C, _list("sellerId", by_price=False)),
    Flow(
        *("P7 adjust", 0.5, "AdjustStock", S),
        lambda c: _input(productId=c.product_id(), warehouse="berlin", by=5),
    ),
    Flow(
        *("P7 set", 0.5, "SetStock", S),
        lambda c: _input(productId=c.product_id(), warehouse="bern", quantity=5, expected=0),
    ),
    Flow("P8", 1, "Stock", W, lambda c: {"productId": c.product_id()}),
    Flow("P9", 1, "SellerDashboard", S, _none),
    Flow("P10", 1, "RequestImageUpload", S, lambda _: _input(type="PNG")),
    Flow("P11 list", 0.8, "Reviews", C, lambda c: {"productId": c.product_id()}),
    Flow(
        *("P11 add", 0.2, "AddReview", C),
        lambda c: _input(
            productId=c.product_id(), rating=5, author="Ada", text="It boils. " * 30, **c.key
        ),
    ),
    Flow("K1", 1, "SearchCategories", C, lambda _: {"text": "stee"}),
    Flow("K2", 1, "Categories", C, _none),
    Flow("K3 roots", 0.5, "ChildCategories", C, _none),
    Flow("K3 children", 0.5, "ChildCategories", C, lambda c: {"parentId": c.category_id()}),
    Flow("K4", 1, "CategoryPath", C, lambda c: {"id": c.category_id()}),
    Flow("K5", 1, "Category", C, lambda c: {"id": c.category_id()}),
    Flow("K6", 1, "CategoryTree", C, _none),
    Flow(
        *("K7 create", 0.4, "CreateCategory", W),
        lambda c: _input(name="Teapots", parentId=c.category_id(), **c.key),
    ),
    Flow(
        *("K7 rename", 0.4, "RenameCategory", W),
        lambda c: _input(id=c.category_id(), name="Kettles and pots", **c.key),
    ),
    Flow(
        *("K7 move", 0.2, "MoveCategory", W),
        lambda c: _input(id=c.category_id(2), parentId=c.category_id(1), **c.key),
    ),
    Flow("C1", 1, "Cart", C, _none),
    Flow(
        *("C2 add", 0.7, "AddToCart", C),
        lambda c: _input(productId=c.product_id(2), quantity=1, price=_price(c), **c.key),
    ),
    Flow(
        *("C2 change", 0.3, "ChangeCartLine", C),
        lambda c: _input(productId=c.product_id(), quantity=2),
    ),
    Flow("C3 remove", 0.9, "RemoveFromCart", C, lambda c: _input(productId=c.product_id())),
    Flow("C3 clear", 0.1, "ClearCart", C, _none),
    Flow("C4", 1, "CartSummary", C, _none),
    Flow("C5", 1, "CartCheck", C, _none),
    Flow("O1", 0.99, "Checkout", C, _checkout),
    Flow("O1 last piece", 0.01, "Checkout", C, _checkout),
    Flow("O2", 1, "Orders", C, _none),
    Flow("O3", 1, "Order", C, lambda c: {"id": c.order}),
    Flow("O4 unpaid", 0.5, "CancelOrder", C, lambda c: _input(id=c.order, **c.key)),
    Flow("O4 paid", 0.5, "CancelOrder", C, lambda c: _input(id=c.order, **c.key)),
    Flow("O5 pack", 0.4, "AdvanceFulfilment", S, _advance("PACKED")),
    Flow("O5 ship", 0.3, "AdvanceFulfilment", S, _advance("SHIPPED", warehouse="berlin")),
    Flow("O5 deliver", 0.3, "AdvanceFulfilment", S, _advance("DELIVERED")),
    Flow("O6", 1, "OrderSummary", C, _none),
    Flow("O7", 1, "SearchOrders", C, lambda c: {"text": c.words[0]}),
    Flow("O8", 1, "OrdersByStatus", W, lambda _: {"status": "PLACED"}),
    Flow("O9", 1, "OpenOrders", Role.PLATFORM, lambda c: {"table": c.table}),
    Flow("O10", 1, "Fulfilments", S, _none),
    Flow("O11", 1, "RecentOrders", W, _none),
    Flow("I1", 1, "Invoice", W, lambda c: {"id": c.invoice}),
    Flow("I2 all", 0.5, "Invoices", W, _none),
    Flow("I2 open", 0.5, "Invoices", W, lambda _: {"status": "OPEN"}),
    Flow("I3 pay", 0.9, "PayInvoice", W, lambda c: _input(id=c.invoice, **c.key)),
    Flow("I3 refund", 0.07, "RefundInvoice", W, _refund),
    Flow("I3 return", 0.03, "RefundInvoice", W, _return),
    Flow(
        *("I4", 1, "Revenue", W),
        lambda c: {"currency": c.currency, "from": f"{c.year}-01", "to": f"{c.year}-12"},
    ),
    Flow("I5", 1, "TopCustomers", W, lambda c: {"currency": c.currency}),
)


def rates(*, own_peak: str = "") -> dict[str, float]:
    """Requests a second of each flow when all are `PEAK` together.

    One row may have its own peak, and the others what that leaves. What is `BESIDE` the requests
    keeps its row's rate.
    """
    peak = {flow.name: flow.rate for flow in FLOWS if flow.row == own_peak}
    others = {flow.name: flow.rate for flow in FLOWS if flow.name not in peak}
    beside = {name: rate for name, rate in others.items() if name in BESIDE}
    asked = {name: rate for name, rate in others.items() if name not in BESIDE}
    left = PEAK - sum(rate for name, rate in peak.items() if name not in BESIDE)
    scale = left / sum(asked.values())
    return {**{name: rate * scale for name, rate in asked.items()}, **beside, **peak}
