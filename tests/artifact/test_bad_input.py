"""Bad input through the built functions: an answer with a code, and never a traceback."""

import json
from collections.abc import Mapping
from typing import Any, Final

import pytest

from tests.artifact.answers import ABSENT, Answer, answer_of
from tests.artifact.conftest import event
from tests.artifact.emulator import Emulator

pytestmark = pytest.mark.xdist_group("build")

BAD: Final = ("BAD_USER_INPUT",)
INVALID: Final = Answer(200, BAD)
MALFORMED: Final = Answer(400, BAD)
NO_INVOICE: Final = Answer(200, BAD, {"invoice": None})

BY_ID: Final = "query Invoice($id: ID!) { invoice(id: $id) { number } }"
BY_EMAIL: Final = "query User($email: EmailAddress!) { userByEmail(email: $email) { id } }"
USER_ID: Final = json.loads(event("user")["body"])["variables"]["id"]
FOREIGN_ID: Final = json.loads(event("foreign-invoice")["body"])["variables"]["id"]
NESTED: Final = "query { " + "a { " * 300 + "b" + " }" * 301
WIDE: Final = "{" + " ".join(f"a{n}: organisation {{ name }}" for n in range(400)) + "}"
CYCLE: Final = "{ organisation { ...A } } fragment A on Organisation { ...A }"

OPERATIONS: Final[Mapping[str, tuple[str, Any, Answer]]] = {
    "an unknown field": ("{ organisation { password } }", {}, INVALID),
    "no GraphQL": ("{ organisation {", {}, INVALID),
    "a subscription": ("subscription { organisation { name } }", {}, INVALID),
    "two operations": ("query A { __typename } query B { __typename }", {}, INVALID),
    "a missing variable": (BY_ID, {}, INVALID),
    "a variable of a wrong type": (BY_ID, {"id": {"a": 1}}, INVALID),
    "variables that are a list": (BY_ID, [1], MALFORMED),
    "an address that is none": (BY_EMAIL, {"email": "ada"}, INVALID),
    "an address with a zero byte": (BY_EMAIL, {"email": "a\0b@acme.example"}, INVALID),
    "a malformed id": (BY_ID, {"id": "%%%"}, NO_INVOICE),
    "a very long id": (BY_ID, {"id": "A" * 5000}, NO_INVOICE),
    "an id of another type": (BY_ID, {"id": USER_ID}, NO_INVOICE),
    "an id of another tenant": (BY_ID, {"id": FOREIGN_ID}, Answer(200, (), {"invoice": None})),
    "a deep query": (NESTED, {}, INVALID),
    "a large query": (WIDE, {}, INVALID),
    "a fragment in itself": (CYCLE, {}, INVALID),
}
BODIES: Final[Mapping[str, tuple[str, Answer]]] = {
    "no JSON": ("{", MALFORMED),
    "nothing": ("", MALFORMED),
    "a list": ("[]", MALFORMED),
    "a number": ("1", MALFORMED),
    "no query": ('{"variables": {}}', MALFORMED),
    "a query that is a number": ('{"query": 1}', MALFORMED),
    "very deep JSON": ("[" * 50_000, MALFORMED),
    "half a surrogate": ('{"query": "{ __typename }", "variables": {"a": "\\ud800"}}', MALFORMED),
    "a huge body": (json.dumps({"query": "x" * 200_000}), Answer(413, BAD)),
}


@pytest.fixture(scope="session")
def endpoint(emulators: Mapping[str, Emulator]) -> Emulator:
    """The tenants' endpoint."""
    return emulators["GraphqlFunction"]


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_that_cannot_run(name: str, endpoint: Emulator) -> None:
    query, variables, expected = OPERATIONS[name]
    asked = event("invoice") | {"body": json.dumps({"query": query, "variables": variables})}
    assert answer_of(endpoint.invoke(asked)) == expected


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_is_no_request(name: str, endpoint: Emulator) -> None:
    body, expected = BODIES[name]
    assert answer_of(endpoint.invoke(event("invoice") | {"body": body})) == expected


def test_a_body_that_is_not_the_base64_that_it_says(endpoint: Emulator) -> None:
    asked = event("invoice") | {"isBase64Encoded": True}
    assert answer_of(endpoint.invoke(asked)) == MALFORMED


def test_a_body_of_another_type(endpoint: Emulator) -> None:
    asked = event("invoice") | {"headers": {"content-type": "text/plain"}}
    assert answer_of(endpoint.invoke(asked)) == Answer(415, BAD)


def test_an_event_that_passed_no_authorizer(endpoint: Emulator) -> None:
    asked = event("invoice")
    del asked["requestContext"]["authorizer"]
    assert answer_of(endpoint.invoke(asked)) == Answer(401, ("UNAUTHENTICATED",))


@pytest.mark.parametrize("asked", [{}, None, [], {"requestContext": None}], ids=repr)
def test_what_is_no_event_of_the_gateway(asked: object, endpoint: Emulator) -> None:
    result = endpoint.invoke(asked)
    assert answer_of(result) == Answer(500, ("INTERNAL",), ABSENT)
    (error,) = json.loads(result["body"])["errors"]
    assert error["extensions"]["requestId"] == result["headers"]["x-request-id"]
    assert error["message"] == "The request failed. Tell the operator the request id."


def test_the_operators_endpoint_is_not_for_tenants(emulators: Mapping[str, Emulator]) -> None:
    asked = event("platform-tenant")
    asked["requestContext"]["authorizer"] = event("invoice")["requestContext"]["authorizer"]
    answered = answer_of(emulators["PlatformFunction"].invoke(asked))
    assert answered == Answer(403, ("FORBIDDEN",))


def test_the_tenants_endpoint_is_not_for_operators(endpoint: Emulator) -> None:
    asked = event("invoice")
    asked["requestContext"]["authorizer"] = event("platform-tenant")["requestContext"]["authorizer"]
    assert answer_of(endpoint.invoke(asked)) == Answer(403, ("FORBIDDEN",))


@pytest.mark.parametrize("identity", [[], [""], ["x"], ["Bearer "], ["Basic eDp5"], ["Bearer é"]])
def test_the_authorizer_refuses_whatever_is_no_token(
    identity: list[str], emulators: Mapping[str, Emulator]
) -> None:
    asked = event("authorizer") | {"identitySource": identity}
    assert emulators["AuthorizerFunction"].invoke(asked) == {"isAuthorized": False}


def test_a_record_that_cannot_be_read_fails_by_itself(emulators: Mapping[str, Emulator]) -> None:
    asked = event("stream")
    broken: Any = {
        "eventName": "INSERT",
        "dynamodb": {"SequenceNumber": "7", "NewImage": {"x": {}}},
    }
    asked["Records"].append(broken)
    failed = emulators["StreamFunction"].invoke(asked)
    assert failed == {"batchItemFailures": [{"itemIdentifier": "7"}]}
