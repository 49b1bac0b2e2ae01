"""Sample queries: for the playground, the terminal and the tests."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.demo import Demo, DemoTenant

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Example:
    """A query to try: a title, a sentence about it, and variables for each tenant.

    Without a tenant (the empty id) it is for the platform's operators.
    """

    name: str
    title: str
    about: str
    query: str
    variables: Mapping[str, Mapping[str, Any]]


def tenant_examples(demo: Demo) -> tuple[Example, ...]:
    """The examples for the tenants' endpoint, with objects of the demonstration data."""
    tenants = demo.tenants
    others = [*tenants[1:], tenants[0]]
    return (
        _example("organisation", {tenant.id: {} for tenant in tenants}),
        _example("user-by-email", {tenant.id: _email(tenant) for tenant in tenants}),
        _example("invoice", {tenant.id: _invoice(tenant) for tenant in tenants}),
        _example(
            "foreign-invoice",
            {own.id: _invoice(other) for own, other in zip(tenants, others, strict=True)},
        ),
        _example("nodes", {tenant.id: _nodes(tenant) for tenant in tenants}),
        _example("create-user", {tenant.id: _new_user(tenant) for tenant in tenants}),
    )


def platform_examples(demo: Demo) -> tuple[Example, ...]:
    """The examples for the platform's endpoint."""
    return (_example("tenant", {"": {"id": demo.tenants[0].id}}),)


def _example(name: str, variables: Mapping[str, Mapping[str, Any]]) -> Example:
    """The file of that name: two lines of comment, a title and a sentence, then the query."""
    title, about, query = (_FOLDER / f"{name}.graphql").read_text(encoding="utf-8").split("\n", 2)
    return Example(name, title.removeprefix("# "), about.removeprefix("# "), query, variables)


def _email(tenant: DemoTenant) -> dict[str, Any]:
    return {"email": tenant.people["customer"][0].email}


def _invoice(tenant: DemoTenant) -> dict[str, Any]:
    return {"id": tenant.invoices[0].global_id}


def _nodes(tenant: DemoTenant) -> dict[str, Any]:
    return {"ids": [tenant.people["customer"][1].global_id, tenant.invoices[1].global_id]}


def _new_user(tenant: DemoTenant) -> dict[str, Any]:
    return {
        "input": {
            "email": f"grace.hopper@{tenant.id}.example",
            "username": "grace.hopper",
            "displayName": "Grace Hopper",
            "roles": ["CUSTOMER"],
        }
    }
