"""Each sample event through the built function, against the data of `make run`."""

import json
from collections.abc import Mapping
from typing import Any, Final

import pytest

from local.examples.events import made_of, text_of
from tests.artifact.answers import Answer, answer_of
from tests.artifact.conftest import EVENTS, SERVED, Loaded, event
from tests.artifact.emulator import Emulator

pytestmark = pytest.mark.xdist_group("build")

GRAPHQL: Final = "GraphqlFunction"
PLATFORM: Final = "PlatformFunction"
AUTHORIZER: Final = "AuthorizerFunction"
STREAM: Final = "StreamFunction"

CUSTOMER: Final = {
    "id": "VXNlciNhY21lIzAxSzgzQzlUVzBKNVJBM1RDU1NEQ1A4MkRI",
    "username": "customer",
    "displayName": "Bela Abt",
    "roles": ["CUSTOMER"],
}
INVOICE: Final = (
    "SW52b2ljZSNhY21lIzAxIzIwMjYtMTEtMjBUMDg6MDk6MTEuMTk4WiMwMU03VzAxNjhZODhDRTMzRU1SWUpTNlY1Mg"
)
FOUNDED: Final = "2025-10-16T09:00:00.000Z"
ORGANISATION: Final = {
    "id": "T3JnYW5pc2F0aW9uI2FjbWU",
    "slug": "acme",
    "name": "Acme Trading",
    "currency": "USD",
    "timeZone": "America/New_York",
    "createdAt": FOUNDED,
}

ANSWERS: Final[Mapping[str, tuple[str, Answer]]] = {
    "organisation": (GRAPHQL, Answer(200, data={"organisation": ORGANISATION})),
    "document": (GRAPHQL, Answer(200, data={"organisation": ORGANISATION})),
    "organisation-get": (GRAPHQL, Answer(200, data={"organisation": {"slug": "acme"}})),
    "user": (
        GRAPHQL,
        Answer(
            200,
            data={
                "user": {
                    **CUSTOMER,
                    "email": "customer@acme.example",
                    "createdAt": "2025-10-21T12:36:00.000Z",
                    "updatedAt": "2025-10-21T12:36:00.000Z",
                }
            },
        ),
    ),
    "user-by-email": (GRAPHQL, Answer(200, data={"userByEmail": CUSTOMER})),
    "create-user": (
        GRAPHQL,
        Answer(
            200,
            data={
                "createUser": {
                    "user": {
                        "email": "ada.lovelace@globex.example",
                        "username": "ada.lovelace",
                        "displayName": "Ada Lovelace",
                        "roles": ["CUSTOMER"],
                    },
                    "userErrors": [],
                }
            },
        ),
    ),
    "invoice": (
        GRAPHQL,
        Answer(
            200,
            data={
                "invoice": {
                    "id": INVOICE,
                    "number": "EMRYJS6V52",
                    "status": "PAID",
                    "total": {"amount": 82850, "currency": "USD"},
                    "issuedAt": "2026-11-20T08:09:11.198Z",
                    "dueAt": "2026-12-04T08:09:11.198Z",
                    "customer": {"displayName": "Bela Abt", "email": "customer@acme.example"},
                }
            },
        ),
    ),
    "foreign-invoice": (GRAPHQL, Answer(200, data={"invoice": None})),
    "invoices": (
        GRAPHQL,
        Answer(
            200,
            data={
                "invoices": {
                    "nodes": [
                        {
                            "number": number,
                            "status": status,
                            "total": {"amount": amount, "currency": "USD"},
                        }
                        for number, status, amount in (
                            ("EMRYJS6V52", "PAID", 82850),
                            ("WAK25YYSJA", "OPEN", 28130),
                            ("Y38NQRT62A", "PAID", 6460),
                        )
                    ],
                    "pageInfo": {"hasNextPage": True, "hasPreviousPage": False},
                }
            },
        ),
    ),
    "checkout": (
        GRAPHQL,
        Answer(
            200,
            data={
                "checkout": {
                    "order": {
                        "status": "PLACED",
                        "lines": [
                            {"title": "Rattan lamp", "quantity": 2},
                            {"title": "Paper apron", "quantity": 1},
                        ],
                        "total": {"amount": 30760, "currency": "EUR"},
                        "invoice": {"status": "OPEN"},
                    },
                    "userErrors": [],
                }
            },
        ),
    ),
    "revenue": (
        GRAPHQL,
        Answer(
            200,
            data={
                "revenue": {
                    "total": {
                        "paid": {"amount": 785330},
                        "refunded": {"amount": 139936},
                        "net": {"amount": 645394},
                    },
                    "months": [
                        {"month": "2026-09", "sums": {"net": {"amount": 213847}}},
                        {"month": "2026-10", "sums": {"net": {"amount": 217038}}},
                    ],
                }
            },
        ),
    ),
    "node": (
        GRAPHQL,
        Answer(
            200,
            data={"node": {"__typename": "User", "id": CUSTOMER["id"], "displayName": "Bela Abt"}},
        ),
    ),
    "nodes": (
        GRAPHQL,
        Answer(
            200,
            data={
                "nodes": [
                    {"__typename": "User", "displayName": "Bela Abt"},
                    {"__typename": "Invoice", "number": "WAK25YYSJA"},
                    None,
                ]
            },
        ),
    ),
    "malformed-json": (GRAPHQL, Answer(400, ("BAD_USER_INPUT",))),
    "platform-tenant": (
        PLATFORM,
        Answer(
            200,
            data={
                "tenant": {
                    "id": "acme",
                    "name": "Acme Trading",
                    "tier": "PREMIUM",
                    "status": "ACTIVE",
                    "table": "tenantql-local-data-basic-01",
                    "createdAt": FOUNDED,
                }
            },
        ),
    ),
}
OTHERS: Final = {"authorizer", "health", "stream", "stream-planted-key"}
"""Events whose functions do not answer as an endpoint."""

