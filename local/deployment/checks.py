"""What a deployed stack has to answer, and whom it has to refuse."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from local.deployment.asking import Answer, Ask, Body, Token, actor, nobody
from local.deployment.deployment import Deployment
from local.deployment.outcome import Check
from local.deployment.planted import PlantedKey
from local.deployment.seeding import SUSPENDED
from local.deployment.stack import settings
from local.issuer import Issuer
from local.server import PLATFORM

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


def _query(query: str, variables: Variables = lambda _: {}) -> Body:
    return lambda deployment: {"query": query, "variables": variables(deployment)}


def _data(**fields: Any) -> Callable[[Deployment], Answer]:
    """An answer whose fields are values, or are worked out from the deployment."""
    return lambda deployment: Answer(
        200,
        data={
            name: value(deployment) if callable(value) else value for name, value in fields.items()
        },
    )


def _always(answer: Answer) -> Callable[[Deployment], Answer]:
    return lambda _deployment: answer


def _invoice_id(tenant: str) -> Variables:
    return lambda deployment: {"id": deployment.tenant(tenant).invoices[0].global_id}


def _user_id(tenant: str, role: str) -> Variables:
    return lambda deployment: {"id": deployment.tenant(tenant).people[role][1].global_id}


def _email(tenant: str, role: str) -> Variables:
    return lambda deployment: {"email": deployment.tenant(tenant).people[role][0].email.upper()}


def _names_of(tenant: str, role: str) -> Variables:
    def variables(deployment: Deployment) -> dict[str, Any]:
        person = deployment.tenant(tenant).people[role][0]
        names = {"email": person.email.upper(), "username": person.username.upper()}
        return {"input": {**NEW_USER, **names}}

    return variables


def _organisation(tenant: str) -> Callable[[Deployment], Mapping[str, str]]:
    def expected(deployment: Deployment) -> Mapping[str, str]:
        planned = deployment.plan[tenant]
        return {
            "slug": planned.id,
            "name": planned.name,
            "currency": planned.currency,
            "timeZone": planned.time_zone,
        }

    return expected


def _first_invoice(tenant: str) -> Callable[[Deployment], Mapping[str, Any]]:
    def expected(deployment: Deployment) -> Mapping[str, Any]:
        planned = deployment.plan[tenant]
        invoice, loaded = planned.invoices[0], deployment.tenant(tenant).invoices[0]
        customer = planned.people[invoice.customer]
        return {
            "id": loaded.global_id,
            "number": invoice.number,
            "status": invoice.status.upper(),
            "total": {"amount": invoice.total, "currency": invoice.currency},
            "customer": {"displayName": customer.name, "email": customer.email},
        }

    return expected


def _user(tenant: str, role: str) -> Callable[[Deployment], Mapping[str, Any]]:
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


def _wrong(**parts: Any) -> Token:
    """A token of acme's staff that differs from a good one in these parts."""

    def token(deployment: Deployment) -> str:
        who = deployment.actors[STAFF]
        return deployment.issuer.token(who.tenant, who.subject, [who.role], **parts)

    return token


def _forged(deployment: Deployment) -> str:
    """A token that says all the right things and is signed by somebody else."""
    return deployment.actors[STAFF].token(Issuer(deployment.issuer.url))


def _cut(deployment: Deployment) -> str:
    """A good token without its signature."""
    return deployment.actors[STAFF].token(deployment.issuer).rpartition(".")[0] + "."


def _allowed_origin() -> str:
    return settings()[1]["AllowedOrigins"].split(",")[0]


