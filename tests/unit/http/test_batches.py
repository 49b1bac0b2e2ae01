"""Batches: several operations of one request, each answered and told of by itself."""

import json
from typing import Any

import pytest

from tenantql.engine.operations import Engine
from tenantql.http.options import HttpOptions
from tenantql.tenancy.identity import Identity
from tenantql.tenancy.policy import Level
from tests.unit.builders import holding, organisation
from tests.unit.http.events import GRAPHQL_JSON, event
from tests.unit.http.site import MEMBER, QUERY, Runtime, Site

CREATE = (
    'mutation Make($name: String!) { createUser(input: {email: "a@example.com", '
    'username: $name, displayName: "Ada"}) { user { username } } }'
)


@pytest.fixture
def site(engine: Engine) -> Site:
    return Site(engine, holding(organisation()), options=HttpOptions(max_batch=4))


def batch(*entries: dict[str, Any], accept: str = "*/*", who: Identity = MEMBER) -> dict[str, Any]:
    headers = {"content-type": "application/json", "accept": accept}
    return event(body=json.dumps(entries), headers=headers, identity=who)


def create(name: str) -> dict[str, Any]:
    return {"query": CREATE, "variables": {"name": name}}


def test_each_operation_has_its_answer_in_its_place(site: Site) -> None:
    found = site(batch({"query": QUERY}, {"query": "{"}, {"query": "{ __typename }"}))
    first, second, third = found.body
    assert found.status == 200
    assert first == {"data": {"organisation": {"name": "Acme Trading"}}}
    assert second["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert third == {"data": {"__typename": "Query"}}


def test_each_operation_has_a_line_in_the_log(site: Site) -> None:
    site(batch({"query": QUERY}, {"query": "{"}))
    first, second = site.requests
    assert (first["entry"], first["operation"], first["status"], first["calls"]) == (
        0,
        "Name",
        200,
        1,
    )
    assert (second["entry"], second["code"]) == (1, "BAD_USER_INPUT")
    assert {line["request_id"] for line in (first, second)} == {"request-1"}
    assert all(line["duration_ms"] >= 0 and line["bytes"] > 0 for line in (first, second))


def test_mutations_run_one_after_another(site: Site) -> None:
    found = site(batch(create("ada"), {"query": QUERY}, create("bela")))
    names = [entry["data"].get("createUser", {}).get("user") for entry in found.body]
    assert names == [{"username": "ada"}, None, {"username": "bela"}]
    assert site.transport.operations == ["TransactWriteItems", "GetItem", "TransactWriteItems"]
    assert [level for _, level in site.admitted] == [Level.WRITE, Level.READ, Level.WRITE]


def test_all_share_the_functions_time(site: Site) -> None:
    found = site(batch({"query": QUERY}, {"query": QUERY}), Runtime(left=400))
    assert [entry["errors"][0]["extensions"]["code"] for entry in found.body] == ["UNAVAILABLE"] * 2
    assert site.transport.calls == []


def test_what_is_refused_as_a_whole_is_one_error(site: Site) -> None:
    entry = {"query": QUERY}
    for found, status in (
        (batch(*[entry] * 5), 400),
        (batch(), 400),
        (batch(entry, {"query": None}), 400),
        (batch(entry, accept=GRAPHQL_JSON), 406),
    ):
        answer = site(found)
        assert (answer.status, answer.codes) == (status, ["BAD_USER_INPUT"])
    assert (site.admitted, site.transport.calls) == ([], [])
    assert len(site.requests) == 4


def test_a_batch_is_refused_unless_it_is_allowed(engine: Engine) -> None:
    answer = Site(engine, holding())(batch({"query": QUERY}))
    assert (answer.status, answer.codes) == (400, ["BAD_USER_INPUT"])
    assert "Batches are not taken here" in answer.body["errors"][0]["message"]
