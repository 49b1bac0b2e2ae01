"""`tenantql explain`, against the development server: the real endpoint and the local cloud."""

import json
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from cli.commands import app
from local.development import Development
from local.server import GRAPHQL

pytestmark = pytest.mark.xdist_group("development server")

NESTED = "{ orders(first: 2) { nodes { status customer { displayName } } } organisation { name } }"


def explain(running: Development, *arguments: str, tenant: str = "acme") -> tuple[int, str]:
    command = ["explain", *arguments, "--url", running.url + GRAPHQL, "--tenant", tenant]
    result = CliRunner().invoke(app, command, env={"COLUMNS": "200", "NO_PROXY": "127.0.0.1"})
    return result.exit_code, result.output


def test_rounds_calls_and_keys_are_a_tree(running: Development) -> None:
    code, shown = explain(running, "{ recentOrders(first: 2) { nodes { customer { id } } } }")
    assert code == 0
    assert "2 rounds" in shown
    assert "Query on GSI2" in shown
    assert 'GSI2PK = "TENANT#acme#ORDERS#RECENT#00"' in shown
    assert "BatchGetItem" in shown or "GetItem" in shown
    assert "TENANT#acme#USER#" in shown


def test_json_is_the_answer_with_what_it_did(running: Development) -> None:
    code, shown = explain(running, NESTED, "--json", tenant="globex")
    assert code == 0
    answer = json.loads(shown)
    first, *_ = answer["extensions"]["explain"]
    # The administrator has no orders; the list and the organisation are one round.
    assert {call["operation"] for call in first["calls"]} == {"Query", "GetItem"}
    assert first["requests"] == 2
    assert answer["data"]["organisation"]["name"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["{ nothing }"], 2, "Cannot query field"),
        (["@no/such/file"], 2, "No such file"),
        (["{ organisation { name } }", "--variables", "{"], 2, "the variables are not JSON"),
        (['{ user(id: "junk") { id } }'], 1, "this is not an id"),
        (["{ organisation { name } }", "--token", "junk"], 2, "Forbidden"),
    ],
)
def test_what_cannot_be_explained_says_why(
    running: Development, arguments: list[str], code: int, message: str
) -> None:
    found, shown = explain(running, *arguments)
    assert message in shown
    assert found == code


def test_without_a_server_it_says_how_to_start_one() -> None:
    result = CliRunner().invoke(
        app,
        ["explain", "{ organisation { name } }", "--url", "http://127.0.0.1:9/graphql"],
        env={"COLUMNS": "200"},
    )
    assert result.exit_code == 2
    assert "make run" in result.output


@pytest.mark.parametrize("role", ["customer", "seller", "staff"])
def test_only_administrators_may_see(client: httpx.Client, role: str) -> None:
    token = client.get(f"/tokens/acme/{role}").text
    body: dict[str, Any] = {"query": "{ organisation { name } }", "extensions": {"explain": True}}
    headers = {"authorization": f"Bearer {token}"}
    assert "explain" not in client.post(GRAPHQL, json=body, headers=headers).json()["extensions"]
    admin = {"authorization": f"Bearer {client.get('/tokens/acme/admin').text}"}
    assert "explain" in client.post(GRAPHQL, json=body, headers=admin).json()["extensions"]
    body["extensions"] = {"explain": "yes"}
    assert "explain" not in client.post(GRAPHQL, json=body, headers=admin).json()["extensions"]
