"""Planted secrets: whatever a request carries or meets, nothing that is told of it shows them."""

import io
import json
import logging
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from copy import replace
from dataclasses import dataclass
from typing import Any, Final

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tenantql.engine.operations import Engine
from tenantql.table.errors import Conflict, ForeignItem, InvalidItem, OutcomeUnknown, Throttled
from tenantql.telemetry.spans import RequestSpans
from tenantql.tenancy.errors import TenantRefused
from tenantql.tenancy.identity import Role
from tests.unit.builders import CREDENTIALS, Scripted, stored, user
from tests.unit.http.events import GRAPHQL_JSON, event, posted
from tests.unit.http.site import MEMBER, Site

SECRET: Final = "S3CRET"
"""Each planted text has it in it."""

TEXT: Final = f"""
# {SECRET}-comment
query Find($email: EmailAddress!) {{
  userByEmail(email: $email) {{ {SECRET}_alias: displayName email }}
  other: userByUsername(username: "{SECRET}-literal") {{ id }}
}}"""
VARIABLES: Final = {"email": f"{SECRET}@example.com", f"{SECRET}-unknown": f"{SECRET}-value"}
PLANTED_USER: Final = user(
    display_name=f"{SECRET}-name", email=f"{SECRET}@example.com", username=f"{SECRET}-user"
)
HEADERS: Final = {
    "authorization": f"Bearer {SECRET}-token",
    "cookie": f"session={SECRET}-cookie",
    "x-api-key": f"{SECRET}-key",
    "user-agent": f"{SECRET}-agent",
    "referer": f"https://example.com/?{SECRET}-referer",
}
CREDENTIALS_OF: Final = (CREDENTIALS.secret_key, CREDENTIALS.token or "", CREDENTIALS.access_key)


@dataclass(frozen=True)
class Told:
    """Everything that was told of requests: lines, metrics, spans, and what went to any logger."""

    site: Site
    spans: InMemorySpanExporter
    loggers: io.StringIO
    printed: pytest.CaptureFixture[str]

    @property
    def text(self) -> str:
        spans = "".join(span.to_json() for span in self.spans.get_finished_spans())
        printed = self.printed.readouterr().out
        parts = (self.site.text, self.site.metrics_text, spans, self.loggers.getvalue(), printed)
        return "\n".join(parts)

    def assert_clean(self) -> None:
        """Something was told, and no secret is in it."""
        text = self.text
        assert '"message":"request"' in text.replace('": "', '":"')
        assert [each for each in (SECRET, *CREDENTIALS_OF) if each in text] == []


@pytest.fixture
def watched(engine: Engine, capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., Told]]:
    """Makes a site that answers its calls so, at DEBUG, with spans and every logger watched."""
    loggers = io.StringIO()
    handler = logging.StreamHandler(loggers)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)

    def watch(answer: Callable[[Any], Mapping[str, Any]]) -> Told:
        exporter = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        site = Site(engine, Scripted(answer), RequestSpans(provider), level="DEBUG")
        return Told(site, exporter, loggers, capsys)

    yield watch
    root.removeHandler(handler)
    root.setLevel(level)


def ask(told: Told, found: dict[str, Any]) -> int:
    headers = {**found["headers"], **HEADERS}
    query = {**found.get("queryStringParameters", {}), "extra": f"{SECRET}-query"}
    cookies = [f"{SECRET}-cookie"]
    more = {"headers": headers, "queryStringParameters": query, "cookies": cookies}
    return told.site(found | more).status


def answered(_call: object) -> Mapping[str, Any]:
    return {"Items": [stored(PLANTED_USER)], "Item": stored(PLANTED_USER)}


def raising(error: Exception) -> Callable[[object], Mapping[str, Any]]:
    def answer(_call: object) -> Mapping[str, Any]:
        raise error

    return answer


