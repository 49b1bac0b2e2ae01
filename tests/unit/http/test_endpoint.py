"""The endpoint: the status and the body of each outcome."""

from copy import replace
from typing import Any

import pytest

from tenantql.engine.failures import MASKED
from tenantql.engine.operations import Engine
from tenantql.errors import TenantqlError
from tenantql.http.options import HttpOptions
from tenantql.http.statuses import Profile
from tenantql.table import errors as table
from tenantql.table import global_ids
from tenantql.table.entity import entity_of
from tenantql.tenancy.errors import TenantMoving, TenantRefused, VendingFailed
from tenantql.tenancy.identity import Identity, Role
from tenantql.tenancy.policy import Level
from tests.unit.builders import holding, user
from tests.unit.http.events import GRAPHQL_JSON, event, posted
from tests.unit.http.site import MEMBER, QUERY, Runtime, Site, failing

MUTATION = (
    "mutation Make($email: EmailAddress!) { createUser(input: {email: $email, "
    'username: "ada", displayName: "Ada"}) { user { email } userErrors { code field } } }'
)


@pytest.mark.parametrize("accept", [None, "application/json", GRAPHQL_JSON, "*/*"])
def test_a_query(site: Site, accept: str | None) -> None:
    found = site(posted(QUERY, accept=accept, identity=MEMBER))
    assert (found.status, found.body) == (200, {"data": {"organisation": {"name": "Acme Trading"}}})
    kind = GRAPHQL_JSON if accept == GRAPHQL_JSON else "application/json"
    assert found.headers["content-type"] == f"{kind}; charset=utf-8"
    assert site.admitted == [(MEMBER, Level.READ)]


def test_a_query_by_get(site: Site) -> None:
    found = site(event("GET", query={"query": QUERY}, identity=MEMBER))
    assert (found.status, found.codes) == (200, [])


def test_a_mutation_has_the_right_to_write(site: Site) -> None:
    found = site(posted(MUTATION, variables={"email": "a@example.com"}, identity=MEMBER))
    payload: dict[str, Any] = {"user": {"email": "a@example.com"}, "userErrors": []}
    assert (found.status, found.body) == (200, {"data": {"createUser": payload}})
    assert site.admitted == [(MEMBER, Level.WRITE)]
    assert site.transport.operations == ["TransactWriteItems"]


def test_a_mutation_by_get_is_refused_before_anything_happens(site: Site) -> None:
    query = {"query": MUTATION, "variables": '{"email": "a@example.com"}'}
    found = site(event("GET", query=query, identity=MEMBER))
    assert (found.status, found.codes) == (405, ["BAD_USER_INPUT"])
    assert found.headers["allow"] == "POST"
    assert (site.admitted, site.transport.calls) == ([], [])


def test_the_chosen_operation_decides_the_level(site: Site) -> None:
    both = f"{QUERY} {MUTATION}"
    site(posted(both, operation="Name", variables={"email": "a@example.com"}, identity=MEMBER))
    assert site.admitted == [(MEMBER, Level.READ)]


def test_user_errors_are_data(engine: Engine) -> None:
    site = failing(engine, table.ConditionFailed((1,)))
    found = site(posted(MUTATION, variables={"email": "a@example.com"}, identity=MEMBER))
    errors = [{"code": "TAKEN", "field": ["email"]}]
    payload: dict[str, Any] = {"user": None, "userErrors": errors}
    assert (found.status, found.body) == (200, {"data": {"createUser": payload}})


REFUSED = [
    (event("PUT", identity=MEMBER), 405),
    (event("OPTIONS", identity=MEMBER), 405),
    (event(body="{}", headers={"content-type": "text/plain"}, identity=MEMBER), 415),
    (event(body="{}", identity=MEMBER), 415),
    (posted("a" * 100_001, identity=MEMBER), 413),
    (event(body="{", headers={"content-type": "application/json"}, identity=MEMBER), 400),
    (posted(None, identity=MEMBER), 400),
    (posted(QUERY, variables=[1], identity=MEMBER), 400),
    (event("GET", identity=MEMBER), 400),
    (posted(QUERY, identity=MEMBER) | {"isBase64Encoded": True}, 400),
]


@pytest.mark.parametrize("accept", [None, GRAPHQL_JSON])
@pytest.mark.parametrize(("found", "status"), REFUSED)
def test_what_is_no_graphql_request(
    site: Site, found: dict[str, Any], status: int, accept: str | None
) -> None:
    headers = found["headers"] | ({"accept": accept} if accept else {})
    answer = site(found | {"headers": headers})
    assert (answer.status, answer.codes) == (status, ["BAD_USER_INPUT"])
    assert "data" not in answer.body
    assert site.transport.calls == []