OWN: Final[tuple[Check, ...]] = (
    *(
        Ask(
            f"organisation of {tenant}",
            f"{tenant}/customer",
            _query(ORGANISATION),
            _data(organisation=_organisation(tenant)),
            actor(f"{tenant}/customer"),
        )
        for tenant in ("acme", "acme-eu", "globex")
    ),
    *(
        Ask(
            f"invoice of {tenant} by id",
            f"{tenant}/staff",
            _query(INVOICE, _invoice_id(tenant)),
            _data(invoice=_first_invoice(tenant)),
            actor(f"{tenant}/staff"),
        )
        for tenant in ("acme", "acme-eu", "globex")
    ),
    Ask(
        "user by id",
        STAFF,
        _query(USER, _user_id("acme", "seller")),
        _data(user=_user("acme", "seller")),
        actor(STAFF),
    ),
    Ask(
        "user by e-mail, in capitals",
        STAFF,
        _query(USER_BY_EMAIL, _email("acme", "customer")),
        _data(userByEmail=_user("acme", "customer")),
        actor(STAFF),
    ),
    Ask(
        "new user",
        ADMIN,
        _query(CREATE_USER, lambda _: {"input": {**NEW_USER, **KEY}}),
        _data(createUser=CREATED),
        actor(ADMIN),
    ),
    Ask(
        "new user whose names are taken",
        ADMIN,
        _query(CREATE_USER, _names_of("acme", "customer")),
        _data(createUser=TAKEN),
        actor(ADMIN),
    ),
)
"""Everybody gets what is their own."""

OTHERS: Final[tuple[Check, ...]] = (
    *(
        Ask(
            f"invoice of {other}",
            f"{tenant}/admin",
            _query(INVOICE, _invoice_id(other)),
            _data(invoice=None),
            actor(f"{tenant}/admin"),
        )
        for tenant, other in (("acme", "acme-eu"), ("acme-eu", "acme"), ("globex", "acme"))
    ),
    Ask(
        "user of another tenant",
        ADMIN,
        _query(USER, _user_id("acme-eu", "admin")),
        _data(user=None),
        actor(ADMIN),
    ),
    Ask(
        "node of another tenant",
        ADMIN,
        _query(NODE, _invoice_id("globex")),
        _data(node=None),
        actor(ADMIN),
    ),
    Ask(
        "e-mail of another tenant",
        ADMIN,
        _query(USER_BY_EMAIL, _email("acme-eu", "customer")),
        _data(userByEmail=None),
        actor(ADMIN),
    ),
    Ask(
        "invoice of somebody else",
        "acme/seller",
        _query(INVOICE, _invoice_id("acme")),
        _data(invoice=None),
        actor("acme/seller"),
    ),
    Ask(
        "user by e-mail, not for customers",
        "acme/customer",
        _query(USER_BY_EMAIL, _email("acme", "admin")),
        _always(Answer(200, "FORBIDDEN", data={"userByEmail": None})),
        actor("acme/customer"),
    ),
    Ask(
        "suspended tenant",
        f"{SUSPENDED}/admin",
        _query(ORGANISATION),
        _always(FORBIDDEN),
        actor(f"{SUSPENDED}/admin"),
    ),
    Ask(
        "tenant that is not known",
        "umbrella",
        _query(ORGANISATION),
        _always(FORBIDDEN),
        _wrong(claims={"custom:tenant": "umbrella"}),
    ),
    Ask(
        "tenants' endpoint, not for operators",
        "platform",
        _query(ORGANISATION),
        _always(FORBIDDEN),
        actor("platform"),
    ),
)
"""Nobody gets what is another's, and an id of another tenant answers like one of nothing."""

_REFUSED: Final[tuple[tuple[str, str, Answer, Token], ...]] = (
    ("no token", "nobody", UNAUTHORIZED, nobody),
    ("expired token", STAFF, REFUSED, actor(STAFF, expires_in=-3600)),
    ("token for another audience", STAFF, REFUSED, _wrong(audience="another")),
    ("token of another issuer", STAFF, REFUSED, _wrong(issuer="https://other.example")),
    ("token signed by another key", STAFF, REFUSED, _forged),
    ("token without signature", STAFF, REFUSED, _cut),
    ("token that names no tenant", STAFF, REFUSED, _wrong(claims={"custom:tenant": None})),
    ("token with a wildcard", STAFF, REFUSED, _wrong(claims={"custom:tenant": "acme*"})),
    ("token that is no token", "nobody", REFUSED, lambda _: "x"),
)

