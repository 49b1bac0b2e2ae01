"""The development server end to end: real functions, real roles, the local cloud behind."""

import json
import socket
from dataclasses import asdict
from typing import Any, Final, cast

import httpx
import pytest
from graphql import build_schema, parse, validate

from local.cloud import LocalCloud
from local.demo import plan
from local.demo.pictures import VIEWS, picture
from local.development import Development, PortTaken, listener
from local.examples import Example
from local.gateway.gateway import BODY_LIMIT
from local.provision import ROOT
from local.server import GRAPHQL, PLATFORM

pytestmark = pytest.mark.xdist_group("development server")

TENANTS = ("acme", "acme-eu", "globex")
ORGANISATION = "{ organisation { slug } }"


def post(
    client: httpx.Client, query: str, actor: str | None, path: str = GRAPHQL, **variables: Any
) -> httpx.Response:
    headers = {} if actor is None else {"authorization": f"Bearer {token(client, actor)}"}
    return client.post(path, json={"query": query, "variables": variables}, headers=headers)


def token(client: httpx.Client, actor: str) -> str:
    answer = client.get(f"/tokens/{actor}")
    assert answer.status_code == 200
    return answer.text


def example(running: Development, name: str) -> Example:
    everything = [*running.examples[GRAPHQL], *running.examples[PLATFORM]]
    return next(each for each in everything if each.name == name)


@pytest.mark.parametrize("tenant", TENANTS)
@pytest.mark.parametrize("role", ["admin", "staff", "seller", "customer"])
def test_each_token_sees_its_own_organisation(client: httpx.Client, tenant: str, role: str) -> None:
    answer = post(client, ORGANISATION, f"{tenant}/{role}")
    assert answer.json()["data"] == {"organisation": {"slug": tenant}}


def test_the_same_by_get(client: httpx.Client) -> None:
    headers = {"authorization": f"Bearer {token(client, 'globex/admin')}"}
    answer = client.get(GRAPHQL, params={"query": ORGANISATION}, headers=headers)
    assert answer.json()["data"] == {"organisation": {"slug": "globex"}}


NULL: Final = {"foreign-invoice", "clear-cart"}
"""Examples whose answer is that there is nothing."""


OBSTACLES: Final = frozenset({"userErrors", "problems", "obstacle", "left"})
"""Fields that have something when something is in the way."""


def filled(value: Any) -> bool:
    """Whether there is something in an answer: no null and no empty list, however deep."""
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        clear = not any(fields.get(name) for name in OBSTACLES)
        return clear and all(filled(fields[name]) for name in fields.keys() - OBSTACLES)
    if isinstance(value, list):
        entries = cast("list[Any]", value)
        return entries != [] and all(map(filled, entries))
    return value is not None


@pytest.mark.parametrize("tenant", TENANTS)
def test_each_example_answers(running: Development, client: httpx.Client, tenant: str) -> None:
    for each in running.examples[GRAPHQL]:
        # Mutations twice: with its key, the second answers as the first did.
        for _ in range(2 if "idempotencyKey" in each.variables[tenant].get("input", {}) else 1):
            answer = post(client, each.query, f"{tenant}/{each.roles[0]}", **each.variables[tenant])
            assert answer.status_code == 200, each.name
            assert "errors" not in answer.json(), each.name
            assert filled(answer.json()["data"]) is (each.name not in NULL), answer.text


def test_each_query_of_the_examples_answers_every_role_that_it_is_for(
    running: Development, client: httpx.Client
) -> None:
    for each in running.examples[GRAPHQL]:
        if "mutation" in each.query or each.name in NULL:
            continue
        for role in each.roles[1:]:
            answer = post(client, each.query, f"acme/{role}", **each.variables["acme"]).json()
            assert "errors" not in answer, (each.name, role)
            assert filled(answer["data"]), (each.name, role)


