"""infra/delivery.yaml: who may become the roles, and that they are as wide as what they do."""

import re
from typing import Any, Final

import pytest

from local.evaluation import Evaluation
from local.policies import listed
from local.provision import ROOT
from local.template import Template
from tests.template.stack import read_template

PATH: Final = ROOT / "infra" / "delivery.yaml"
ACCOUNT: Final = "123456789012"
PSEUDO: Final = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": "eu-west-1",
}
GITHUB: Final = "token.actions.githubusercontent.com"
GIVEN: Final = {
    "Repository": "owner/name",
    "Stage": "staging",
    "StackName": "tenantql-staging",
    "ArtifactsBucket": "artifacts",
    "CreateProvider": "true",
    "VerifyIsolation": "false",
}
TEMPLATE: Final = Template.read(PATH)


def resources(**changes: str) -> dict[str, Any]:
    evaluation = Evaluation(
        TEMPLATE.body,
        {**GIVEN, **changes},
        lambda name: PSEUDO.get(name, name),
        lambda name, attribute: f"arn:aws:iam::{ACCOUNT}:role/{name}.{attribute}",
    )
    return evaluation.resources()


def statements(role: str, **changes: str) -> list[dict[str, Any]]:
    policies = resources(**changes)[role]["Properties"]["Policies"]
    return [each for policy in policies for each in policy["PolicyDocument"]["Statement"]]


def test_one_environment_of_one_repository_becomes_the_role() -> None:
    (trust,) = resources()["DeployRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert trust["Principal"] == {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{GITHUB}"}
    assert trust["Condition"] == {
        "StringEquals": {
            f"{GITHUB}:aud": "sts.amazonaws.com",
            f"{GITHUB}:sub": "repo:owner/name:environment:staging",
        }
    }


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("owner/name", True),
        ("owner@123/name@456", True),
        ("owner/*", False),
        ("*/name", False),
        ("owner", False),
        ("owner/name:ref:refs/heads/main", False),
        ("owner/name:environment", False),
    ],
)
def test_a_repository_is_named_and_no_pattern(name: str, *, good: bool) -> None:
    pattern = TEMPLATE.body["Parameters"]["Repository"]["AllowedPattern"]
    assert bool(re.search(pattern, name)) is good


def test_the_deploying_role_changes_nothing_by_itself() -> None:
    reading = re.compile(r":(Describe|Get|List|GET$)")
    starting = {
        *("cloudformation:CreateChangeSet", "cloudformation:DeleteChangeSet"),
        *("cloudformation:DetectStackDrift", "cloudformation:DetectStackResourceDrift"),
        *("cloudformation:ExecuteChangeSet", "iam:PassRole", "s3:PutObject"),
    }
    actions = {action for each in statements("DeployRole") for action in listed(each["Action"])}
    assert {name for name in actions if not reading.search(name)} == starting
    data = {"dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan", "sqs:ReceiveMessage"}
    assert not actions & data
    everywhere = [each for each in statements("DeployRole") if "*" in listed(each["Resource"])]
    assert {each["Sid"] for each in everywhere} == {"Settings"}


def test_roles_for_the_matrix_are_made_in_staging_alone() -> None:
    more = statements("DeployRole", VerifyIsolation="true")
    made = [each for each in more if "iam:CreateRole" in each["Action"]]
    assert [each["Resource"] for each in made] == [f"arn:aws:iam::{ACCOUNT}:role/tenantql-verify-*"]
    rule = TEMPLATE.body["Rules"]["NotInProduction"]
    assert rule["RuleCondition"] == {"Fn::Equals": [{"Ref": "Stage"}, "production"]}


def test_cloudformation_makes_what_has_the_stacks_name() -> None:
    found = {each["Sid"]: each for each in statements("ExecutionRole")}
    for name in ("Named", "Roles", "HandOver"):
        for arn in listed(found[name]["Resource"]):
            assert "tenantql-staging" in arn or "deploymentconfig:" in arn
    assert found["NotItself"]["Effect"] == "Deny"
    denied = {arn.rpartition("/")[2] for arn in found["NotItself"]["Resource"]}
    names = {
        body["Properties"]["RoleName"] for body in resources().values() if "Role" in body["Type"]
    }
    assert denied == names


SERVICES: Final = {
    "ApplicationAutoScaling": "application-autoscaling",
    "ApiGatewayV2": "apigateway",
    "Backup": "backup",
    "CE": "ce",
    "CloudWatch": "cloudwatch",
    "Cognito": "cognito-idp",
    "DynamoDB": "dynamodb",
    "IAM": "iam",
    "KMS": "kms",
    "Logs": "logs",
    "S3": "s3",
    "SNS": "sns",
    "SQS": "sqs",
    "Serverless": "lambda",
}


def test_cloudformation_may_make_every_kind_of_resource_of_the_template() -> None:
    kinds = {body["Type"].split("::")[1] for body in read_template()["Resources"].values()}
    assert kinds <= SERVICES.keys()
    allowed = {
        action.split(":")[0]
        for each in statements("ExecutionRole")
        for action in listed(each["Action"])
    }
    assert {SERVICES[kind] for kind in kinds} <= allowed
