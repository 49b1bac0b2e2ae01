"""samconfig.toml says nothing that template.yaml does not take, in any environment."""

import re
import tomllib
from typing import Any, Final

import pytest

from tests.template.stack import PATH, Stack, read_template

ENVIRONMENTS: Final = ("dev", "local", "prod", "staging")
LONGEST_REGION: Final = "ap-northeast-1"
ROLE_NAME_LENGTH: Final = 64
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""


def _settings(environment: str, command: str) -> dict[str, Any]:
    """The parameters of a SAM command in an environment."""
    file = PATH.with_name("samconfig.toml")
    sections = tomllib.loads(file.read_text(encoding="utf-8"))[environment]
    return sections.get(command, {}).get("parameters", {})


def _overrides(environment: str) -> dict[str, str]:
    """What an environment gives for the template's parameters."""
    given = _settings(environment, "global").get("parameter_overrides", [])
    pairs = [text.partition("=") for text in given]
    assert all(separator for _, separator, _ in pairs)
    assert len({name for name, _, _ in pairs}) == len(pairs)
    return {name: value for name, _, value in pairs}


def _refused(definition: dict[str, Any], value: str) -> str | None:
    """Why CloudFormation refuses the value of a parameter; None if it takes it."""
    if value not in map(str, definition.get("AllowedValues", [value])):
        return "is not among the values"
    if not re.fullmatch(definition.get("AllowedPattern", ".*"), value):
        return "does not match the pattern"
    if definition["Type"] == "Number" and float(value) < definition.get("MinValue", float(value)):
        return "is too small"
    if len(value) < definition.get("MinLength", 0):
        return "is too short"
    return None


def test_the_environments_are_those_of_the_readme() -> None:
    file = PATH.with_name("samconfig.toml")
    settings = tomllib.loads(file.read_text(encoding="utf-8"))
    assert set(settings) == {"version", "default", *ENVIRONMENTS}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_template_takes_what_is_overridden(environment: str) -> None:
    parameters = read_template()["Parameters"]
    given = _overrides(environment)
    assert given
    assert set(given) <= set(parameters)
    refused = {name: _refused(parameters[name], value) for name, value in given.items()}
    assert {name: why for name, why in refused.items() if why} == {}


def test_the_templates_defaults_are_values_that_it_takes() -> None:
    for name, definition in read_template()["Parameters"].items():
        assert _refused(definition, str(definition["Default"])) is None, name


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_an_issuer_is_given_whole_or_the_pool_is_made(environment: str) -> None:
    given = _overrides(environment)
    whole = all(given.get(name) for name in ("TokenIssuer", "TokenAudience", "JwksUri"))
    assert whole is (given.get("CreateUserPool") == "false")


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_deployment_may_name_roles_and_needs_no_question_but_in_production(
    environment: str,
) -> None:
    deploy = _settings(environment, "deploy")
    assert set(deploy["capabilities"].split()) == {"CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"}
    assert deploy["resolve_s3"] is True
    assert deploy["confirm_changeset"] is (environment == "prod")
    assert _settings(environment, "validate")["lint"] is True


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_production_and_the_stage_before_it_are_protected(environment: str) -> None:
    stack = Stack.of(read_template(), **_overrides(environment))
    kept = stack.properties("DataTable")["DeletionProtectionEnabled"]
    assert kept is (environment in {"prod", "staging"})
    assert stack.resources["DataTable"]["DeletionPolicy"] == ("Retain" if kept else "Delete")


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_stack_names_are_short_enough_for_the_names_made_of_them(environment: str) -> None:
    stack = _settings(environment, "global")["stack_name"]
    roles = read_template()["Resources"]
    for role in ("TenantRole", "PlatformDataRole"):
        name = roles[role]["Properties"]["RoleName"]["Fn::Sub"]
        named = name.replace("${AWS::StackName}", stack).replace("${AWS::Region}", LONGEST_REGION)
        assert "$" not in named
        assert len(named) <= ROLE_NAME_LENGTH
    # The login page's address begins with the stack's name.
    assert re.fullmatch("[a-z0-9-]+", stack)
