"""events/env.json and events/aws.ini: what `make run` creates, and what SAM CLI makes of them."""

import json
from configparser import ConfigParser
from typing import Final

import pytest

from local.provision import TEMPLATE
from local.template import Template
from tests.artifact.conftest import CLOUD, EVENTS, IDS, JWKS, SERVED, Environments, Loaded

pytestmark = pytest.mark.xdist_group("build")

ENVIRONMENTS: Final[Environments] = json.loads((EVENTS / "env.json").read_text(encoding="utf-8"))
ENDPOINT: Final = "AWS_ENDPOINT_URL"

functions = pytest.mark.parametrize("name", IDS)


@functions
def test_has_every_variable_of_the_template_with_the_value_of_make_run(
    name: str, loaded: Loaded
) -> None:
    given = dict(ENVIRONMENTS[IDS[name]])
    assert given.pop(ENDPOINT) == CLOUD
    # A container has another name for this machine; the tokens' issuer stays what it is.
    reached = {
        key: value.replace(JWKS, f"{SERVED}/.well-known/jwks.json") for key, value in given.items()
    }
    assert reached == loaded.made.functions[name].environment


@functions
def test_the_template_names_every_variable(name: str) -> None:
    """What it does not name, SAM CLI leaves out."""
    body = Template.read(TEMPLATE).body
    shared = body["Globals"]["Function"]["Environment"]["Variables"]
    own = body["Resources"][IDS[name]]["Properties"]["Environment"]["Variables"]
    assert ENVIRONMENTS[IDS[name]].keys() == {**shared, **own}.keys()


def test_has_every_function_and_nothing_else() -> None:
    # The canary has no event to send: tests/isolation/test_canary.py runs it.
    functions = {*Template.read(TEMPLATE).ids_of("AWS::Serverless::Function")} - {"CanaryFunction"}
    assert set(ENVIRONMENTS) == functions


@functions
def test_sam_cli_hands_all_of_it_over(name: str, environments: Environments) -> None:
    handed = environments[IDS[name]]
    assert ENVIRONMENTS[IDS[name]].items() <= handed.items()


@functions
def test_a_profile_is_the_functions_role_in_the_cloud_of_make_run(
    name: str, loaded: Loaded
) -> None:
    profiles = ConfigParser()
    profiles.read(EVENTS / "aws.ini")
    profile = profiles[f"profile {IDS[name]}"]
    source = profiles[f"profile {profile['source_profile']}"]
    keys = (source["aws_access_key_id"], source["aws_secret_access_key"])
    assert profile["role_arn"] == loaded.made.functions[name].role_arn
    assert keys == (loaded.cloud.access_key, loaded.cloud.secret_key)
    for each in (profile, source):
        assert each["endpoint_url"] == CLOUD.replace("host.docker.internal", "127.0.0.1")
        assert each["region"] == loaded.cloud.region


@functions
def test_a_function_runs_with_its_own_role(
    name: str, loaded: Loaded, environments: Environments
) -> None:
    handed = environments[IDS[name]]
    sts = loaded.cloud.client(
        "sts",
        aws_access_key_id=handed["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=handed["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=handed["AWS_SESSION_TOKEN"],
    )
    role = loaded.made.functions[name].role_arn.rpartition("/")[2]
    assert f":assumed-role/{role}/" in sts.get_caller_identity()["Arn"]
