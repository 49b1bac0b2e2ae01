"""Sample queries: for the playground, the terminal and the tests."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from local.demo import Demo, DemoTenant, words
from tenantql.commerce.model import SellerProfile
from tenantql.table import global_ids
from tenantql.table.entity import entity_of

_FOLDER = Path(__file__).parent

PEOPLE: Final = "The organisation and its people"
CATEGORIES: Final = "Categories"
BUYING: Final = "Products and orders"
MONEY: Final = "Invoices and money"
IDS: Final = "Ids, own and foreign"

ROLES: Final = ("admin", "staff", "seller", "customer")
STAFF: Final = ("staff", "admin")
"""Who sees all of the organisation."""

FIRST_MONTH, LAST_MONTH = "2026-07", "2026-12"
"""Those of the demonstration data, and the month after it."""


@dataclass(frozen=True)
class Example:
    """A query to try: a title, what it costs, who may send it, and variables for each tenant.

    The first of `roles` is whom it is most about. Without a tenant (the empty id) it is for the
    platform's operators.
    """

    name: str
    group: str
    title: str
    about: str
    roles: tuple[str, ...]
    query: str
    variables: Mapping[str, Mapping[str, Any]]


def tenant_examples(demo: Demo) -> tuple[Example, ...]:
    """The examples for the tenants' endpoint, with objects of the demonstration data."""
    tenants = demo.tenants
    foreign = zip(tenants, [*tenants[1:], tenants[0]], strict=True)

    def example(
        name: str, group: str, variables: Callable[[DemoTenant], Mapping[str, Any]], *roles: str
    ) -> Example:
        return _example(name, group, {tenant.id: variables(tenant) for tenant in tenants}, roles)

    return (
        example("organisation", PEOPLE, lambda _: {}, *ROLES),
        example("users", PEOPLE, lambda _: {"first": 5}, *STAFF),
        example("user-by-email", PEOPLE, _email, *STAFF),
        example("user-by-username", PEOPLE, _username, "admin"),
        example("create-user", PEOPLE, _new_user, *STAFF),
        example("profile", PEOPLE, _member, "customer", *STAFF),
        example("update-user", PEOPLE, _new_address, "staff"),
        example("make-seller", PEOPLE, _new_seller, *STAFF),
        example("seller-profile", PEOPLE, lambda _: {}, "seller"),
        example("loyalty", PEOPLE, _member, "customer", *STAFF),
        example("add-favourite", PEOPLE, _regret, "customer"),
        example("favourites", PEOPLE, lambda _: {}, "customer"),
        example("log-out", PEOPLE, lambda _: _input(everywhere=False), *ROLES),
        example("category-tree", CATEGORIES, lambda _: {}, *ROLES),
        example("categories", CATEGORIES, lambda _: {"first": 5}, *ROLES),
        example("child-categories", CATEGORIES, _under("Kitchen"), *ROLES),
        example("search-categories", CATEGORIES, lambda _: {"text": "Júgs c"}, *ROLES),
        example("category-path", CATEGORIES, _category("Textiles"), *ROLES),
        example("category", CATEGORIES, _category("Tableware"), *ROLES),
        example("create-category", CATEGORIES, _new_category, *STAFF),
        example("rename-category", CATEGORIES, _renamed_category, *STAFF),
        example("move-category", CATEGORIES, _moved_category, *STAFF),
        example("delete-category", CATEGORIES, _empty_category, *STAFF),
        example("product", BUYING, _product, "seller", *STAFF),
        example("products", BUYING, _by_price, *ROLES),
        example("products-of-categories", BUYING, _all_below, *ROLES),
        example("products-of-seller", BUYING, _offers, *ROLES),
        example("search-products", BUYING, lambda _: {"text": "Désk repair", "first": 5}, *ROLES),
        example("create-product", BUYING, _new_product, "seller"),
        example("update-product", BUYING, _revision, "seller"),
        example("delete-product", BUYING, _last_product, "seller"),
        example("adjust-stock", BUYING, _delivery, "seller", *STAFF),
        example("set-stock", BUYING, _count, "seller", *STAFF),
        example("stock-movements", BUYING, _first_product, "seller", *STAFF),
        example("request-image-upload", BUYING, lambda _: _input(type="PNG"), "seller", *STAFF),
        example("reviews", BUYING, _first_product, *ROLES),
        example("add-review", BUYING, _opinion, "customer"),
        example("add-to-cart", BUYING, _choice, "customer"),
        example("cart", BUYING, lambda _: {}, "customer"),
        example("change-cart-line", BUYING, _choice, "customer"),
        example("remove-from-cart", BUYING, _regret, "customer"),
        example("checkout", BUYING, _checkout, "customer"),
        example("clear-cart", BUYING, lambda _: {}, "customer"),
        example("order", BUYING, _order, "customer", *STAFF),
        example("orders-of-user", BUYING, _customer, "customer", *STAFF),
        example("search-orders", BUYING, _words_of_customer, "customer", *STAFF),
        example("orders-by-status", BUYING, lambda _: {"status": "PAID", "first": 5}, *STAFF),
        example("seller-dashboard", BUYING, _seller, "seller", *STAFF),
        example("order-summary", BUYING, _summarised, "customer", *STAFF),
        example("cancel-order", BUYING, _unpaid, "customer", *STAFF),
        example("fulfilments", BUYING, _sold, "seller", *STAFF),
        example("advance-fulfilment", BUYING, _packed, "staff", "admin"),
        example("recent-orders", BUYING, lambda _: {"first": 5}, *STAFF),
        example("invoices", MONEY, lambda _: {"first": 5}, *STAFF),
        example("invoices-by-status", MONEY, lambda _: {"status": "OPEN", "first": 5}, *STAFF),
        example("invoice", MONEY, lambda tenant: _invoice(tenant, 0), "customer", *STAFF),
        example("pay-invoice", MONEY, _payment, *STAFF),
        example("refund-invoice", MONEY, _refund, *STAFF),
        example("revenue", MONEY, _months, *STAFF),
        example("top-customers", MONEY, _top, *STAFF),
        example("nodes", IDS, _nodes, "customer", *STAFF),
        _example(
            "foreign-invoice", IDS, {own.id: _invoice(other, 0) for own, other in foreign}, STAFF
        ),
    )


