"""`tenantql token` for the development server: a token that its endpoint takes."""

import json

import httpx
import pytest
from typer.testing import CliRunner, Result

from cli.commands import app
from local.development import Development
from local.server import GRAPHQL

pytestmark = pytest.mark.xdist_group("development server")


def token(running: Development, *arguments: str) -> Result:
    command = ["token", "--url", running.url, *arguments]
    return CliRunner().invoke(app, command, env={"NO_PROXY": "127.0.0.1"})


def test_the_endpoint_takes_it(running: Development, client: httpx.Client) -> None:
    found = token(running, "--tenant", "globex", "--role", "staff")
    assert found.exit_code == 0
    headers = {"authorization": f"Bearer {found.stdout.strip()}"}
    body = {"query": "{ organisation { slug } }"}
    answer = client.post(GRAPHQL, json=body, headers=headers).json()
    assert answer["data"]["organisation"]["slug"] == "globex"


def test_json_says_whose_it_is_and_until_when(running: Development) -> None:
    found = json.loads(token(running, "--json").stdout)
    assert (found["tenant"], found["roles"]) == ("acme", ["admin"])
    assert found["expiresAt"].endswith("+00:00")
    operator = json.loads(token(running, "--role", "platform", "--json").stdout)
    assert (operator["tenant"], operator["roles"]) == (None, ["platform"])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--tenant", "umbrella"], "has no token for umbrella/admin"),
        (["--url", "https://example.com"], "give --stack"),
        (["--stack", "shop"], "give --user"),
    ],
)
def test_none_to_be_had(running: Development, arguments: list[str], told: str) -> None:
    found = token(running, *arguments)
    assert (found.exit_code, found.stdout) == (2, "")
    assert told in " ".join(found.stderr.split())
