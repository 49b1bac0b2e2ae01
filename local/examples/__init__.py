"""Sample queries: for the playground, the terminal and the tests."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from local.demo import Demo, DemoTenant
from local.examples import variables

_FOLDER = Path(__file__).parent

PEOPLE: Final = "The organisation and its people"
CATEGORIES: Final = "Categories"
BUYING: Final = "Products and orders"
MONEY: Final = "Invoices and money"
IDS: Final = "Ids, own and foreign"

ROLES: Final = ("admin", "staff", "seller", "customer")
STAFF: Final = ("staff", "admin")
"""Who sees all of the organisation."""


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
        name: str, group: str, of: Callable[[DemoTenant], Mapping[str, Any]], *roles: str
    ) -> Example:
        return _example(name, group, {tenant.id: of(tenant) for tenant in tenants}, roles)

    return (
        example("organisation", PEOPLE, lambda _: {}, *ROLES),
        example("users", PEOPLE, lambda _: {"first": 5}, *STAFF),
        example("user", PEOPLE, variables.id_of_seller, *STAFF),
        example("user-by-email", PEOPLE, variables.email, *STAFF),
        example("user-by-username", PEOPLE, variables.username, "admin"),
        example("create-user", PEOPLE, variables.new_user, *STAFF),
        example("profile", PEOPLE, variables.member, "customer", *STAFF),
        example("update-user", PEOPLE, variables.new_address, "staff"),
        example("make-seller", PEOPLE, variables.new_seller, *STAFF),
        example("seller-profile", PEOPLE, lambda _: {}, "seller"),
        example("update-seller-profile", PEOPLE, variables.new_words, "seller", *STAFF),
        example("loyalty", PEOPLE, variables.member, "customer", *STAFF),
        example("add-favourite", PEOPLE, variables.regret, "customer"),
        example("favourites", PEOPLE, lambda _: {}, "customer"),
        example("remove-favourite", PEOPLE, variables.regret, "customer"),
        example("remove-user", PEOPLE, variables.farewell, "admin"),
        example("log-out", PEOPLE, lambda _: variables.given(everywhere=False), *ROLES),
        example("category-tree", CATEGORIES, lambda _: {}, *ROLES),
        example("categories", CATEGORIES, lambda _: {"first": 5}, *ROLES),
        example("child-categories", CATEGORIES, variables.under("Kitchen"), *ROLES),
        example("search-categories", CATEGORIES, lambda _: {"text": "Júgs c"}, *ROLES),
        example("category-path", CATEGORIES, variables.category("Textiles"), *ROLES),
        example("category", CATEGORIES, variables.category("Tableware"), *ROLES),
        example("create-category", CATEGORIES, variables.new_category, *STAFF),
        example("rename-category", CATEGORIES, variables.renamed_category, *STAFF),
        example("move-category", CATEGORIES, variables.moved_category, *STAFF),
        example("delete-category", CATEGORIES, variables.empty_category, *STAFF),
        example("product", BUYING, variables.product, "seller", *STAFF),
        example("products", BUYING, variables.by_price, *ROLES),
        example("products-of-categories", BUYING, variables.all_below, *ROLES),
        example("products-of-seller", BUYING, variables.offers, *ROLES),
        example("search-products", BUYING, lambda _: {"text": "Désk repair", "first": 5}, *ROLES),
        example("create-product", BUYING, variables.new_product, "seller"),
        example("update-product", BUYING, variables.revision, "seller"),
        example("delete-product", BUYING, variables.last_product, "seller"),
        example("adjust-stock", BUYING, variables.delivery, "seller", *STAFF),
        example("set-stock", BUYING, variables.count, "seller", *STAFF),
        example("stock-movements", BUYING, variables.first_product, "seller", *STAFF),
        example(
            "request-image-upload", BUYING, lambda _: variables.given(type="PNG"), "seller", *STAFF
        ),
        example("set-product-images", BUYING, variables.other_order, "seller"),
        example("reviews", BUYING, variables.first_product, *ROLES),
        example("add-review", BUYING, variables.opinion, "customer"),
        example("withdraw-review", BUYING, variables.second_thought, "customer", *STAFF),
        example("add-to-cart", BUYING, variables.choice, "customer"),
        example("cart", BUYING, lambda _: {}, "customer"),
        example("change-cart-line", BUYING, variables.choice, "customer"),
        example("remove-from-cart", BUYING, variables.regret, "customer"),
        example("checkout", BUYING, variables.checkout, "customer"),
        example("clear-cart", BUYING, lambda _: {}, "customer"),
        example("order", BUYING, variables.order, "customer", *STAFF),
        example("orders", BUYING, variables.autumn, "customer", *STAFF),
        example("orders-of-user", BUYING, variables.customer, "customer", *STAFF),
        example("search-orders", BUYING, variables.words_of_customer, "customer", *STAFF),
        example("orders-by-status", BUYING, lambda _: {"status": "PAID", "first": 5}, *STAFF),
        example("seller-dashboard", BUYING, variables.seller, "seller", *STAFF),
        example("order-summary", BUYING, variables.member, "customer", *STAFF),
        example("cancel-order", BUYING, variables.unpaid, "customer", *STAFF),
        example("fulfilments", BUYING, variables.sold, "seller", *STAFF),
        example("advance-fulfilment", BUYING, variables.packed, "staff", "admin"),
        example("recent-orders", BUYING, lambda _: {"first": 5}, *STAFF),
        example("invoices", MONEY, lambda _: {"first": 5}, *STAFF),
        example("invoices-by-status", MONEY, lambda _: {"status": "OPEN", "first": 5}, *STAFF),
        example("invoice", MONEY, lambda tenant: variables.invoice(tenant, 0), "customer", *STAFF),
        example("pay-invoice", MONEY, variables.payment, *STAFF),
        example("refund-invoice", MONEY, variables.refund, *STAFF),
        example("void-invoice", MONEY, variables.withdrawal, *STAFF),
        example("usage", MONEY, variables.fortnight, "admin"),
        example("revenue", MONEY, variables.months, *STAFF),
        example("top-customers", MONEY, variables.top, *STAFF),
        example("node", IDS, lambda tenant: variables.invoice(tenant, 1), "customer", *STAFF),
        example("nodes", IDS, variables.nodes, "customer", *STAFF),
        _example(
            "foreign-invoice",
            IDS,
            {own.id: variables.invoice(other, 0) for own, other in foreign},
            STAFF,
        ),
    )


def platform_examples(demo: Demo, table: str) -> tuple[Example, ...]:
    """The examples for the platform's endpoint; the demonstration data is in `table`."""
    first, role = {"id": demo.tenants[0].id}, ("platform",)
    used = first | variables.fortnight(demo.tenants[0])
    opened = {"table": table, "status": "PLACED", "first": 5}
    return (
        _example("tenant", "Tenants", {"": first}, role),
        _example("usage-of-tenant", "Tenants", {"": used}, role),
        _example("open-orders", "Tenants", {"": opened}, role),
    )


def _example(
    name: str, group: str, variables: Mapping[str, Mapping[str, Any]], roles: tuple[str, ...]
) -> Example:
    """The file of that name: two lines of comment, a title and a sentence, then the query."""
    title, about, query = (_FOLDER / f"{name}.graphql").read_text(encoding="utf-8").split("\n", 2)
    return Example(
        name, group, title.removeprefix("# "), about.removeprefix("# "), roles, query, variables
    )