def platform_examples(demo: Demo) -> tuple[Example, ...]:
    """The examples for the platform's endpoint."""
    return (_example("tenant", "Tenants", {"": {"id": demo.tenants[0].id}}, ("platform",)),)


def _example(
    name: str, group: str, variables: Mapping[str, Mapping[str, Any]], roles: tuple[str, ...]
) -> Example:
    """The file of that name: two lines of comment, a title and a sentence, then the query."""
    title, about, query = (_FOLDER / f"{name}.graphql").read_text(encoding="utf-8").split("\n", 2)
    return Example(
        name, group, title.removeprefix("# "), about.removeprefix("# "), roles, query, variables
    )


def _input(**fields: Any) -> dict[str, Any]:
    return {"input": fields}


def _product(tenant: DemoTenant) -> dict[str, Any]:
    return {"id": tenant.products[0].global_id}


def _id_of_category(tenant: DemoTenant, name: str) -> str:
    return tenant.categories[[*words.CATEGORIES].index(name)].global_id


def _category(name: str) -> Callable[[DemoTenant], Mapping[str, Any]]:
    return lambda tenant: {"id": _id_of_category(tenant, name)}


def _under(name: str) -> Callable[[DemoTenant], Mapping[str, Any]]:
    return lambda tenant: {"parentId": _id_of_category(tenant, name)}


def _new_category(tenant: DemoTenant) -> dict[str, Any]:
    parent = _id_of_category(tenant, "Kitchen")
    return _input(name="Baking", parentId=parent, idempotencyKey="my first category")


def _renamed_category(tenant: DemoTenant) -> dict[str, Any]:
    own = _id_of_category(tenant, "Light")
    return _input(id=own, name="Lamps and candles", idempotencyKey="my first name")


def _moved_category(tenant: DemoTenant) -> dict[str, Any]:
    own, parent = (_id_of_category(tenant, name) for name in ("Textiles", "Living"))
    return _input(id=own, parentId=parent, idempotencyKey="my first move")


def _empty_category(tenant: DemoTenant) -> dict[str, Any]:
    own = _id_of_category(tenant, "Gifts")
    return _input(id=own, idempotencyKey="my first deletion")


def _revision(tenant: DemoTenant) -> dict[str, Any]:
    """Of the first product, which is the named seller's."""
    text = "Made to last, and easier to repair than ever."
    category = _id_of_category(tenant, "Decoration")
    own = {"id": tenant.products[0].global_id, "categoryId": category}
    return _input(**own, description=text, idempotencyKey="my first revision")


def _last_product(tenant: DemoTenant) -> dict[str, Any]:
    """The last of the smallest plan's that the named seller has in every one of them."""
    return _input(id=tenant.products[4].global_id, idempotencyKey="my last word")


def _order(tenant: DemoTenant) -> dict[str, Any]:
    return {"id": tenant.orders[0].global_id}


def _summarised(tenant: DemoTenant) -> dict[str, Any]:
    return {"userId": tenant.people["customer"][1].global_id}


def _sold(tenant: DemoTenant) -> dict[str, Any]:
    return {"sellerId": tenant.people["seller"][1].global_id, "first": 5}


def _unpaid(tenant: DemoTenant) -> dict[str, Any]:
    """The fourth order, which the plan has left unpaid."""
    return _input(id=tenant.orders[3].global_id, idempotencyKey="my first cancellation")


def _packed(tenant: DemoTenant) -> dict[str, Any]:
    """A part of the first order, which the plan has paid and nobody has begun."""
    return _input(id=tenant.parts[0].global_id, status="PACKED", idempotencyKey="my first parcel")


