"""What a deployed stack has to answer, and whom it has to refuse."""

from copy import replace
from typing import Final

from local.deployment.asking import Answer, Ask, Body, Token, actor, nobody
from local.deployment.outcome import Check
from local.deployment.planted import PlantedKey
from local.deployment.questions import (
    ADMIN,
    BAD_INPUT,
    CHECKOUT,
    CREATE_USER,
    CREATED,
    FORBIDDEN,
    INVOICE,
    INVOICES,
    KEY,
    NEW_USER,
    NODE,
    ORGANISATION,
    REFUSED,
    REVENUE,
    STAFF,
    TAKEN,
    TENANT,
    UNAUTHORIZED,
    USER,
    USER_BY_EMAIL,
    allowed_origin,
    always,
    ask_for,
    bought_in,
    email_of,
    first_invoice_of,
    forged,
    found,
    invoice_id_of,
    names_of,
    newest_invoices_of,
    organisation_of,
    revenue_of,
    token_with,
    unsigned,
    user_id_of,
    user_of,
)
from local.deployment.seeding import SUSPENDED
from local.server import HEALTH, PLATFORM

OWN: Final[tuple[Check, ...]] = (
    *(
        Ask(
            f"organisation of {tenant}",
            f"{tenant}/customer",
            ask_for(ORGANISATION),
            found(organisation=organisation_of(tenant)),
            actor(f"{tenant}/customer"),
        )
        for tenant in ("acme", "acme-eu", "globex")
    ),
    *(
        Ask(
            f"invoice of {tenant} by id",
            f"{tenant}/staff",
            ask_for(INVOICE, invoice_id_of(tenant)),
            found(invoice=first_invoice_of(tenant)),
            actor(f"{tenant}/staff"),
        )
        for tenant in ("acme", "acme-eu", "globex")
    ),
    Ask(
        "user by id",
        STAFF,
        ask_for(USER, user_id_of("acme", "seller")),
        found(user=user_of("acme", "seller")),
        actor(STAFF),
    ),
    Ask(
        "user by e-mail, in capitals",
        STAFF,
        ask_for(USER_BY_EMAIL, email_of("acme", "customer")),
        found(userByEmail=user_of("acme", "customer")),
        actor(STAFF),
    ),
    Ask(
        "newest invoices, of all shards",
        "globex/staff",
        ask_for(INVOICES),
        found(invoices=newest_invoices_of("globex")),
        actor("globex/staff"),
    ),
    Ask(
        "revenue",
        STAFF,
        ask_for(REVENUE, lambda _: {"currency": "USD"}),
        found(revenue=revenue_of("acme")),
        actor(STAFF),
    ),
    Ask(
        "checkout of the cart",
        "acme-eu/customer",
        ask_for(CHECKOUT, lambda _: {"input": KEY}),
        found(checkout=bought_in("acme-eu")),
        actor("acme-eu/customer"),
    ),
    Ask(
        "new user",
        ADMIN,
        ask_for(CREATE_USER, lambda _: {"input": {**NEW_USER, **KEY}}),
        found(createUser=CREATED),
        actor(ADMIN),
    ),
    Ask(
        "new user whose names are taken",
        ADMIN,
        ask_for(CREATE_USER, names_of("acme", "customer")),
        found(createUser=TAKEN),
        actor(ADMIN),
    ),
)
"""Everybody gets what is their own."""

OTHERS: Final[tuple[Check, ...]] = (
    *(
        Ask(
            f"invoice of {other}",
            f"{tenant}/admin",
            ask_for(INVOICE, invoice_id_of(other)),
            found(invoice=None),
            actor(f"{tenant}/admin"),
        )
        for tenant, other in (("acme", "acme-eu"), ("acme-eu", "acme"), ("globex", "acme"))
    ),
    Ask(
        "user of another tenant",
        ADMIN,
        ask_for(USER, user_id_of("acme-eu", "admin")),
        found(user=None),
        actor(ADMIN),
    ),
    Ask(
        "node of another tenant",
        ADMIN,
        ask_for(NODE, invoice_id_of("globex")),
        found(node=None),
        actor(ADMIN),
    ),
    Ask(
        "e-mail of another tenant",
        ADMIN,
        ask_for(USER_BY_EMAIL, email_of("acme-eu", "customer")),
        found(userByEmail=None),
        actor(ADMIN),
    ),
    Ask(
        "invoice of somebody else",
        "acme/seller",
        ask_for(INVOICE, invoice_id_of("acme")),
        found(invoice=None),
        actor("acme/seller"),
    ),
    Ask(
        "user by e-mail, not for customers",
        "acme/customer",
        ask_for(USER_BY_EMAIL, email_of("acme", "admin")),
        always(Answer(200, "FORBIDDEN", data={"userByEmail": None})),
        actor("acme/customer"),
    ),
    Ask(
        "suspended tenant",
        f"{SUSPENDED}/admin",
        ask_for(ORGANISATION),
        always(FORBIDDEN),
        actor(f"{SUSPENDED}/admin"),
    ),
    Ask(
        "tenant that is not known",
        "umbrella",
        ask_for(ORGANISATION),
        always(FORBIDDEN),
        token_with(claims={"custom:tenant": "umbrella"}),
    ),
    Ask(
        "tenants' endpoint, not for operators",
        "platform",
        ask_for(ORGANISATION),
        always(FORBIDDEN),
        actor("platform"),
    ),
)
"""Nobody gets what is another's, and an id of another tenant answers like one of nothing."""

