"""IAM of the local cloud answers as AWS documents it, whoever of ministack and the mends does it.

Source: IAM User Guide, "Condition operators", "Set operators for multi-valued context keys",
"Policy evaluation logic"; DynamoDB Developer Guide, "Using IAM policy conditions".
"""

from collections.abc import Callable
from typing import Any

import pytest

from local.cloud import LocalCloud
from tests.cloud.identities import (
    LOOK_ALIKE,
    OWN,
    OWN_KEYS,
    allow,
    assume,
    connect,
    create_role,
    create_table,
    deny,
    error_code,
    is_allowed,
    key,
    policy,
    session,
    table_arns,
    tenant,
)

KEYS = "dynamodb:LeadingKeys"
ABSENT = "aws:PrincipalTag/Missing"


@pytest.fixture(scope="module")
def table(cloud: LocalCloud) -> str:
    """A table that the tests of this module share; none depends on its items."""
    return create_table(cloud)


@pytest.fixture(scope="module")
def acme(cloud: LocalCloud, table: str) -> Any:
    """A DynamoDB client of the tenant acme."""
    return tenant(cloud, table)


def query(client: Any, table: str, expression: str, partition: str, **members: Any) -> Any:
    values = {":p": {"S": partition}}
    return client.query(
        TableName=table,
        KeyConditionExpression=expression,
        ExpressionAttributeValues=values,
        **members,
    )


SET_NAME: dict[str, Any] = {
    "UpdateExpression": "SET shown = :n",
    "ExpressionAttributeValues": {":n": {"S": "n"}},
}

CALLS: dict[str, Callable[[Any, str, str], Any]] = {
    "get": lambda c, t, p: c.get_item(TableName=t, Key=key(p)),
    "put": lambda c, t, p: c.put_item(TableName=t, Item=key(p)),
    "update": lambda c, t, p: c.update_item(TableName=t, **SET_NAME, Key=key(p)),
    "delete": lambda c, t, p: c.delete_item(TableName=t, Key=key(p)),
    "query": lambda c, t, p: query(c, t, "PK = :p", p),
    "query by a name": lambda c, t, p: query(
        c, t, "#k = :p", p, ExpressionAttributeNames={"#k": "PK"}
    ),
    "query an index": lambda c, t, p: query(c, t, "GSI1PK = :p", p, IndexName="GSI1"),
    "legacy query": lambda c, t, p: c.query(
        TableName=t,
        KeyConditions={"PK": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": p}]}},
    ),
    "batch get": lambda c, t, p: c.batch_get_item(
        RequestItems={t: {"Keys": [key(OWN, "B"), key(p)]}}
    ),
    "batch write": lambda c, t, p: c.batch_write_item(
        RequestItems={
            t: [{"PutRequest": {"Item": key(OWN, "B")}}, {"DeleteRequest": {"Key": key(p)}}]
        }
    ),
    "transact get": lambda c, t, p: c.transact_get_items(
        TransactItems=[{"Get": {"TableName": t, "Key": k}} for k in (key(OWN, "B"), key(p))]
    ),
    "transact write": lambda c, t, p: c.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": t, "Item": key(OWN, "B")}},
            {"Update": {"TableName": t, **SET_NAME, "Key": key(p)}},
        ]
    ),
    "transact condition check": lambda c, t, p: c.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": t, "Item": key(OWN, "B")}},
            {
                "ConditionCheck": {
                    "TableName": t,
                    "Key": key(p, "none"),
                    "ConditionExpression": "attribute_not_exists(PK)",
                }
            },
        ]
    ),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_tenant_reaches_its_own_keys_only(
    acme: Any, table: str, call: Callable[[Any, str, str], Any]
) -> None:
    assert is_allowed(lambda: call(acme, table, OWN))
    assert not is_allowed(lambda: call(acme, table, LOOK_ALIKE))


def test_the_null_test_keeps_out_what_has_no_leading_keys(cloud: LocalCloud, table: str) -> None:
    actions = ["dynamodb:Scan", "dynamodb:PartiQLSelect"]
    statement = f"SELECT * FROM \"{table}\" WHERE PK = '{LOOK_ALIKE}'"

    def reach(conditions: dict[str, Any]) -> set[bool]:
        client = session(
            cloud, allow(actions, table_arns(table), conditions), tags={"TenantId": "acme"}
        )
        scan = is_allowed(lambda: client.scan(TableName=table))
        return {scan, is_allowed(lambda: client.execute_statement(Statement=statement))}

    assert reach(OWN_KEYS) == {False}
    assert reach({name: OWN_KEYS[name] for name in OWN_KEYS if name != "Null"}) == {True}


