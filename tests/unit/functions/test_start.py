"""Starting: each function needs its settings, and imports no more than it uses."""

import json
import subprocess
import sys

import pytest

from tenantql.errors import SettingsError
from tenantql.tenancy.identity import Role
from tests.unit.builders import identity
from tests.unit.functions.loading import ENVIRONMENT, FUNCTIONS, LAYER, REQUIRED, load
from tests.unit.http.events import posted
from tests.unit.http.site import Runtime
from tests.unit.table.direct.server import answer, serving


@pytest.mark.parametrize("name", REQUIRED)
def test_it_starts_with_the_templates_environment(name: str) -> None:
    module = load(name, ENVIRONMENT)
    assert callable(module.handler)


@pytest.mark.parametrize(
    ("name", "variable"), [(name, each) for name, needed in REQUIRED.items() for each in needed]
)
@pytest.mark.parametrize("value", [None, ""])
def test_it_does_not_start_without_a_setting(name: str, variable: str, value: str | None) -> None:
    environment = {key: each for key, each in ENVIRONMENT.items() if key != variable}
    if value is not None:
        environment[variable] = value
    with pytest.raises(SettingsError, match=f"{variable} is not set"):
        load(name, environment)


@pytest.mark.parametrize("name", ["graphql", "platform"])
def test_an_endpoint_answers_events(name: str) -> None:
    module = load(name, ENVIRONMENT)
    answer = module.handler(posted("{ __typename }"), Runtime())
    assert answer["statusCode"] == 401, "no identity, no answer"
    assert answer["headers"]["x-request-id"] == "request-1"


WATCHED = "import app, json, sys; print(json.dumps([*sys.modules]))"


def imported(name: str, code: str = WATCHED, **variables: str) -> set[str]:
    """The modules that a function's process has when the code prints them."""
    path = f"{FUNCTIONS / name}:{LAYER}"
    environment = {**ENVIRONMENT, "PYTHONPATH": path, **variables}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, check=True
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    ("name", "unwanted"),
    [
        ("authorizer", {"ariadne", "graphql"}),
        ("stream", {"jwt"}),
        ("graphql", {"jwt"}),
        ("platform", {"jwt"}),
    ],
)
def test_what_it_does_not_use_is_not_imported(name: str, unwanted: set[str]) -> None:
    """An import is time of every cold start."""
    packages = {module.partition(".")[0] for module in imported(name)}
    slow = {"pydantic", "requests", "aws_xray_sdk", "opentelemetry", "uvicorn", "pytest"}
    assert packages & (unwanted | slow) == set()
    assert "tenantql" in packages


OWN = {"AWS_ACCESS_KEY_ID": "AKIDFUNCTION", "AWS_SECRET_ACCESS_KEY": "secret"}
SDK = {"boto3", "botocore.session", "botocore.client"}


@pytest.mark.parametrize("name", REQUIRED)
def test_without_the_transport_that_needs_it_boto3_is_not_imported(name: str) -> None:
    assert imported(name, **OWN) & SDK == set()
    assert imported(name, **OWN, TENANTQL_TRANSPORT="boto3") >= SDK


ASKED = """
import app, json, os, sys, types
context = types.SimpleNamespace(aws_request_id="1", get_remaining_time_in_millis=lambda: 10_000)
status = app.handler(json.loads(os.environ["EVENT"]), context)["statusCode"]
print(json.dumps([*sys.modules, str(status)]))
"""


def test_the_first_call_of_a_table_needs_no_boto3_either() -> None:
    """The control table knows no such tenant, so no role is assumed for it."""
    with serving(lambda _asked: [answer({})]) as server:
        event = json.dumps(posted("{ organisation { name } }", identity=identity(Role.STAFF)))
        found = imported("graphql", ASKED, **OWN, AWS_ENDPOINT_URL=server.url, EVENT=event)
        assert [each.operation for each in server.asked] == ["GetItem"]
    assert found & SDK == set()
    assert "403" in found


def test_a_request_waits_for_no_import_that_it_has_no_use_for() -> None:
    of_others = {"tenantql.commerce.consumers", "tenantql.engine.rebuilds", "zoneinfo"}
    assert not of_others & imported("graphql")
    assert "tenantql.commerce.consumers" in imported("stream")