@pytest.mark.parametrize("tenant", ["acme", "globex"])
def test_a_list_goes_on_with_its_cursor_to_the_end(
    running: Development, client: httpx.Client, tenant: str
) -> None:
    each = example(running, "invoices")
    numbers: list[str] = []
    asked = dict(each.variables[tenant])
    while True:
        page = post(client, each.query, f"{tenant}/staff", **asked).json()["data"]["invoices"]
        assert len(page["nodes"]) <= asked["first"]
        numbers += [invoice["number"] for invoice in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        asked["after"] = page["pageInfo"]["endCursor"]
    planned = next(each for each in plan() if each.id == tenant)
    # The example of the checkout makes one more.
    assert len(planned.orders) <= len(set(numbers)) == len(numbers) <= len(planned.orders) + 1


def test_another_tenants_cursor_is_refused(running: Development, client: httpx.Client) -> None:
    each = example(running, "users")
    first = post(client, each.query, "acme/staff", **each.variables["acme"]).json()
    foreign: dict[str, Any] = {"first": 5, "after": first["data"]["users"]["pageInfo"]["endCursor"]}
    answer = post(client, each.query, "acme-eu/staff", **foreign).json()
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_a_browser_can_open_the_images_of_products(
    running: Development, client: httpx.Client
) -> None:
    each = example(running, "product")
    answer = post(client, each.query, "acme/seller", **each.variables["acme"]).json()
    urls = [image["url"] for image in answer["data"]["product"]["images"]]
    assert len(urls) == len({*urls}) == len(VIEWS)
    shown = [client.get(url) for url in urls]
    assert [each.headers["content-type"] for each in shown] == ["image/png"] * len(VIEWS)
    title = answer["data"]["product"]["title"]
    # An example shows them in another order.
    assert {each.content for each in shown} == {picture(title, view) for view in VIEWS}
    assert client.get("/images/acme/nothing.png").status_code == 404


@pytest.mark.parametrize("tenant", TENANTS)
def test_what_the_plan_says_was_paid_is_the_revenue(
    running: Development, client: httpx.Client, tenant: str
) -> None:
    each = example(running, "revenue")
    answer = post(client, each.query, f"{tenant}/staff", **each.variables[tenant]).json()
    found = answer["data"]["revenue"]
    planned = next(each for each in plan() if each.id == tenant)
    # The examples of paying and refunding come on top, of this day.
    paid = planned.orders[1].total
    assert found["total"]["paid"]["amount"] in {planned.paid, planned.paid + paid}
    assert found["total"]["refunded"]["amount"] in {planned.refunded, planned.refunded + 100}
    for part in ("months", "days"):
        nets = [each["sums"]["net"]["amount"] for each in found[part]]
        assert sum(nets) == found["total"]["net"]["amount"]
    assert len(found["months"]) >= 4


@pytest.mark.parametrize("tenant", TENANTS)
def test_who_spent_most_comes_first(
    running: Development, client: httpx.Client, tenant: str
) -> None:
    each = example(running, "top-customers")
    asked: dict[str, Any] = {**each.variables[tenant], "first": 100}
    answer = post(client, each.query, f"{tenant}/staff", **asked).json()
    spends = [each["spend"]["amount"] for each in answer["data"]["topCustomers"]["nodes"]]
    assert spends == sorted(spends, reverse=True)
    planned = next(each for each in plan() if each.id == tenant)
    assert sum(spends) >= planned.paid - planned.refunded - 100


def test_each_of_the_platforms_examples_answers_the_operator(
    running: Development, client: httpx.Client
) -> None:
    for each in running.examples[PLATFORM]:
        answer = post(client, each.query, "platform", PLATFORM, **each.variables[""]).json()
        assert "errors" not in answer, each.name
        assert filled(answer["data"]), each.name


def test_examples_are_valid(running: Development) -> None:
    for path, file in ((GRAPHQL, "schema.graphql"), (PLATFORM, "platform.graphql")):
        schema = build_schema((ROOT / file).read_text())
        for each in running.examples[path]:
            assert validate(schema, parse(each.query)) == [], each.name
            assert each.title
            assert each.about


def test_an_invoice_belongs_to_its_tenant_alone(running: Development, client: httpx.Client) -> None:
    each = example(running, "invoice")
    for owner in TENANTS:
        for asking in TENANTS:
            answer = post(client, each.query, f"{asking}/admin", **each.variables[owner])
            assert (answer.json()["data"]["invoice"] is None) is (owner != asking)


@pytest.mark.parametrize(("path", "actor"), [(GRAPHQL, "platform"), (PLATFORM, "acme/admin")])
def test_an_endpoint_refuses_the_others_tokens(client: httpx.Client, path: str, actor: str) -> None:
    answer = post(client, "{ __typename }", actor, path)
    assert answer.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"


def test_without_a_token(client: httpx.Client) -> None:
    answer = post(client, ORGANISATION, None)
    assert answer.status_code == 401
    assert answer.json() == {"message": "Unauthorized"}


@pytest.mark.parametrize(
    "changes",
    [{"expires_in": -3600}, {"audience": "another"}, {"issuer": "https://another.example"}],
)
def test_bad_tokens(running: Development, client: httpx.Client, changes: dict[str, Any]) -> None:
    bad = running.issuer.token("acme", "ada", ["admin"], **changes)
    headers = {"authorization": f"Bearer {bad}"}
    answer = client.post(GRAPHQL, json={"query": ORGANISATION}, headers=headers)
    assert answer.status_code == 403
    assert answer.json() == {"message": "Forbidden"}


def test_a_huge_body(client: httpx.Client) -> None:
    answer = client.post(GRAPHQL, content=b"x" * (BODY_LIMIT + 1))
    assert answer.status_code == 413


@pytest.mark.parametrize("path", ["/nothing", "/graphql/", "/.env", "/playground/../../README.md"])
def test_unknown_paths(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_page_under_another_name_gets_no_token(client: httpx.Client) -> None:
    for path in ("/tokens/acme/admin", "/playground/config.json"):
        assert client.get(path, headers={"host": "attacker.example"}).status_code == 400


def test_a_container_has_a_name_of_its_own_for_this_machine(client: httpx.Client) -> None:
    answer = client.get("/.well-known/jwks.json", headers={"host": "host.docker.internal:8000"})
    assert answer.status_code == 200
    assert answer.json()["keys"]


def test_an_unknown_token_says_which_there_are(client: httpx.Client) -> None:
    answer = client.get("/tokens/nobody")
    assert answer.status_code == 404
    assert "acme-eu/customer" in answer.text


def test_health(client: httpx.Client) -> None:
    """The endpoint's own answer, through the route that needs no token."""
    answer = client.get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert "apigw-requestid" in answer.headers
    for method, path in (("POST", "/health"), ("GET", "/health/graphql")):
        assert client.request(method, path).status_code == 404


def test_the_playgrounds_origin_may_call_the_api(
    client: httpx.Client, running: Development
) -> None:
    for origin, allowed in ((running.url, running.url), ("https://attacker.example", None)):
        answer = client.post(GRAPHQL, json={"query": ORGANISATION}, headers={"origin": origin})
        assert answer.status_code == 401
        assert answer.headers.get("access-control-allow-origin") == allowed


def test_a_long_answer_is_compressed(client: httpx.Client) -> None:
    text = "{ __schema { types { name description } } }"
    headers = {"authorization": f"Bearer {token(client, 'acme/staff')}"}
    found = [
        client.post(GRAPHQL, json={"query": text}, headers=headers | {"accept-encoding": coding})
        for coding in ("gzip", "identity")
    ]
    assert [answer.headers.get("content-encoding") for answer in found] == ["gzip", None]
    assert found[0].json()["data"] == found[1].json()["data"]
    sizes = [int(answer.headers["content-length"]) for answer in found]
    assert sizes[0] < sizes[1] / 2


def test_the_issuer_is_published(running: Development, client: httpx.Client) -> None:
    configuration = client.get("/.well-known/openid-configuration").json()
    assert configuration["issuer"] == running.url
    assert client.get(configuration["jwks_uri"]).json() == running.issuer.jwks()


def test_the_page_may_load_nothing_from_elsewhere(client: httpx.Client) -> None:
    policy = client.get("/").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "//" not in policy


def test_the_pages_configuration_has_tokens_and_examples(
    running: Development, client: httpx.Client
) -> None:
    tenants, platform = client.get("/playground/config.json").json()["endpoints"]
    assert {token["id"] for token in tenants["tokens"]} == {
        *(actor.id for actor in running.actors),
        "none",
        "expired",
    }
    assert platform["tokens"][0]["id"] == "platform"
    expected = [json.loads(json.dumps(asdict(each))) for each in running.examples[GRAPHQL]]
    assert tenants["examples"] == expected


def test_the_data_is_the_same_at_every_start(running: Development) -> None:
    acme = running.demo.tenants[0]
    (_, admin) = acme.people["admin"]
    assert admin.id == "01K82ZYAM0E7DPGY7AFBAH7ZRY"
    assert acme.products[0].id == "01KCGKSVM0AX6BGY86YKSCR3SB"
    assert acme.orders[0].id == acme.invoices[0].id == "01M7W0168Y88CE33EMRYJS6V52"


def test_items_are_written_with_each_tenants_own_keys(running: Development) -> None:
    cloud: LocalCloud = running.cloud
    dynamodb: Any = cloud.client("dynamodb")
    leads = {
        item["PK"]["S"].split("#")[1]: item["PK"]["S"].split("#")[0]
        for page in dynamodb.get_paginator("scan").paginate(
            TableName=running.provisioned.data_table
        )
        for item in page["Items"]
    }
    assert leads == dict.fromkeys(TENANTS, "TENANT")


def test_a_port_that_is_taken_is_named() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=str(port)), listener(port):
            pass