@pytest.mark.parametrize(
    "members",
    [
        {"KeyConditionExpression": "PK = :p OR PK = :q"},
        {"KeyConditionExpression": "PK = :p AND PK = :q"},
        {"KeyConditionExpression": "begins_with(PK, :p)"},
        {"KeyConditionExpression": "GSI1PK = :p"},
        {"KeyConditionExpression": "PK = :missing"},
        {"KeyConditionExpression": "PK = :p", "IndexName": "GSI1"},
        {"KeyConditionExpression": "PK = :p", "IndexName": "none"},
    ],
)
def test_a_query_that_cannot_be_read_is_denied(
    cloud: LocalCloud, table: str, members: dict[str, Any]
) -> None:
    """Also without the Null test: what cannot be read does not count as absent."""
    condition = {"ForAllValues:StringLike": {KEYS: "TENANT#acme#*"}}
    client = session(cloud, allow("dynamodb:Query", table_arns(table), condition))
    values = {":p": {"S": OWN}, ":q": {"S": LOOK_ALIKE}}
    assert not is_allowed(
        lambda: client.query(TableName=table, ExpressionAttributeValues=values, **members)
    )


def test_a_request_that_cannot_be_read_is_denied_only_where_keys_matter(
    cloud: LocalCloud, table: str
) -> None:
    client = session(cloud, allow("dynamodb:GetItem"))
    assert error_code(lambda: client.get_item(TableName="none", Key=key(OWN))) == (
        "ResourceNotFoundException"
    )
    assert error_code(lambda: client.get_item(TableName=table, Key={"SK": {"S": "x"}})) == (
        "ValidationException"
    )


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        # An absent key: set operator "all" and negated operators match, the others do not.
        ({"ForAllValues:StringEquals": {ABSENT: "x"}}, True),
        ({"ForAnyValue:StringEquals": {ABSENT: "x"}}, False),
        ({"ForAnyValue:StringNotEquals": {ABSENT: "x"}}, False),
        ({"StringEquals": {ABSENT: "x"}}, False),
        ({"StringLike": {ABSENT: "*"}}, False),
        ({"StringEqualsIfExists": {ABSENT: "x"}}, True),
        ({"StringNotEquals": {ABSENT: "x"}}, True),
        ({"StringNotLike": {ABSENT: "*"}}, True),
        ({"ArnNotLike": {ABSENT: "*"}}, True),
        ({"Null": {ABSENT: "true"}}, True),
        ({"Null": {ABSENT: "false"}}, False),
        # A variable without a value equals nothing.
        ({"StringEquals": {"aws:PrincipalTag/Team": "${aws:PrincipalTag/Missing}"}}, False),
        ({"StringNotEquals": {"aws:PrincipalTag/Team": "${aws:PrincipalTag/Missing}"}}, True),
        ({"StringEquals": {"aws:PrincipalTag/Team": "${aws:PrincipalTag/Missing, 'a'}"}}, True),
        # A present key.
        ({"Null": {KEYS: "false"}}, True),
        ({"StringEquals": {"aws:PrincipalTag/Team": ["b", "a"]}}, True),
        ({"StringNotEquals": {"aws:PrincipalTag/Team": ["b", "a"]}}, False),
        ({"StringEquals": {"aws:principaltag/team": "a"}}, True),
        ({"StringEquals": {"aws:PrincipalTag/Team": "A"}}, False),
        ({"StringEqualsIgnoreCase": {"aws:PrincipalTag/Team": "A"}}, True),
        # All blocks, and all keys of a block, have to match.
        ({"StringEquals": {"aws:PrincipalTag/Team": "a", ABSENT: "x"}}, False),
        ({"StringEquals": {"aws:PrincipalTag/Team": "a"}, "Null": {KEYS: "true"}}, False),
        # Several values of a key.
        ({"ForAllValues:StringEquals": {KEYS: ["one", "two"]}}, True),
        ({"ForAllValues:StringEquals": {KEYS: ["one"]}}, False),
        ({"ForAnyValue:StringEquals": {KEYS: ["one"]}}, True),
        ({"ForAnyValue:StringEquals": {KEYS: ["three"]}}, False),
        ({"ForAllValues:StringNotEquals": {KEYS: ["three"]}}, True),
        ({"ForAllValues:StringNotEquals": {KEYS: ["two", "three"]}}, False),
        ({"ForAnyValue:StringNotEquals": {KEYS: ["two"]}}, True),
    ],
)
def test_condition_operators(
    cloud: LocalCloud, table: str, condition: dict[str, Any], allowed: bool
) -> None:
    statement = allow("dynamodb:BatchGetItem", table_arns(table), condition)
    client = session(cloud, statement, tags={"Team": "a"})
    items = {table: {"Keys": [key("one"), key("two")]}}
    assert is_allowed(lambda: client.batch_get_item(RequestItems=items)) is allowed


