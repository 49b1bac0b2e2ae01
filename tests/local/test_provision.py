"""Tables and roles from template.yaml: the part that is taken, and what becomes of it."""

from pathlib import Path

import pytest

from local.cloud import LocalCloud
from local.provision import TEMPLATE, Provisioned
from local.template import Template, TemplateError

SMALL = """
Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Parameters:
  Used: {Type: String, Default: a}
  Unused: {Type: String, Default: b}
Conditions:
  IsA: !Equals [!Ref Used, a]
  IsNot: !Not [!Condition IsA]
  Alone: !Equals [x, y]
Globals:
  Function:
    Handler: app.handler
    Timeout: 9
    Environment: {Variables: {SHARED: !Ref Table, BOTH: shared, NONE: !Ref AWS::NoValue}}
Resources:
  Fn::ForEach::Many: [A, [B], {"X${A}": {Type: AWS::SNS::Topic}}]
  Table:
    Type: AWS::DynamoDB::Table
    Condition: IsNot
    DependsOn: [Queue]
    Properties: {TableName: !Sub "${AWS::StackName}-${Topic.TopicName}-${!Literal}"}
  Queue: {Type: AWS::SQS::Queue}
  Topic: {Type: AWS::SNS::Topic}
  Other: {Type: AWS::SNS::Topic}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Version: 2012-10-17}
      Description: !GetAtt Queue.Arn
  Bad:
    Type: AWS::IAM::Role
    Properties: {Description: !Ref Function}
  Function:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/f/
      Role: !GetAtt Role.Arn
      Environment: {Variables: {BOTH: own}}
"""


@pytest.fixture
def small(tmp_path: Path) -> Template:
    path = tmp_path / "template.yaml"
    path.write_text(SMALL)
    return Template.read(path)


def test_a_part_has_what_it_refers_to_and_no_more(small: Template) -> None:
    part = small.part(["Table"], {"Name": {"Ref": "Table"}}).body
    assert part["Resources"].keys() == {"Table", "Queue", "Topic"}
    assert part["Parameters"].keys() == {"Used"}
    assert part["Conditions"].keys() == {"IsA", "IsNot"}
    assert part["Transform"] == ["AWS::LanguageExtensions"]
    assert part["Outputs"] == {"Name": {"Value": {"Ref": "Table"}}}


def test_outputs_bring_their_resources(small: Template) -> None:
    part = small.part([], {"Arn": {"Fn::GetAtt": ["Role", "Arn"]}}).body
    assert part["Resources"].keys() == {"Role", "Queue"}


def test_a_policys_version_stays_text(small: Template) -> None:
    role = small.resources["Role"]["Properties"]
    assert role["AssumeRolePolicyDocument"]["Version"] == "2012-10-17"


def test_a_part_that_needs_a_function_is_refused(small: Template) -> None:
    with pytest.raises(TemplateError, match="Function"):
        small.part(["Bad"], {})


def test_a_function_has_what_globals_add(small: Template) -> None:
    function = small.function("Function")
    assert (function.handler, function.timeout, function.role) == ("app.handler", 9, "Role")
    assert function.environment == {"SHARED": {"Ref": "Table"}, "BOTH": "own"}


def test_an_unknown_function_is_named(small: Template) -> None:
    with pytest.raises(TemplateError, match="Nothing"):
        small.function("Nothing")


def test_the_stack_has_all_tables_and_roles_of_the_template(
    cloud: LocalCloud, stack: Provisioned
) -> None:
    template = Template.read(TEMPLATE)
    wanted = {
        name
        for name in template.ids_of("AWS::DynamoDB::Table", "AWS::IAM::Role")
        # Those are of production.
        if template.resources[name].get("Condition") != "HasBackupPlan"
    }
    described = cloud.client("cloudformation").describe_stack_resources(StackName=stack.stack)
    made = {resource["LogicalResourceId"] for resource in described["StackResources"]}
    assert wanted <= made
    assert not {id for id in made if template.resources[id]["Type"].startswith("AWS::Serverless")}


def test_names_come_from_the_stack(cloud: LocalCloud, stack: Provisioned) -> None:
    dynamodb = cloud.client("dynamodb")
    for table in (stack.data_table, stack.control_table):
        assert dynamodb.describe_table(TableName=table)["Table"].get("TableName") == table
    iam = cloud.client("iam")
    roles = [function.role_arn for function in stack.functions.values()]
    for arn in (stack.tenant_role_arn, stack.platform_data_role_arn, *roles):
        assert iam.get_role(RoleName=arn.rpartition("/")[2])["Role"]["Arn"] == arn


def test_a_functions_environment_is_worked_out_by_cloudformation(stack: Provisioned) -> None:
    endpoint = stack.functions["graphql"].environment
    assert endpoint["TENANTQL_TENANT_ROLE_ARN"] == stack.tenant_role_arn
    assert endpoint["POWERTOOLS_SERVICE_NAME"] == f"{stack.stack}-graphql"
    assert stack.functions["authorizer"].environment["TENANTQL_ISSUER"] == "https://issuer.example"
