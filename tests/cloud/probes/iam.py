"""Probes of IAM and STS."""

import json
from typing import Any

from local.cloud import LocalCloud
from tests.cloud.identities import (
    LOOK_ALIKE,
    OWN,
    allow,
    assume,
    connect,
    create_role,
    create_table,
    deny,
    error_code,
    is_allowed,
    key,
    session,
    table_arns,
    tenant,
)
from tests.cloud.probes.registry import probe


@probe("leading_keys")
def foreign_key_is_denied_by_for_all_values_alone(cloud: LocalCloud) -> bool:
    table = create_table(cloud)
    condition = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": "TENANT#acme#*"}}
    client = session(cloud, allow("dynamodb:GetItem", table_arns(table), condition))
    return not is_allowed(lambda: client.get_item(TableName=table, Key=key(LOOK_ALIKE)))


@probe("leading_keys")
def own_key_is_allowed_with_the_null_test(cloud: LocalCloud) -> bool:
    table = create_table(cloud)
    condition = {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": "TENANT#acme#*"},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }
    client = session(cloud, allow("dynamodb:GetItem", table_arns(table), condition))
    return is_allowed(lambda: client.get_item(TableName=table, Key=key(OWN)))


@probe("leading_keys")
def extra_table_name_does_not_hide_a_batch(cloud: LocalCloud) -> bool:
    mine, other = create_table(cloud), create_table(cloud)
    client = session(cloud, allow("dynamodb:BatchGetItem", table_arns(mine)))

    def add_table_name(params: dict[str, Any], **_: Any) -> None:
        params["body"] = json.dumps({**json.loads(params["body"]), "TableName": mine}).encode()

    client.meta.events.register("before-call.dynamodb.BatchGetItem", add_table_name)
    return not is_allowed(lambda: client.batch_get_item(RequestItems={other: {"Keys": [key(OWN)]}}))


@probe("leading_keys")
def action_in_the_query_string_does_not_count(cloud: LocalCloud) -> bool:
    table = create_table(cloud)
    client = session(cloud, allow("dynamodb:ListTables"))

    def add_action(params: dict[str, Any], **_: Any) -> None:
        params["url"] += "?Action=ListTables"

    client.meta.events.register("before-call.dynamodb.GetItem", add_action)
    return not is_allowed(lambda: client.get_item(TableName=table, Key=key(OWN)))


@probe("leading_keys")
def partiql_is_authorized_by_its_verb(cloud: LocalCloud) -> bool:
    table = create_table(cloud)
    client = session(cloud, allow("dynamodb:PartiQLSelect", table_arns(table)))
    statement = f"SELECT * FROM \"{table}\" WHERE PK = '{OWN}'"
    return is_allowed(lambda: client.execute_statement(Statement=statement))


@probe("policy_variables")
def principal_tag_in_a_condition(cloud: LocalCloud) -> bool:
    table = create_table(cloud)
    client = tenant(cloud, table)
    return is_allowed(lambda: client.get_item(TableName=table, Key=key(OWN)))


@probe("policy_variables")
def principal_tag_in_a_resource(cloud: LocalCloud) -> bool:
    table = create_table(cloud)
    resource = "arn:aws:dynamodb:*:*:table/${aws:PrincipalTag/Table}"

    def may_read(**tags: str) -> bool:
        client = session(cloud, allow("dynamodb:GetItem", resource), tags=tags)
        return is_allowed(lambda: client.get_item(TableName=table, Key=key(OWN)))

    return may_read(Table=table) and not may_read(Table="other") and not may_read()


@probe("policy_variables")
def literal_asterisk_matches_an_asterisk(cloud: LocalCloud) -> bool:
    table = create_table(cloud)
    condition = {"StringLike": {"aws:RequestTag/Stars": "${*}${?}*"}}
    client = session(cloud, allow("dynamodb:TagResource", "*", condition))
    arn = f"arn:aws:dynamodb:{cloud.region}:{cloud.account}:table/{table}"

    def tag(value: str) -> bool:
        tags = [{"Key": "Stars", "Value": value}]
        return is_allowed(lambda: client.tag_resource(ResourceArn=arn, Tags=tags))

    return tag("*?x") and not tag("abx")


@probe("policy_variables")
def variable_in_a_denial(cloud: LocalCloud) -> bool:
    table = create_table(cloud)
    condition = {"StringNotEquals": {"aws:PrincipalTag/Team": "${aws:PrincipalTag/Group}"}}
    statements = [allow("dynamodb:GetItem"), deny("dynamodb:GetItem", conditions=condition)]

    def may_read(**tags: str) -> bool:
        client = session(cloud, *statements, tags=tags)
        return is_allowed(lambda: client.get_item(TableName=table, Key=key(OWN)))

    return may_read(Team="a", Group="a") and not may_read(Team="a") and not may_read()


@probe("policy_variables")
def pattern_matches_over_a_line_break(cloud: LocalCloud) -> bool:
    table = create_table(cloud)
    condition = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": "TENANT#acme#*"}}
    client = session(cloud, allow("dynamodb:GetItem", table_arns(table), condition))
    return is_allowed(lambda: client.get_item(TableName=table, Key=key("TENANT#acme#a\nb")))


@probe("condition_keys")
def principal_arn_of_a_session_is_the_role(cloud: LocalCloud) -> bool:
    table = create_table(cloud)
    role = create_role(cloud, allow("dynamodb:GetItem"), path="/some/path/")
    client = connect(cloud, "dynamodb", **assume(cloud, role))
    name = role.rsplit("/", 1)[-1]
    condition = {"ArnNotEquals": {"aws:PrincipalArn": role}}
    document = {
        "Version": "2012-10-17",
        "Statement": [deny("dynamodb:*", "*", conditions=condition)],
    }
    connect(cloud, "iam").put_role_policy(
        RoleName=name, PolicyName="others", PolicyDocument=json.dumps(document)
    )
    return is_allowed(lambda: client.get_item(TableName=table, Key=key(OWN)))


@probe("condition_keys")
def session_without_tags_has_no_tag_keys(cloud: LocalCloud) -> bool:
    role = create_role(cloud, allow("dynamodb:GetItem"), trust={"Null": {"aws:TagKeys": "false"}})
    return not is_allowed(lambda: assume(cloud, role)) and is_allowed(
        lambda: assume(cloud, role, {"TenantId": "acme"})
    )


@probe("sessions")
def chained_session_lasts_an_hour_at_most(cloud: LocalCloud) -> bool:
    statements = [allow(["sts:AssumeRole", "sts:TagSession"])]
    first, second = create_role(cloud, *statements), create_role(cloud, *statements)
    name = second.rsplit("/", 1)[-1]
    connect(cloud, "iam").update_role(RoleName=name, MaxSessionDuration=7200)
    chained = assume(cloud, first)
    return (
        error_code(lambda: assume(cloud, second, caller=chained, DurationSeconds=3601))
        == "ValidationError"
        and error_code(lambda: assume(cloud, second, caller=chained, DurationSeconds=3600)) is None
        and error_code(lambda: assume(cloud, second, DurationSeconds=3601)) is None
    )


@probe("sessions")
def wildcard_in_a_session_tag_is_refused(cloud: LocalCloud) -> bool:
    role = create_role(cloud, allow("dynamodb:GetItem"))
    return error_code(lambda: assume(cloud, role, {"TenantId": "a*"})) == "ValidationError"