type Emulators = Mapping[str, Emulator]


def test_every_event_has_a_test() -> None:
    assert {path.stem for path in EVENTS.glob("*.json")} == {*ANSWERS, *OTHERS, "env"}


def test_the_events_are_those_of_the_demonstration_data(loaded: Loaded) -> None:
    """`python -m local.examples.events` writes them anew."""
    made = made_of(loaded.demo, loaded.cloud, loaded.made.data_table)
    assert {path.stem for path in EVENTS.glob("*.json")} == {*made, "authorizer", "env"}
    for name, content in made.items():
        assert (EVENTS / f"{name}.json").read_text(encoding="utf-8") == text_of(content), name


@pytest.mark.parametrize("name", ANSWERS)
def test_an_endpoint_answers(name: str, emulators: Emulators) -> None:
    function, expected = ANSWERS[name]
    assert answer_of(emulators[function].invoke(event(name))) == expected


@pytest.mark.parametrize("name", ["create-user", "checkout"])
def test_what_has_a_key_can_be_repeated(name: str, emulators: Emulators) -> None:
    answers = [answer_of(emulators[GRAPHQL].invoke(event(name))) for _ in range(2)]
    assert answers == [ANSWERS[name][1]] * 2


def test_the_foreign_invoice_is_there_for_its_tenant(emulators: Emulators, loaded: Loaded) -> None:
    staff = next(tenant for tenant in loaded.demo.tenants if tenant.id == "acme-eu").people["staff"]
    asked = event("foreign-invoice")
    who = asked["requestContext"]["authorizer"]["lambda"]
    who |= {"tenant": "acme-eu", "subject": staff[1].id}
    found = answer_of(emulators[GRAPHQL].invoke(asked)).data["invoice"]
    assert (found["number"], found["customer"]["email"]) == (
        "T9JCNA4852",
        "customer@acme-eu.example",
    )


def test_the_health_path_answers_without_an_identity(emulators: Emulators) -> None:
    found = emulators[GRAPHQL].invoke(event("health"))
    assert (found["statusCode"], json.loads(found["body"])) == (200, {"status": "ok"})


def test_the_authorizer_refuses_what_is_no_token(emulators: Emulators) -> None:
    assert emulators[AUTHORIZER].invoke(event("authorizer")) == {"isAuthorized": False}


def test_the_authorizer_knows_whose_a_token_is(emulators: Emulators, loaded: Loaded) -> None:
    found = emulators[AUTHORIZER].invoke(_authorizer_event(loaded))
    assert found.pop("isAuthorized") is True
    assert found["context"].pop("token"), "by which it can be given up"
    assert found == {"context": {"tenant": "acme", "subject": "somebody", "roles": "staff"}}


def test_the_authorizer_refuses_an_expired_token(emulators: Emulators, loaded: Loaded) -> None:
    asked = _authorizer_event(loaded, expires_in=-3600)
    assert emulators[AUTHORIZER].invoke(asked) == {"isAuthorized": False}


def test_the_stream_function_takes_a_record(emulators: Emulators) -> None:
    assert emulators[STREAM].invoke(event("stream")) == {"batchItemFailures": []}


def test_the_stream_function_counts_a_planted_key(emulators: Emulators) -> None:
    before = emulators[STREAM].logged()
    assert emulators[STREAM].invoke(event("stream-planted-key")) == {"batchItemFailures": []}
    printed = emulators[STREAM].logged().removeprefix(before)
    lines: list[Any] = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    (said,) = (line for line in lines if "message" in line)
    (metric,) = (line for line in lines if "_aws" in line)
    assert (said["message"], said["indexes"]) == ("planted index key", ["GSI1PK"])
    assert metric["ForeignIndexKey"] == 1


def _authorizer_event(loaded: Loaded, **token: Any) -> Any:
    """The sample event with a token in the place of TOKEN."""
    made = loaded.issuer.token("acme", "somebody", ["staff"], issuer=SERVED, **token)
    return json.loads((EVENTS / "authorizer.json").read_text().replace("TOKEN", made))
