"""A release that changes one line of the layer and takes other tables, over what is there."""

import shutil
from copy import replace
from typing import Final

import pytest

from local.build import BuiltApplication, this_architecture
from local.deployment import Deployment
from local.deployment.asking import Answer
from local.deployment.checks import OWN
from local.deployment.stack import Stack, deploy
from local.provision import token_parameters
from tests.e2e.tables import CONTROL, DATA, NAME, other_tables

pytestmark = pytest.mark.xdist_group("build")

FUNCTIONS: Final = ("GraphqlFunction", "PlatformFunction", "AuthorizerFunction", "StreamFunction")


@pytest.fixture(scope="module")
def before(deployed: Deployment) -> dict[str, str]:
    """The version that each alias pointed at."""
    return _versions(deployed.stack)


@pytest.fixture(scope="module")
def released(
    deployed: Deployment,
    before: dict[str, str],
    built: BuiltApplication,
    tmp_path_factory: pytest.TempPathFactory,
) -> Deployment:
    """The deployment after the release. The build's folder is as SAM left it, but for the line."""
    assert before
    folder = tmp_path_factory.mktemp("release") / "build"
    shutil.copytree(built.template.parent, folder, symlinks=True)
    changed = folder / built.layer.name / "python" / "tenantql" / "__init__.py"
    changed.write_text(changed.read_text(encoding="utf-8") + "RELEASE = 2\n", encoding="utf-8")
    issuer = deployed.issuer
    parameters = {
        **token_parameters(issuer.url, issuer.audience, issuer.jwks_uri),
        "Architecture": this_architecture(),
        **other_tables(deployed.stack),
    }
    stack = deploy(deployed.stack.cloud, folder / built.template.name, parameters)
    return replace(deployed, stack=stack)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_moves_every_alias(function: str, before: dict[str, str], released: Deployment) -> None:
    # Not by one: other tests have published versions, and taken them back.
    assert int(_versions(released.stack)[function]) > int(before[function])


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_version_behind_the_alias_has_the_new_layer(
    function: str, released: Deployment
) -> None:
    client = released.stack.cloud.client("lambda")
    live = client.get_function_configuration(
        FunctionName=released.stack.resources[function], Qualifier="live"
    )
    (layer,) = (layer.get("Arn") for layer in live.get("Layers", []))
    listed = client.list_layer_versions(LayerName=f"{released.stack.name}-tenantql")
    (newest,) = (version.get("LayerVersionArn") for version in listed["LayerVersions"])
    assert layer == newest


def test_outputs_name_the_given_tables(released: Deployment) -> None:
    outputs = released.stack.outputs
    assert (outputs["DataTableName"], outputs["ControlTableName"]) == (DATA, CONTROL)
    assert not {"DataTable", "ControlTable"} & {*released.stack.resources}


def test_the_stack_goes_on_answering_from_the_given_tables(released: Deployment) -> None:
    outcome = OWN[0].run(released)
    assert isinstance(outcome.got, Answer)
    assert isinstance(outcome.got.data, dict)
    assert outcome.got.data["organisation"]["name"] == NAME


def test_changes_of_the_given_table_go_to_the_consumers(released: Deployment) -> None:
    stack = released.stack
    mappings = stack.cloud.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    streams = stack.cloud.client("dynamodbstreams").list_streams(TableName=DATA)["Streams"]
    assert [each.get("EventSourceArn") for each in mappings] == [
        each.get("StreamArn") for each in streams
    ]


def _versions(stack: Stack) -> dict[str, str]:
    client = stack.cloud.client("lambda")
    return {
        function: client.get_alias(FunctionName=stack.resources[function], Name="live").get(
            "FunctionVersion", ""
        )
        for function in FUNCTIONS
    }