def test_a_session_has_what_role_and_session_policy_both_allow(
    cloud: LocalCloud, table: str
) -> None:
    role = create_role(cloud, allow(["dynamodb:GetItem", "dynamodb:PutItem"]))
    narrow = policy(allow(["dynamodb:GetItem", "dynamodb:DeleteItem"]))
    client = connect(cloud, "dynamodb", **assume(cloud, role, session_policy=narrow))
    assert is_allowed(lambda: client.get_item(TableName=table, Key=key(OWN)))
    assert not is_allowed(lambda: client.put_item(TableName=table, Item=key(OWN)))
    assert not is_allowed(lambda: client.delete_item(TableName=table, Key=key(OWN)))


@pytest.mark.parametrize("place", ["role", "session"])
def test_a_denial_anywhere_wins(cloud: LocalCloud, table: str, place: str) -> None:
    allowed, denied = allow("dynamodb:*"), deny("dynamodb:PutItem")
    role = [allowed, denied] if place == "role" else [allowed]
    narrow = policy(allowed, denied) if place == "session" else policy(allowed)
    client = session(cloud, *role, session_policy=narrow)
    assert is_allowed(lambda: client.get_item(TableName=table, Key=key(OWN)))
    assert not is_allowed(lambda: client.put_item(TableName=table, Item=key(OWN)))


def test_session_policies_have_variables_too(cloud: LocalCloud, table: str) -> None:
    narrow = policy(allow("dynamodb:GetItem", "*", OWN_KEYS))
    client = session(cloud, allow("dynamodb:*"), tags={"TenantId": "acme"}, session_policy=narrow)
    assert is_allowed(lambda: client.get_item(TableName=table, Key=key(OWN)))
    assert not is_allowed(lambda: client.get_item(TableName=table, Key=key(LOOK_ALIKE)))


@pytest.mark.parametrize("version", ["2008-10-17", None])
def test_variables_need_the_version_that_knows_them(
    cloud: LocalCloud, table: str, version: str | None
) -> None:
    statement = allow("dynamodb:GetItem", table_arns(table), OWN_KEYS)
    client = session(cloud, statement, tags={"TenantId": "acme"}, version=version)
    assert not is_allowed(lambda: client.get_item(TableName=table, Key=key(OWN)))


def test_user_name_is_a_variable(cloud: LocalCloud, table: str) -> None:
    iam = connect(cloud, "iam")
    iam.create_user(UserName="ann")
    keys = {"ForAllValues:StringEquals": {KEYS: "${aws:username}"}}
    iam.put_user_policy(
        UserName="ann", PolicyName="own", PolicyDocument=policy(allow("dynamodb:*", "*", keys))
    )
    access = iam.create_access_key(UserName="ann")["AccessKey"]
    client = connect(
        cloud,
        "dynamodb",
        aws_access_key_id=access["AccessKeyId"],
        aws_secret_access_key=access["SecretAccessKey"],
    )
    assert is_allowed(lambda: client.get_item(TableName=table, Key=key("ann")))
    assert not is_allowed(lambda: client.get_item(TableName=table, Key=key("annabel")))


def test_an_index_is_a_resource_of_its_own(cloud: LocalCloud, table: str) -> None:
    on_table, on_index = table_arns(table)
    reads_table = session(cloud, allow("dynamodb:Query", on_table))
    reads_index = session(cloud, allow("dynamodb:Query", on_index))
    for client, of_table, of_index in ((reads_table, True, False), (reads_index, False, True)):
        assert is_allowed(lambda c=client: query(c, table, "PK = :p", OWN)) is of_table
        assert (
            is_allowed(lambda c=client: query(c, table, "GSI1PK = :p", OWN, IndexName="GSI1"))
            is of_index
        )