REFUSALS: Final[tuple[Check, ...]] = tuple(
    Ask(name, who, _query(ORGANISATION), _always(answer), token)
    for name, who, answer, token in _REFUSED
)
"""API Gateway refuses in its own words, before the function sees anything."""

_BAD: Final[tuple[tuple[str, Body, Answer], ...]] = (
    ("body that is no JSON", lambda _: b"{", Answer(400, "BAD_USER_INPUT")),
    ("body without a query", lambda _: {"id": 1}, Answer(400, "BAD_USER_INPUT")),
    ("huge body", lambda _: b" " * 200_000, Answer(413, "BAD_USER_INPUT")),
    ("unknown field", _query("{ organisation { password } }"), BAD_INPUT),
    ("variable of a wrong type", _query(INVOICE, lambda _: {"id": [1]}), BAD_INPUT),
    (
        "id that is none",
        _query(INVOICE, lambda _: {"id": "x"}),
        replace(BAD_INPUT, data={"invoice": None}),
    ),
)

INPUT: Final[tuple[Check, ...]] = (
    *(Ask(name, STAFF, body, _always(answer), actor(STAFF)) for name, body, answer in _BAD),
    Ask(
        "unknown path",
        STAFF,
        _query(ORGANISATION),
        _always(Answer(404, message="Not Found")),
        actor(STAFF),
        path="/elsewhere",
    ),
)
"""Bad input gets a code."""

OPERATORS: Final[tuple[Check, ...]] = (
    Ask(
        "operator reads a tenant",
        "platform",
        _query(TENANT, lambda _: {"id": "acme"}),
        _data(tenant={"id": "acme", "name": "Acme Trading", "tier": "PREMIUM", "status": "ACTIVE"}),
        actor("platform"),
        path=PLATFORM,
    ),
    Ask(
        "operator reads a suspended tenant",
        "platform",
        _query(TENANT, lambda _: {"id": SUSPENDED}),
        _data(tenant={"id": SUSPENDED, "name": "Initech", "tier": "BASIC", "status": "SUSPENDED"}),
        actor("platform"),
        path=PLATFORM,
    ),
    Ask(
        "platform endpoint, not for tenants",
        ADMIN,
        _query(TENANT, lambda _: {"id": "acme"}),
        _always(FORBIDDEN),
        actor(ADMIN),
        path=PLATFORM,
    ),
    Ask(
        "platform endpoint, no token",
        "nobody",
        _query(TENANT, lambda _: {"id": "acme"}),
        _always(UNAUTHORIZED),
        path=PLATFORM,
    ),
)

PAGES: Final[tuple[Check, ...]] = (
    Ask(
        "preflight of an allowed origin",
        "a page",
        lambda _: b"",
        lambda _: Answer(204, origin=_allowed_origin()),
        method="OPTIONS",
        headers={"origin": _allowed_origin(), "access-control-request-method": "POST"},
    ),
    Ask(
        "answer to an allowed origin",
        STAFF,
        _query("{ __typename }"),
        lambda _: Answer(200, data={"__typename": "Query"}, origin=_allowed_origin()),
        actor(STAFF),
        headers={"origin": _allowed_origin()},
    ),
    Ask(
        "answer to another origin",
        STAFF,
        _query("{ __typename }"),
        _always(Answer(200, data={"__typename": "Query"})),
        actor(STAFF),
        headers={"origin": "https://elsewhere.example"},
    ),
)
"""Pages of allowed origins may call the API (CORS)."""

STREAM: Final[tuple[Check, ...]] = (PlantedKey(),)

CHECKS: Final[tuple[Check, ...]] = (
    *OWN,
    *OTHERS,
    *REFUSALS,
    *INPUT,
    *OPERATORS,
    *PAGES,
    *STREAM,
)
"""All of them, in the order in which they are run."""
