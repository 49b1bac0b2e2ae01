"""Sample queries: for the playground, the terminal and the tests."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from local.demo import Demo, DemoTenant

_FOLDER = Path(__file__).parent

TENANT_ROLES: Final = ("admin", "staff", "seller", "customer")
STAFF: Final = ("staff", "admin")
"""Who sees all of the organisation."""

FIRST_MONTH, LAST_MONTH = "2026-07", "2026-12"
"""Those of the demonstration data, and the month after it."""


@dataclass(frozen=True)
class Example:
    """A query to try: a title, what it costs, who may send it, and variables for each tenant.

    Without a tenant (the empty id) it is for the platform's operators.
    """

    name: str
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
        name: str, variables: Callable[[DemoTenant], Mapping[str, Any]], roles: tuple[str, ...]
    ) -> Example:
        return _example(name, {tenant.id: variables(tenant) for tenant in tenants}, roles)

    return (
        example("organisation", lambda _: {}, TENANT_ROLES),
        example("users", lambda _: {"first": 5}, STAFF),
        example("user-by-email", _email, STAFF),
        example("product", lambda tenant: {"id": tenant.products[0].global_id}, ("seller", *STAFF)),
        example("create-product", _new_product, ("seller",)),
        example("adjust-stock", _delivery, ("seller", *STAFF)),
        example("add-to-cart", _choice, ("customer",)),
        example("checkout", lambda _: _input(idempotencyKey="my first checkout"), ("customer",)),
        example("order", lambda tenant: {"id": tenant.orders[0].global_id}, ("customer", *STAFF)),
        example("orders-of-user", _customer, ("customer", *STAFF)),
        example("orders-by-status", lambda _: {"status": "PAID", "first": 5}, STAFF),
        example("invoices", lambda _: {"first": 5}, STAFF),
        example("invoices-by-status", lambda _: {"status": "OPEN", "first": 5}, STAFF),
        example("invoice", lambda tenant: _invoice(tenant, 0), ("customer", *STAFF)),
        _example("foreign-invoice", {own.id: _invoice(other, 0) for own, other in foreign}, STAFF),
        example("pay-invoice", _payment, STAFF),
        example("refund-invoice", _refund, STAFF),
        example("revenue", _months, STAFF),
        example("top-customers", lambda tenant: {"currency": tenant.currency, "first": 5}, STAFF),
        example("nodes", _nodes, ("customer", *STAFF)),
        example("create-user", _new_user, STAFF),
    )


def platform_examples(demo: Demo) -> tuple[Example, ...]:
    """The examples for the platform's endpoint."""
    return (_example("tenant", {"": {"id": demo.tenants[0].id}}, ("platform",)),)


def _example(
    name: str, variables: Mapping[str, Mapping[str, Any]], roles: tuple[str, ...]
) -> Example:
    """The file of that name: two lines of comment, a title and a sentence, then the query."""
    title, about, query = (_FOLDER / f"{name}.graphql").read_text(encoding="utf-8").split("\n", 2)
    return Example(
        name, title.removeprefix("# "), about.removeprefix("# "), roles, query, variables
    )


def _input(**fields: Any) -> dict[str, Any]:
    return {"input": fields}


def _email(tenant: DemoTenant) -> dict[str, Any]:
    return {"email": tenant.people["customer"][0].email}


def _customer(tenant: DemoTenant) -> dict[str, Any]:
    return {"id": tenant.people["customer"][1].global_id, "first": 5}


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


def _choice(tenant: DemoTenant) -> dict[str, Any]:
    return _input(productId=tenant.products[1].global_id, quantity=2)


def _new_user(tenant: DemoTenant) -> dict[str, Any]:
    return _input(
        email=f"grace.hopper@{tenant.id}.example",
        username="grace.hopper",
        displayName="Grace Hopper",
        roles=["CUSTOMER"],
    )
