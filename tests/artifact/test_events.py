"""Each sample event through the built function, against the data of `make run`."""

import json
from collections.abc import Mapping
from typing import Any, Final

import pytest

from tests.artifact.answers import Answer, answer_of
from tests.artifact.conftest import EVENTS, SERVED, Loaded, event
from tests.artifact.emulator import Emulator

pytestmark = pytest.mark.xdist_group("build")

GRAPHQL: Final = "GraphqlFunction"
PLATFORM: Final = "PlatformFunction"
AUTHORIZER: Final = "AuthorizerFunction"
STREAM: Final = "StreamFunction"

CUSTOMER: Final = {
    "id": "VXNlciNhY21lIzAxS1FTVzVHNDBKNVJBM1RDU1NEQ1A4MkRI",
    "username": "customer",
    "displayName": "Bela Abt",
    "roles": ["CUSTOMER"],
}
INVOICE: Final = (
    "SW52b2ljZSNhY21lIzAzIzIwMjYtMTEtMjBUMDg6MTk6MjMuMjAwWiMwMU03VzBLVlkwUU5ZOUY2NzM5RURQQ0oxWA"
)
FOUNDED: Final = "2025-10-16T09:00:00.000Z"

ANSWERS: Final[Mapping[str, tuple[str, Answer]]] = {
    "organisation": (
        GRAPHQL,
        Answer(
            200,
            data={
                "organisation": {
                    "id": "T3JnYW5pc2F0aW9uI2FjbWU",
                    "slug": "acme",
                    "name": "Acme Trading",
                    "currency": "USD",
                    "timeZone": "America/New_York",
                    "createdAt": FOUNDED,
                }
            },
        ),
    ),
    "organisation-get": (GRAPHQL, Answer(200, data={"organisation": {"slug": "acme"}})),
    "user": (
        GRAPHQL,
        Answer(
            200,
            data={
                "user": {
                    **CUSTOMER,
                    "email": "customer@acme.example",
                    "createdAt": "2026-05-04T16:12:00.000Z",
                    "updatedAt": "2026-05-04T16:12:00.000Z",
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
                    "number": "INV-00001",
                    "status": "PAID",
                    "total": {"amount": 20196, "currency": "USD"},
                    "issuedAt": "2026-11-20T08:19:23.200Z",
                    "dueAt": "2026-12-04T08:19:23.200Z",
                    "customer": {"displayName": "Bela Abt", "email": "customer@acme.example"},
                }
            },
        ),
    ),
    "foreign-invoice": (GRAPHQL, Answer(200, data={"invoice": None})),
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
                    {"__typename": "Invoice", "number": "INV-00002"},
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
OTHERS: Final = {"authorizer", "stream", "stream-planted-key"}
"""Events whose functions do not answer as an endpoint."""

type Emulators = Mapping[str, Emulator]


def test_every_event_has_a_test() -> None:
    assert {path.stem for path in EVENTS.glob("*.json")} == {*ANSWERS, *OTHERS, "env"}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_endpoint_answers(name: str, emulators: Emulators) -> None:
    function, expected = ANSWERS[name]
    assert answer_of(emulators[function].invoke(event(name))) == expected


def test_creating_the_user_can_be_repeated(emulators: Emulators) -> None:
    answers = [answer_of(emulators[GRAPHQL].invoke(event("create-user"))) for _ in range(2)]
    assert answers == [ANSWERS["create-user"][1]] * 2


def test_the_foreign_invoice_is_there_for_its_tenant(emulators: Emulators, loaded: Loaded) -> None:
    staff = next(tenant for tenant in loaded.demo.tenants if tenant.id == "acme-eu").people["staff"]
    asked = event("foreign-invoice")
    who = asked["requestContext"]["authorizer"]["lambda"]
    who |= {"tenant": "acme-eu", "subject": staff[1].id}
    found = answer_of(emulators[GRAPHQL].invoke(asked)).data["invoice"]
    assert (found["number"], found["customer"]["email"]) == (
        "INV-00001",
        "customer@acme-eu.example",
    )


def test_the_authorizer_refuses_what_is_no_token(emulators: Emulators) -> None:
    assert emulators[AUTHORIZER].invoke(event("authorizer")) == {"isAuthorized": False}


def test_the_authorizer_knows_whose_a_token_is(emulators: Emulators, loaded: Loaded) -> None:
    assert emulators[AUTHORIZER].invoke(_authorizer_event(loaded)) == {
        "isAuthorized": True,
        "context": {"tenant": "acme", "subject": "somebody", "roles": "staff"},
    }


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
    assert metric["ForeignIndexKey"] == [1.0]


def _authorizer_event(loaded: Loaded, **token: Any) -> Any:
    """The sample event with a token in the place of TOKEN."""
    made = loaded.issuer.token("acme", "somebody", ["staff"], issuer=SERVED, **token)
    return json.loads((EVENTS / "authorizer.json").read_text().replace("TOKEN", made))
