"""What the checks consist of: queries, tokens, and the answers that are expected."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from local.deployment.asking import Answer, Body, Token
from local.deployment.deployment import Deployment
from local.deployment.stack import settings
from local.issuer import Issuer
from tenantql.commerce.checkout import NUMBER_LENGTH

STAFF: Final = "acme/staff"
ADMIN: Final = "acme/admin"

ORGANISATION: Final = "{ organisation { slug name currency timeZone } }"
INVOICE: Final = """query Invoice($id: ID!) {
  invoice(id: $id) { id number status total { amount currency } customer { displayName email } }
}"""
NODE: Final = "query Node($id: ID!) { node(id: $id) { __typename id } }"
USER: Final = "query User($id: ID!) { user(id: $id) { id email username displayName roles } }"
USER_BY_EMAIL: Final = """query UserByEmail($email: EmailAddress!) {
  userByEmail(email: $email) { id email username displayName roles }
}"""
CREATE_USER: Final = """mutation CreateUser($input: CreateUserInput!) {
  createUser(input: $input) {
    user { email username displayName roles }
    userErrors { code field }
  }
}"""
INVOICES: Final = """{
  invoices(first: 2) { nodes { id } pageInfo { hasNextPage hasPreviousPage } }
}"""
CHECKOUT: Final = """mutation Checkout($input: CheckoutInput!) {
  checkout(input: $input) {
    order { status total { amount currency } invoice { status } }
    userErrors { code field }
  }
}"""
REVENUE: Final = """query Revenue($currency: String!) {
  revenue(currency: $currency, from: "2026-07", to: "2026-11") {
    total { paid { amount } refunded { amount } net { amount } }
  }
}"""
TENANT: Final = "query Tenant($id: ID!) { tenant(id: $id) { id name tier status } }"

NEW_USER: Final = {
    "email": "Grace.Hopper@acme.example",
    "username": "grace.hopper",
    "displayName": "Grace Hopper",
    "roles": ["CUSTOMER"],
}
CREATED: Final[dict[str, Any]] = {"user": NEW_USER, "userErrors": []}
KEY: Final = {"idempotencyKey": "check"}
"""So that the check can be repeated."""

TAKEN: Final = {
    "user": None,
    "userErrors": [
        {"code": "TAKEN", "field": ["email"]},
        {"code": "TAKEN", "field": ["username"]},
    ],
}

UNAUTHORIZED: Final = Answer(401, message="Unauthorized")
"""API Gateway's answer to a request without a token."""

REFUSED: Final = Answer(403, message="Forbidden")
"""API Gateway's answer when the authorizer refuses."""

FORBIDDEN: Final = Answer(403, "FORBIDDEN")
BAD_INPUT: Final = Answer(200, "BAD_USER_INPUT")

type Variables = Callable[[Deployment], dict[str, Any]]


def ask_for(query: str, variables: Variables = lambda _: {}) -> Body:
    """A query with variables that are worked out from the deployment."""
    return lambda deployment: {"query": query, "variables": variables(deployment)}


def found(**fields: Any) -> Callable[[Deployment], Answer]:
    """An answer whose fields are values, or are worked out from the deployment."""
    return lambda deployment: Answer(
        200,
        data={
            name: value(deployment) if callable(value) else value for name, value in fields.items()
        },
    )


def always(answer: Answer) -> Callable[[Deployment], Answer]:
    """The same answer, whatever the deployment."""
    return lambda _deployment: answer


def invoice_id_of(tenant: str) -> Variables:
    """The id of a tenant's first invoice."""
    return lambda deployment: {"id": deployment.tenant(tenant).invoices[0].global_id}


def user_id_of(tenant: str, role: str) -> Variables:
    """The id of the first user of a role."""
    return lambda deployment: {"id": deployment.tenant(tenant).people[role][1].global_id}


def email_of(tenant: str, role: str) -> Variables:
    """The address of the first user of a role, in capitals."""
    return lambda deployment: {"email": deployment.tenant(tenant).people[role][0].email.upper()}


