"""Starting: each function needs its settings, and imports no more than it uses."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tenantql.errors import SettingsError
from tests.unit.functions.loading import ENVIRONMENT, FUNCTIONS, LAYER, REQUIRED, load
from tests.unit.http.events import posted
from tests.unit.http.site import Runtime


def close(module: Any) -> None:
    """End the event loop that the module of an endpoint keeps."""
    if hasattr(module, "_answer"):
        module._answer._engine._runner.close()


@pytest.mark.parametrize("name", REQUIRED)
def test_it_starts_with_the_templates_environment(name: str) -> None:
    module = load(name, ENVIRONMENT)
    close(module)
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
    close(module)
    assert answer["statusCode"] == 401, "no identity, no answer"
    assert answer["headers"]["x-request-id"] == "request-1"


WATCHED = "import app, json, sys; print(json.dumps([*sys.modules]))"


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
    environment = {**ENVIRONMENT, "PYTHONPATH": f"{FUNCTIONS / name}:{LAYER}"}
    done = subprocess.run(
        [sys.executable, "-c", WATCHED], env=environment, capture_output=True, check=True
    )
    imported = {module.partition(".")[0] for module in json.loads(done.stdout)}
    slow = {"pydantic", "requests", "aws_xray_sdk", "uvicorn", "pytest"}
    assert imported & (unwanted | slow) == set()
    assert "tenantql" in imported
