"""`tenantql token` for a stack with a user pool, as the template makes it."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner, Result

from cli.commands import app
from local.cloud import LocalCloud
from local.provision import TEMPLATE
from local.template import Template

STACK = "tenantql-pool"
PASSWORD = "Correct-horse-7"
OUTPUTS = ("UserPoolId", "UserPoolClientId")


@pytest.fixture(scope="module")
def pool(cloud: LocalCloud) -> Iterator[str]:
    """A stack that is the template's user pool, with a customer in it; the stack's name."""
    outputs = {"UserPoolId": {"Ref": "UserPool"}, "UserPoolClientId": {"Ref": "UserPoolClient"}}
    part = Template.read(TEMPLATE).part(["UserPool", "UserPoolClient", "CustomerGroup"], outputs)
    cloudformation: Any = cloud.client("cloudformation")
    cloudformation.create_stack(
        StackName=STACK,
        TemplateBody=json.dumps(part.body),
        Capabilities=["CAPABILITY_AUTO_EXPAND"],
    )
    waiter = cloudformation.get_waiter("stack_create_complete")
    waiter.wait(StackName=STACK, WaiterConfig={"Delay": 0.1, "MaxAttempts": 60})
    made = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0].get("Outputs", [])
    id = next(each["OutputValue"] for each in made if each["OutputKey"] == "UserPoolId")
    cognito: Any = cloud.client("cognito-idp")
    for name in ("ada", "new"):
        attributes = [{"Name": "custom:tenant", "Value": "acme"}]
        cognito.admin_create_user(
            UserPoolId=id, Username=name, UserAttributes=attributes, TemporaryPassword=PASSWORD
        )
    named = {"UserPoolId": id, "Username": "ada"}
    cognito.admin_set_user_password(**named, Password=PASSWORD, Permanent=True)
    cognito.admin_add_user_to_group(**named, GroupName="customer")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**cloud.environment(), "NO_PROXY": "127.0.0.1"}.items():
            patch.setenv(name, value)
        patch.delenv("AWS_PROFILE", raising=False)
        patch.setattr(boto3, "DEFAULT_SESSION", None)
        yield STACK


def token(*arguments: str, password: str = PASSWORD) -> Result:
    return CliRunner().invoke(app, ["token", *arguments], env={"TENANTQL_PASSWORD": password})


def test_of_a_user_of_the_pool(pool: str) -> None:
    found = token("--stack", pool, "--user", "ada", "--json")
    assert found.exit_code == 0, found.stderr
    told = json.loads(found.stdout)
    assert (told["tenant"], told["roles"]) == ("acme", ["customer"])
    assert PASSWORD not in found.output
    alone = token("--stack", pool, "--user", "ada")
    assert alone.stdout.count(".") == 2


@pytest.mark.parametrize(
    ("user", "password", "told"),
    [
        ("ada", "wrong", "no ada with this password"),
        ("eve", PASSWORD, "no eve with this password"),
        ("new", PASSWORD, "new has to answer NEW_PASSWORD_REQUIRED first"),
    ],
)
def test_none_to_be_had(pool: str, user: str, password: str, told: str) -> None:
    found = token("--stack", pool, "--user", user, password=password)
    assert (found.exit_code, found.stdout) == (2, "")
    assert told in " ".join(found.stderr.split())
    assert password not in found.output


def test_a_stack_without_a_pool(pool: str, cloud: LocalCloud) -> None:
    found = token("--stack", "no-such-stack", "--user", "ada")
    assert found.exit_code == 2
    assert "no-such-stack" in found.stderr