INVALID = [
    posted("{", identity=MEMBER),
    posted("{ nothing }", identity=MEMBER),
    posted(f"{QUERY} {MUTATION}", identity=MEMBER),
    posted(QUERY, operation="Other", identity=MEMBER),
    posted("{ __typename " + "a " * 2000 + "}", identity=MEMBER),
    posted(MUTATION, variables={}, identity=MEMBER),
    posted(MUTATION, variables={"email": "nobody"}, identity=MEMBER),
]


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        (None, 200),
        ("application/json", 200),
        (GRAPHQL_JSON, 400),
        (GRAPHQL_JSON.upper(), 400),
        (f"application/json, {GRAPHQL_JSON};q=0.5", 200),
        (f"application/json;q=0.5, {GRAPHQL_JSON}", 400),
    ],
)
@pytest.mark.parametrize("found", INVALID)
def test_a_document_that_does_not_run(
    site: Site, found: dict[str, Any], accept: str | None, status: int
) -> None:
    headers = found["headers"] | ({"accept": accept} if accept else {})
    answer = site(found | {"headers": headers})
    assert answer.status == status
    assert set(answer.codes) == {"BAD_USER_INPUT"}
    assert "data" not in answer.body
    assert site.transport.calls == []


@pytest.mark.parametrize("event", [None, [], 7, {}, {"requestContext": None}, {"headers": 7}])
def test_what_is_no_event_is_masked(site: Site, event: Any) -> None:
    answer = site(event)
    assert (answer.status, answer.codes) == (500, ["INTERNAL"])
    assert site.line["code"] == "INTERNAL"


NOBODY = [
    posted(QUERY),
    posted(QUERY) | {"requestContext": {"http": {"method": "POST"}, "authorizer": {}}},
    posted(QUERY, identity=Identity("acme", "", frozenset({Role.ADMIN}))),
    posted(QUERY, identity=Identity("Acme*", "ada", frozenset({Role.ADMIN}))),
    event("PUT"),
    event(body="{"),
]


@pytest.mark.parametrize("found", NOBODY)
def test_without_an_identity_nothing_is_looked_at(site: Site, found: dict[str, Any]) -> None:
    answer = site(found)
    assert (answer.status, answer.codes) == (401, ["UNAUTHENTICATED"])
    assert (site.admitted, site.transport.calls) == ([], [])
    assert "tenant" not in site.line


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (TenantRefused("this organisation is suspended"), 403),
        (TenantMoving("moving; try again shortly"), 503),
        (VendingFailed("no credentials"), 503),
        (table.Unavailable("try again"), 503),
        (table.Throttled("busy"), 429),
    ],
)
def test_who_is_not_admitted_is_told_why(site: Site, error: TenantqlError, status: int) -> None:
    site.refusal = error
    answer = site(posted(QUERY, identity=MEMBER))
    assert (answer.status, answer.codes) == (status, [str(error.code)])
    assert answer.body["errors"][0]["message"] == str(error)
    assert site.line["reason"] == type(error).__name__
    assert site.transport.calls == []


@pytest.mark.parametrize("error", [KeyError("secret"), table.InvalidItem("secret")])
def test_a_defect_before_the_operation_is_masked(site: Site, error: Exception) -> None:
    site.refusal = error
    answer = site(posted(QUERY, identity=MEMBER))
    assert answer.status == 500
    extensions = {"code": "INTERNAL", "requestId": "request-1"}
    assert answer.body == {"errors": [{"message": MASKED, "extensions": extensions}]}
    assert site.line["code"] == "INTERNAL"
    assert "secret" not in site.text


ID = f'"{global_ids.encode(entity_of(type(user())), user())}"'


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (table.AccessDenied("access denied"), "FORBIDDEN"),
        (table.Throttled("busy"), "RATE_LIMITED"),
        (table.Unavailable("down"), "UNAVAILABLE"),
        (table.Conflict("in the way"), "CONFLICT"),
    ],
)
def test_an_error_of_the_database_is_a_fields(
    engine: Engine, error: TenantqlError, code: str
) -> None:
    answer = failing(engine, error)(posted(f"{{ node(id: {ID}) {{ id }} }}", identity=MEMBER))
    assert (answer.status, answer.codes) == (200, [code])
    assert answer.body["data"] == {"node": None}


def test_a_forbidden_field_is_an_error_of_its_own(site: Site) -> None:
    text = '{ organisation { name } userByEmail(email: "a@example.com") { id } }'
    answer = site(posted(text, identity=replace(MEMBER, roles=frozenset({Role.CUSTOMER}))))
    assert (answer.status, answer.codes) == (200, ["FORBIDDEN"])
    assert answer.body["data"] == {"organisation": {"name": "Acme Trading"}, "userByEmail": None}
    assert site.transport.operations == ["GetItem"]


DEAR = "query($n: Int) { users(first: $n) { nodes { orders(first: $n) { nodes { id } } } } }"


@pytest.mark.parametrize("accept", [None, GRAPHQL_JSON])
def test_what_costs_too_much_does_not_begin(site: Site, accept: str | None) -> None:
    answer = site(posted(DEAR, variables={"n": 100}, identity=MEMBER, accept=accept))
    assert (answer.status, answer.codes) == (400, ["COST_EXCEEDED"])
    (entry,) = answer.body["errors"]
    assert entry["message"] == "the operation costs 10,201 units; at most 10,000 are allowed"
    assert entry["extensions"]["asked"] == 10_201
    assert site.transport.calls == []
    assert "cost" not in site.line