def test_a_query_of_an_index_leads_with_the_index_s_key(cloud: LocalCloud, table: str) -> None:
    """A tenant may write an item whose index key is another's: IAM sees the table's key only."""
    acme = tenant(cloud, table)
    planted = {**key(OWN, "planted"), "GSI1PK": {"S": LOOK_ALIKE}, "GSI1SK": {"S": "x"}}
    assert is_allowed(lambda: acme.put_item(TableName=table, Item=planted))
    victim = tenant(cloud, table, tag="acme-eu")
    found = query(victim, table, "GSI1PK = :p", LOOK_ALIKE, IndexName="GSI1")["Items"]
    assert found == [planted]


def test_batch_writes_and_transactions_are_their_own_actions(cloud: LocalCloud, table: str) -> None:
    by_item = session(cloud, allow(["dynamodb:PutItem", "dynamodb:DeleteItem"]))
    by_batch = session(cloud, allow("dynamodb:BatchWriteItem"))
    batch = {table: [{"PutRequest": {"Item": key(OWN)}}]}
    put = [{"Put": {"TableName": table, "Item": key(OWN)}}]
    check = {
        "ConditionCheck": {
            "TableName": table,
            "Key": key(OWN, "none"),
            "ConditionExpression": "attribute_not_exists(PK)",
        }
    }
    for client, batches, transacts in ((by_item, False, True), (by_batch, True, False)):
        assert is_allowed(lambda c=client: c.batch_write_item(RequestItems=batch)) is batches
        assert is_allowed(lambda c=client: c.transact_write_items(TransactItems=put)) is transacts
    assert not is_allowed(lambda: by_item.transact_write_items(TransactItems=[*put, check]))


def test_only_transactions_have_an_enclosing_operation(cloud: LocalCloud, table: str) -> None:
    condition = {"Null": {"dynamodb:EnclosingOperation": "false"}}
    actions = ["dynamodb:PutItem", "dynamodb:ConditionCheckItem"]
    client = session(cloud, allow(actions, "*", condition))
    put = {"Put": {"TableName": table, "Item": key(OWN)}}
    check = {
        "ConditionCheck": {
            "TableName": table,
            "Key": key(OWN, "none"),
            "ConditionExpression": "attribute_not_exists(PK)",
        }
    }
    assert is_allowed(lambda: client.transact_write_items(TransactItems=[put]))
    assert not is_allowed(lambda: client.transact_write_items(TransactItems=[check]))
    assert not is_allowed(lambda: client.put_item(TableName=table, Item=key(OWN)))


TRUST = {
    "Null": {"aws:RequestTag/TenantId": "false"},
    "StringLike": {"aws:RequestTag/TenantId": "???*"},
    "StringNotLike": {"aws:RequestTag/TenantId": ["*/*", "*${*}*", "*${?}*"]},
    "ForAllValues:StringEquals": {"aws:TagKeys": "TenantId"},
}


@pytest.mark.parametrize(
    ("tags", "allowed"),
    [
        ({"TenantId": "acme"}, True),
        ({}, False),
        ({"TenantId": ""}, False),
        ({"TenantId": "ab"}, False),
        ({"TenantId": "acme/x"}, False),
        ({"TenantId": "acme", "Other": "x"}, False),
        ({"Other": "acme"}, False),
    ],
)
def test_trust_policies_look_at_the_tags_of_the_session(
    cloud: LocalCloud, tags: dict[str, str], allowed: bool
) -> None:
    role = create_role(cloud, allow("dynamodb:GetItem"), trust=TRUST)
    assert is_allowed(lambda: assume(cloud, role, tags)) is allowed


def test_trust_policies_can_compare_with_the_caller_s_own_tag(cloud: LocalCloud) -> None:
    same = {"StringEquals": {"aws:RequestTag/TenantId": "${aws:PrincipalTag/TenantId}"}}
    first = create_role(cloud, allow(["sts:AssumeRole", "sts:TagSession"]))
    second = create_role(cloud, allow("dynamodb:GetItem"), trust=same)
    acme = assume(cloud, first, {"TenantId": "acme"})
    assert is_allowed(lambda: assume(cloud, second, {"TenantId": "acme"}, caller=acme))
    assert not is_allowed(lambda: assume(cloud, second, {"TenantId": "acme-eu"}, caller=acme))