REQUESTS: Final[Mapping[str, dict[str, Any]]] = {
    "a query": posted(TEXT, variables=VARIABLES, identity=MEMBER),
    "a list with a cursor": posted(
        f'{{ users(first: 2, after: "{SECRET}-cursor") {{ nodes {{ email }} }} }}', identity=MEMBER
    ),
    "an id": posted(f'{{ node(id: "{SECRET}-id") {{ id }} }}', identity=MEMBER),
    "a mutation": posted(
        "mutation($i: CreateUserInput!) { createUser(input: $i) { user { id } } }",
        variables={"i": {"email": f"{SECRET}@x.com", "username": SECRET, "displayName": SECRET}},
        identity=replace(MEMBER, roles=frozenset({Role.ADMIN})),
    ),
    "a field that is not there": posted(f"{{ {SECRET} }}", identity=MEMBER),
    "what does not parse": posted(f'{{ a(b: "{SECRET} }}', identity=MEMBER),
    "a variable that does not fit": posted(
        TEXT, variables={"email": {"a": SECRET}}, identity=MEMBER
    ),
    "a name that is not there": posted("query A { a }", operation=SECRET, identity=MEMBER),
    "a body that is no JSON": event(
        body=f'{{"query": "{SECRET}', headers={"content-type": "application/json"}, identity=MEMBER
    ),
    "a body that is no base64": event(body="x", identity=MEMBER) | {"isBase64Encoded": True},
    "a body of another type": event(
        body=SECRET, headers={"content-type": f"text/{SECRET}"}, identity=MEMBER
    ),
    "in base64": event(
        body=json.dumps({"query": TEXT}),
        headers={"content-type": "application/json"},
        base64=True,
        identity=MEMBER,
    ),
    "a GET": event("GET", query={"query": TEXT, "variables": SECRET}, identity=MEMBER),
    "a method": event(SECRET, identity=MEMBER),
    "nobody": posted(TEXT, variables=VARIABLES),
    "an identity of wrong form": posted(TEXT)
    | {
        "requestContext": {
            "http": {"method": "POST"},
            "authorizer": {"lambda": {"tenant": SECRET, "subject": "ada", "roles": SECRET}},
        }
    },
}

ANSWERS: Final[Mapping[str, Callable[[Any], Mapping[str, Any]]]] = {
    "items": answered,
    "an item that is none": lambda _call: {"Item": {SECRET: {"S": SECRET}}, "Items": [{}]},
    "an item of another tenant": lambda _call: {
        "Items": [stored(user("globex", display_name=SECRET))],
        "Item": stored(user("globex", display_name=SECRET)),
    },
    **{
        type(error).__name__: raising(error)
        for error in (
            *(KeyError(SECRET), RuntimeError(b64encode(SECRET.encode()), SECRET)),
            *(ForeignItem(SECRET), InvalidItem(SECRET), OutcomeUnknown(SECRET)),
            *(Throttled(SECRET), Conflict(SECRET)),
        )
    },
}


@pytest.mark.parametrize("request_name", REQUESTS)
def test_whatever_is_asked(watched: Callable[..., Told], request_name: str) -> None:
    told = watched(answered)
    ask(told, REQUESTS[request_name])
    told.assert_clean()


@pytest.mark.parametrize("answer", ANSWERS)
def test_whatever_the_table_answers(watched: Callable[..., Told], answer: str) -> None:
    told = watched(ANSWERS[answer])
    for name in ("a query", "a mutation"):
        assert ask(told, REQUESTS[name]) == 200
    told.assert_clean()


@pytest.mark.parametrize("refusal", [TenantRefused(SECRET), ValueError(SECRET), KeyError(SECRET)])
def test_whatever_admission_raises(watched: Callable[..., Told], refusal: Exception) -> None:
    told = watched(answered)
    told.site.refusal = refusal
    assert ask(told, REQUESTS["a query"]) >= 400
    told.assert_clean()


def test_the_plants_are_met(watched: Callable[..., Told]) -> None:
    """The answer has the secret that the log has not."""
    told = watched(answered)
    answer = told.site(posted(TEXT, variables=VARIABLES, identity=MEMBER, accept=GRAPHQL_JSON))
    assert answer.status == 200
    assert f"{SECRET}-name" in json.dumps(answer.body)