def test_the_cost_of_an_operation_is_in_the_log(site: Site) -> None:
    site(posted(QUERY, identity=MEMBER))
    assert (site.line["cost"], site.line["calls"]) == (1, 1)


@pytest.mark.parametrize(
    "variables",
    [{"n": [[[[[[[[[[[[1]]]]]]]]]]]]}, {"n": [1] * 1_000}, {str(n): n for n in range(1_001)}],
)
def test_variables_beyond_the_limits_are_bad_input(site: Site, variables: dict[str, Any]) -> None:
    answer = site(posted(DEAR, variables=variables, identity=MEMBER, accept=GRAPHQL_JSON))
    assert (answer.status, answer.codes) == (400, ["BAD_USER_INPUT"])
    assert "the variables" in answer.body["errors"][0]["message"]


@pytest.mark.parametrize("levels", [100, 1_000, 10_000])
def test_json_of_any_depth_is_no_defect(site: Site, levels: int) -> None:
    for deep in ("[" * levels + "]" * levels, '{"a":' * levels + "1" + "}" * levels):
        body = f'{{"query": "{{ __typename }}", "variables": {{"n": {deep}}}}}'
        headers = {"content-type": "application/json", "accept": GRAPHQL_JSON}
        answer = site(event(body=body, headers=headers, identity=MEMBER))
        assert (answer.status, answer.codes) == (400, ["BAD_USER_INPUT"])


@pytest.mark.parametrize("left", [0, 400, 1_499])
def test_nothing_begins_when_the_functions_time_is_nearly_up(site: Site, left: int) -> None:
    found = posted(MUTATION, variables={"email": "a@example.com"}, identity=MEMBER)
    answer = site(found, Runtime(left=left))
    assert (answer.status, answer.codes) == (503, ["UNAVAILABLE"])
    assert site.transport.calls == []


def test_a_chain_of_reads_stops_when_the_time_is_up(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(0, 1_000, 4))
    monkeypatch.setattr("time.monotonic", lambda: float(next(clock)))
    text = f"{{ node(id: {ID}) {{ ... on User {{ orders {{ nodes {{ id }} }} }} }} }}"
    answer = site(posted(text, identity=MEMBER), Runtime(left=30_000))
    assert (answer.status, answer.codes) == (200, ["UNAVAILABLE"])
    assert len(site.transport.calls) < 2


def test_an_event_that_is_none_is_a_defect_and_no_crash(site: Site) -> None:
    answer = site({})
    assert (answer.status, answer.codes) == (500, ["INTERNAL"])
    assert site.line["status"] == 500


@pytest.mark.parametrize("accept", ["text/html", "image/*, application/json;q=0"])
def test_a_client_that_takes_no_answer_changes_nothing(site: Site, accept: str) -> None:
    found = posted(MUTATION, accept=accept, variables={"email": "a@b.de"}, identity=MEMBER)
    answer = site(found)
    assert (answer.status, answer.codes) == (406, ["BAD_USER_INPUT"])
    assert (site.admitted, site.transport.calls) == ([], [])


def test_who_should_wait_is_told_how_long(site: Site) -> None:
    site.refusal = TenantMoving("moving")
    assert site(posted(QUERY, identity=MEMBER)).headers["retry-after"] == "30"


def test_the_statuses_are_those_of_the_profile(engine: Engine) -> None:
    wrong = posted("{ nothing }", accept=GRAPHQL_JSON, identity=MEMBER)
    no_json = event(body="{", headers={"content-type": "application/json"}, identity=MEMBER)
    stranger = posted(QUERY)
    wanted = {
        Profile.STANDARD: [400, 400, 401],
        Profile.LEGACY: [400, 400, 200],
        Profile.DRAFT: [422, 400, 401],
    }
    for profile, statuses in wanted.items():
        site = Site(engine, holding(), options=HttpOptions(profile))
        assert [site(found).status for found in (wrong, no_json, stranger)] == statuses


def test_what_does_not_parse_is_told_from_what_does_not_fit_each_time(engine: Engine) -> None:
    site = Site(engine, holding(), options=HttpOptions(Profile.DRAFT))
    for text, status in (("{ organisation", 400), ("{ organisation { nothing } }", 422)) * 2:
        assert site(posted(text, identity=MEMBER)).status == status


def test_the_health_path_needs_nobody_and_touches_nothing(site: Site) -> None:
    found = event("GET") | {"routeKey": "GET /health", "rawPath": "/health"}
    response = site._endpoint(found, Runtime())
    assert (response["statusCode"], response["body"]) == (200, '{"status":"ok"}')
    assert (site.admitted, site.transport.calls, site.lines) == ([], [], [])


def test_only_the_route_is_healthy_not_the_path(site: Site) -> None:
    """The gateway tells the route; a path or a query is the client's."""
    found = event("GET", query={"query": QUERY}) | {"rawPath": "/health"}
    assert site(found | {"routeKey": "GET /graphql"}).status == 401