def _checkout(_tenant: DemoTenant) -> dict[str, Any]:
    """Of the cart that the named customer has from the beginning."""
    return _input(idempotencyKey="my first checkout")


def _top(tenant: DemoTenant) -> dict[str, Any]:
    return {"currency": tenant.currency, "first": 5}


def _email(tenant: DemoTenant) -> dict[str, Any]:
    return {"email": tenant.people["customer"][0].email}


def _username(tenant: DemoTenant) -> dict[str, Any]:
    return {"username": tenant.people["customer"][0].username}


def _customer(tenant: DemoTenant) -> dict[str, Any]:
    return {"id": tenant.people["customer"][1].global_id, "first": 5}


def _seller(tenant: DemoTenant) -> dict[str, Any]:
    return {"sellerId": tenant.people["seller"][1].global_id, "days": 100}


def _words_of_customer(tenant: DemoTenant) -> dict[str, Any]:
    return {"text": "desk", "userId": tenant.people["customer"][1].global_id, "first": 5}


def _invoice(tenant: DemoTenant, position: int) -> dict[str, Any]:
    return {"id": tenant.invoices[position].global_id}


def _payment(tenant: DemoTenant) -> dict[str, Any]:
    """Of the second invoice, which the plan has left open."""
    return _input(**_invoice(tenant, 1), idempotencyKey="my first payment")


def _refund(tenant: DemoTenant) -> dict[str, Any]:
    """Part of the third invoice, whose payment the plan has made."""
    return _input(**_invoice(tenant, 2), amount=100, idempotencyKey="my first refund")


def _months(tenant: DemoTenant) -> dict[str, Any]:
    return {"currency": tenant.currency, "first": FIRST_MONTH, "last": LAST_MONTH}


def _nodes(tenant: DemoTenant) -> dict[str, Any]:
    things = (tenant.people["customer"][1], tenant.products[0], tenant.orders[0])
    return {"ids": [thing.global_id for thing in things]}


def _new_product(tenant: DemoTenant) -> dict[str, Any]:
    price = {"amount": 4_900, "currency": tenant.currency}
    return _input(title="Enamel teapot", price=price, idempotencyKey="my first product")


def _delivery(tenant: DemoTenant) -> dict[str, Any]:
    """For the first product, which is the named seller's."""
    return _input(productId=tenant.products[0].global_id, warehouse="airport", by=25)


def _by_price(tenant: DemoTenant) -> dict[str, Any]:
    within = {"currency": tenant.currency, "least": 1_000, "most": 20_000}
    return {"filter": {"inStock": True}, "byPrice": {"range": within}, "first": 5}


def _all_below(tenant: DemoTenant) -> dict[str, Any]:
    return {"categoryIds": [_id_of_category(tenant, "Kitchen")], "first": 5}


def _offers(tenant: DemoTenant) -> dict[str, Any]:
    profile = {"tenant": tenant.id, "seller": tenant.people["seller"][1].id}
    return {"sellerId": global_ids.naming(entity_of(SellerProfile), profile), "first": 5}


def _first_product(tenant: DemoTenant) -> dict[str, Any]:
    return {"productId": tenant.products[0].global_id, "first": 5}


def _count(tenant: DemoTenant) -> dict[str, Any]:
    """Of a warehouse where nothing was counted before."""
    return _input(
        productId=tenant.products[0].global_id, warehouse="showroom", quantity=3, expected=0
    )


def _opinion(tenant: DemoTenant) -> dict[str, Any]:
    """Of the second product, which the named customer has not reviewed."""
    return _input(productId=tenant.products[1].global_id, rating=5, author="Bela", text="Fine.")


def _choice(tenant: DemoTenant) -> dict[str, Any]:
    return _input(productId=tenant.products[1].global_id, quantity=2)


def _regret(tenant: DemoTenant) -> dict[str, Any]:
    return _input(productId=tenant.products[1].global_id)


def _new_user(tenant: DemoTenant) -> dict[str, Any]:
    return _input(
        email=f"grace.hopper@{tenant.id}.example",
        username="grace.hopper",
        displayName="Grace Hopper",
        roles=["CUSTOMER"],
    )


def _member(tenant: DemoTenant) -> dict[str, Any]:
    return {"userId": tenant.people["customer"][1].global_id}


def _new_address(tenant: DemoTenant) -> dict[str, Any]:
    """Of the named member of staff, whom nothing has changed before."""
    person, loaded = tenant.people["staff"]
    return _input(
        id=loaded.global_id,
        version=1,
        email=f"new.address@{tenant.id}.example",
        currentEmail=person.email,
        idempotencyKey="my first address",
    )


def _new_seller(tenant: DemoTenant) -> dict[str, Any]:
    return _input(
        userId=tenant.people["customer"][1].global_id,
        name="Second hand",
        idempotencyKey="my first seller",
    )
