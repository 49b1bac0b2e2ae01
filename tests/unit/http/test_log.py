"""The log of the endpoint: one line a request, more for a defect, and nothing of the data."""

import json
from hashlib import sha256
from typing import Any

import pytest

from tenantql.engine.failures import MASKED
from tenantql.engine.operations import Engine
from tests.unit.builders import CREDENTIALS, Scripted, stored, user
from tests.unit.http.events import event, posted
from tests.unit.http.site import MEMBER, QUERY, Site, failing

BY_EMAIL = "query Find($email: EmailAddress!) { userByEmail(email: $email) { email displayName } }"
ADDRESS = {"email": "ada@example.com"}


def test_one_line_says_what_happened(site: Site) -> None:
    site(posted(QUERY, identity=MEMBER))
    (line,) = site.lines
    expected = {
        "request_id": "request-1",
        "tenant": "acme",
        "subject": "user-1",
        "operation": "Name",
        "kind": "query",
        "rounds": 1,
        "calls": 1,
        "document_hash": sha256(QUERY.encode()).hexdigest()[:16],
        "read_units": 0.0,
        "write_units": 0.0,
        "cold_start": True,
        "status": 200,
    }
    assert {name: line.get(name) for name in expected} == expected
    assert 0 <= line["store_ms"] <= line["duration_ms"]
    assert "code" not in line


def test_a_line_of_an_error_has_its_code(site: Site) -> None:
    site(posted("{ nothing }", identity=MEMBER))
    (line,) = site.lines
    assert (line["code"], line["status"]) == ("BAD_USER_INPUT", 200)


def test_a_long_name_is_cut(site: Site) -> None:
    assert site(posted(f"query {'a' * 5000} {{ __typename }}", identity=MEMBER)).status == 200
    assert site.line["operation"] == "a" * 100


SECRETS = [
    *("Bearer eyJhbGciOi", "hidden-cookie", "ada@example.com", "Ada Abt", "Acme Trading"),
    CREDENTIALS.secret_key,
]


@pytest.mark.parametrize(
    "found",
    [
        posted(QUERY, identity=MEMBER),
        posted(BY_EMAIL, variables=ADDRESS, identity=MEMBER),
        posted(BY_EMAIL, variables={"email": "Ada Abt"}, identity=MEMBER),
        posted('{ userByEmail(email: "ada@example.com") { email } }', identity=MEMBER),
        posted('{ nothing(a: "ada@example.com") }', identity=MEMBER),
        event("GET", query={"query": "ada@example.com"}, identity=MEMBER),
        event(body="ada@example.com", identity=MEMBER),
        posted(BY_EMAIL, variables=ADDRESS),
    ],
)
def test_the_log_has_no_token_no_header_no_argument_and_no_item(
    site: Site, found: dict[str, Any]
) -> None:
    secret = {"authorization": "Bearer eyJhbGciOi", "cookie": "hidden-cookie"}
    site(found | {"headers": found["headers"] | secret})
    assert site.line["message"] == "request"
    assert [each for each in SECRETS if each in site.text] == []


def test_a_defect_of_a_field_is_masked_and_logged(engine: Engine) -> None:
    site = failing(engine, KeyError("secret"))
    answer = site(posted(BY_EMAIL, variables=ADDRESS, identity=MEMBER))
    (error,) = answer.body["errors"]
    assert answer.status == 200
    assert answer.body["data"] == {"userByEmail": None}
    assert error["message"] == MASKED
    assert error["path"] == ["userByEmail"]
    (defect,) = [line for line in site.lines if line["message"] == "defect"]
    assert defect["error_type"] == "builtins.KeyError"
    assert defect["request_id"] == "request-1"
    assert defect["error_stack"]
    assert "secret" not in site.text


def test_a_foreign_item_raises_the_alarm(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    planted = stored(user("globex")) | {"GSI1PK": {"S": "TENANT#acme#EMAIL#ada@example.com"}}
    site = Site(engine, Scripted(lambda _call: {"Items": [planted]}))
    text = '{ userByEmail(email: "ada@example.com") { email } }'
    answer = site(posted(text, identity=MEMBER))
    assert answer.codes == ["INTERNAL"]
    assert answer.body["data"] == {"userByEmail": None}
    metric = json.loads(capsys.readouterr().out)
    assert metric["ForeignIndexKey"] == 1
    assert metric["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "TenantQL"
    assert metric["service"] == site.line["service"]