_REFUSED: Final[tuple[tuple[str, str, Answer, Token], ...]] = (
    ("no token", "nobody", UNAUTHORIZED, nobody),
    ("expired token", STAFF, REFUSED, actor(STAFF, expires_in=-3600)),
    ("token for another audience", STAFF, REFUSED, token_with(audience="another")),
    ("token of another issuer", STAFF, REFUSED, token_with(issuer="https://other.example")),
    ("token signed by another key", STAFF, REFUSED, forged),
    ("token without signature", STAFF, REFUSED, unsigned),
    ("token that names no tenant", STAFF, REFUSED, token_with(claims={"custom:tenant": None})),
    ("token with a wildcard", STAFF, REFUSED, token_with(claims={"custom:tenant": "acme*"})),
    ("token that is no token", "nobody", REFUSED, lambda _: "x"),
)

REFUSALS: Final[tuple[Check, ...]] = tuple(
    Ask(name, who, ask_for(ORGANISATION), always(answer), token)
    for name, who, answer, token in _REFUSED
)
"""API Gateway refuses in its own words, before the function sees anything."""

_BAD: Final[tuple[tuple[str, Body, Answer], ...]] = (
    ("body that is no JSON", lambda _: b"{", Answer(400, "BAD_USER_INPUT")),
    ("body without a query", lambda _: {"id": 1}, Answer(400, "BAD_USER_INPUT")),
    ("huge body", lambda _: b" " * 200_000, Answer(413, "BAD_USER_INPUT")),
    ("unknown field", ask_for("{ organisation { password } }"), BAD_INPUT),
    ("variable of a wrong type", ask_for(INVOICE, lambda _: {"id": [1]}), BAD_INPUT),
    (
        "id that is none",
        ask_for(INVOICE, lambda _: {"id": "x"}),
        replace(BAD_INPUT, data={"invoice": None}),
    ),
)

INPUT: Final[tuple[Check, ...]] = (
    *(Ask(name, STAFF, body, always(answer), actor(STAFF)) for name, body, answer in _BAD),
    Ask(
        "unknown path",
        STAFF,
        ask_for(ORGANISATION),
        always(Answer(404, message="Not Found")),
        actor(STAFF),
        path="/elsewhere",
    ),
)
"""Bad input gets a code."""

OPERATORS: Final[tuple[Check, ...]] = (
    Ask(
        "operator reads a tenant",
        "platform",
        ask_for(TENANT, lambda _: {"id": "acme"}),
        found(tenant={"id": "acme", "name": "Acme Trading", "tier": "PREMIUM", "status": "ACTIVE"}),
        actor("platform"),
        path=PLATFORM,
    ),
    Ask(
        "operator reads a suspended tenant",
        "platform",
        ask_for(TENANT, lambda _: {"id": SUSPENDED}),
        found(tenant={"id": SUSPENDED, "name": "Initech", "tier": "BASIC", "status": "SUSPENDED"}),
        actor("platform"),
        path=PLATFORM,
    ),
    Ask(
        "platform endpoint, not for tenants",
        ADMIN,
        ask_for(TENANT, lambda _: {"id": "acme"}),
        always(FORBIDDEN),
        actor(ADMIN),
        path=PLATFORM,
    ),
    Ask(
        "platform endpoint, no token",
        "nobody",
        ask_for(TENANT, lambda _: {"id": "acme"}),
        always(UNAUTHORIZED),
        path=PLATFORM,
    ),
)

PAGES: Final[tuple[Check, ...]] = (
    Ask(
        "health path",
        "anybody",
        lambda _: b"",
        always(Answer(200)),
        path=HEALTH,
        method="GET",
    ),
    Ask(
        "preflight of an allowed origin",
        "a page",
        lambda _: b"",
        lambda _: Answer(204, origin=allowed_origin()),
        method="OPTIONS",
        headers={"origin": allowed_origin(), "access-control-request-method": "POST"},
    ),
    Ask(
        "answer to an allowed origin",
        STAFF,
        ask_for("{ __typename }"),
        lambda _: Answer(200, data={"__typename": "Query"}, origin=allowed_origin()),
        actor(STAFF),
        headers={"origin": allowed_origin()},
    ),
    Ask(
        "answer to another origin",
        STAFF,
        ask_for("{ __typename }"),
        always(Answer(200, data={"__typename": "Query"})),
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