def names_of(tenant: str, role: str) -> Variables:
    """A new user who has the names, in capitals, of the first user of a role."""

    def variables(deployment: Deployment) -> dict[str, Any]:
        person = deployment.tenant(tenant).people[role][0]
        names = {"email": person.email.upper(), "username": person.username.upper()}
        return {"input": {**NEW_USER, **names}}

    return variables


def organisation_of(tenant: str) -> Callable[[Deployment], Mapping[str, str]]:
    """What ORGANISATION finds."""

    def expected(deployment: Deployment) -> Mapping[str, str]:
        planned = deployment.plan[tenant]
        return {
            "slug": planned.id,
            "name": planned.name,
            "currency": planned.currency,
            "timeZone": planned.time_zone,
        }

    return expected


def first_invoice_of(tenant: str) -> Callable[[Deployment], Mapping[str, Any]]:
    """What INVOICE finds."""

    def expected(deployment: Deployment) -> Mapping[str, Any]:
        planned = deployment.plan[tenant]
        order, loaded = planned.orders[0], deployment.tenant(tenant).invoices[0]
        customer = planned.people[order.customer]
        return {
            "id": loaded.global_id,
            "number": loaded.id[-NUMBER_LENGTH:],
            "status": "PAID",
            "total": {"amount": order.total, "currency": planned.currency},
            "customer": {"displayName": customer.name, "email": customer.email},
        }

    return expected


def newest_invoices_of(tenant: str) -> Callable[[Deployment], Mapping[str, Any]]:
    """What INVOICES finds."""

    def expected(deployment: Deployment) -> Mapping[str, Any]:
        newest = deployment.tenant(tenant).invoices[:2]
        return {
            "nodes": [{"id": loaded.global_id} for loaded in newest],
            "pageInfo": {"hasNextPage": True, "hasPreviousPage": False},
        }

    return expected


def revenue_of(tenant: str) -> Callable[[Deployment], Mapping[str, Any]]:
    """What REVENUE finds."""

    def expected(deployment: Deployment) -> Mapping[str, Any]:
        planned = deployment.plan[tenant]
        amounts = {
            "paid": planned.paid,
            "refunded": planned.refunded,
            "net": planned.paid - planned.refunded,
        }
        return {"total": {name: {"amount": amount} for name, amount in amounts.items()}}

    return expected


def bought_in(tenant: str) -> Callable[[Deployment], Mapping[str, Any]]:
    """What CHECKOUT makes of the cart of the first customer."""

    def expected(deployment: Deployment) -> Mapping[str, Any]:
        planned = deployment.plan[tenant]
        (cart,) = planned.carts
        total = sum(planned.products[line.product].price * line.quantity for line in cart.lines)
        order = {
            "status": "PLACED",
            "total": {"amount": total, "currency": planned.currency},
            "invoice": {"status": "OPEN"},
        }
        return {"order": order, "userErrors": []}

    return expected


def user_of(tenant: str, role: str) -> Callable[[Deployment], Mapping[str, Any]]:
    """What USER and USER_BY_EMAIL find."""

    def expected(deployment: Deployment) -> Mapping[str, Any]:
        person, loaded = deployment.tenant(tenant).people[role]
        return {
            "id": loaded.global_id,
            "email": person.email,
            "username": person.username,
            "displayName": person.name,
            "roles": [role.upper()],
        }

    return expected


def token_with(**parts: Any) -> Token:
    """A token of acme's staff that differs from a good one in these parts."""

    def token(deployment: Deployment) -> str:
        who = deployment.actors[STAFF]
        return deployment.issuer.token(who.tenant, who.subject, [who.role], **parts)

    return token


def forged(deployment: Deployment) -> str:
    """A token that says all the right things and is signed by somebody else."""
    return deployment.actors[STAFF].token(Issuer(deployment.issuer.url))


def unsigned(deployment: Deployment) -> str:
    """A good token without its signature."""
    return deployment.actors[STAFF].token(deployment.issuer).rpartition(".")[0] + "."


def allowed_origin() -> str:
    """The first origin whose pages may call the API, by samconfig.toml."""
    return settings()[1]["AllowedOrigins"].split(",")[0]
