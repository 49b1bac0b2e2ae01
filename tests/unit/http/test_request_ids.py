"""The id of a request: in the header of every answer, and in each of its log lines."""

from typing import Any

import pytest

from tenantql.engine.operations import Engine
from tenantql.table import errors as table
from tenantql.tenancy.errors import TenantRefused
from tests.unit.builders import holding, organisation
from tests.unit.http.events import event, posted
from tests.unit.http.site import MEMBER, QUERY, Answer, Runtime, Site, failing

ID = "8f5b1c2e-request"
RUNTIME = Runtime(aws_request_id=ID)
BY_EMAIL = '{ userByEmail(email: "ada@example.com") { id } }'
ANSWERS = {
    "data": posted(QUERY, identity=MEMBER),
    "no identity": posted(QUERY),
    "no event": {},
    "method": event("PUT", identity=MEMBER),
    "mutation by GET": event("GET", query={"query": "mutation { clearCart }"}, identity=MEMBER),
    "media type": event(body="{}", headers={"content-type": "text/plain"}, identity=MEMBER),
    "too large": posted("a" * 100_001, identity=MEMBER),
    "no JSON": event(body="{", headers={"content-type": "application/json"}, identity=MEMBER),
    "syntax": posted("{", identity=MEMBER),
    "invalid": posted("{ nothing }", identity=MEMBER),
    "a field": posted('{ user(id: "x") { id } }', identity=MEMBER),
}


def ensure_ids(site: Site, found: dict[str, Any]) -> Answer:
    """The answer, whose header and lines have the id; `site` compares header and runtime."""
    answer = site(found, RUNTIME)
    assert {line["request_id"] for line in site.lines} == {ID}
    assert site.line["status"] == answer.status
    for error in answer.body.get("errors", []):
        told = error["extensions"].get("requestId")
        assert told == (ID if error["extensions"]["code"] == "INTERNAL" else None)
    return answer


@pytest.mark.parametrize("kind", ANSWERS)
def test_every_kind_of_answer_has_the_id(engine: Engine, kind: str) -> None:
    ensure_ids(Site(engine, holding(organisation())), ANSWERS[kind])


@pytest.mark.parametrize(
    "error", [KeyError("s3cret"), table.InvalidItem("s3cret"), table.Throttled("busy")]
)
def test_a_failure_has_the_id(engine: Engine, error: Exception) -> None:
    answer = ensure_ids(failing(engine, error), posted(BY_EMAIL, identity=MEMBER))
    assert answer.body["data"] == {"userByEmail": None}
    refusing = Site(engine, holding())
    refusing.refusal = error
    assert ensure_ids(refusing, posted(QUERY, identity=MEMBER)).status in (429, 500)


def test_a_refusal_has_the_id(engine: Engine) -> None:
    site = Site(engine, holding())
    site.refusal = TenantRefused("suspended")
    assert ensure_ids(site, posted(QUERY, identity=MEMBER)).status == 403


def secretive() -> Exception:
    """A defect that has a secret wherever an exception can carry one."""
    error = KeyError("s3cret")
    error.add_note("s3cret")
    error.__cause__ = OSError("s3cret")
    return error


def test_no_part_of_an_exception_is_told(engine: Engine) -> None:
    site = failing(engine, secretive())
    answer = ensure_ids(site, posted(BY_EMAIL, identity=MEMBER))
    assert answer.codes == ["INTERNAL"]
    assert "s3cret" not in site.text + repr(answer)
    (defect,) = [line for line in site.lines if line["message"] == "defect"]
    assert defect["error_type"] == "builtins.KeyError"


VALUES = [
    ("EmailAddress!", "userByEmail(email: $v) { id }"),
    ("DateTime", "orders(since: $v) { nodes { id } }"),
    ("OrderStatus!", "ordersByStatus(status: $v) { nodes { id } }"),
    ("Int", "users(first: $v) { nodes { id } }"),
    ("ProductFilter", "products(filter: $v) { nodes { title } }"),
    ("ID!", "user(id: $v) { id }"),
    ("[ID!]!", "nodes(ids: $v) { id }"),
]


@pytest.mark.parametrize("value", ["s3cret", {"s3cret": "s3cret"}, ["s3cret"]])
@pytest.mark.parametrize(("type", "field"), VALUES)
def test_a_variable_that_does_not_fit_is_the_clients_and_not_logged(
    engine: Engine, type: str, field: str, value: Any
) -> None:
    """graphql-core's messages quote the value: to who sent it, and to nobody else."""
    site = Site(engine, holding(organisation()))
    text = f"query($v: {type}) {{ {field} }}"
    answer = ensure_ids(site, posted(text, variables={"v": value}, identity=MEMBER))
    assert set(answer.codes) == {"BAD_USER_INPUT"}
    assert "s3cret" not in site.text
