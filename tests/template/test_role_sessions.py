"""What IAM, in the local cloud, lets the platform's and the stream function's sessions do."""

from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.cloud import LocalCloud
from local.provision import Provisioned


def _session(
    cloud: LocalCloud, role: str, caller: Mapping[str, str] | None = None, **tags: str
) -> dict[str, str]:
    """Credentials of a session of `role`, asked for by root or by the caller."""
    issued = cloud.client("sts", **(caller or {})).assume_role(
        RoleArn=role,
        RoleSessionName="test",
        Tags=[{"Key": name, "Value": value} for name, value in tags.items()],
    )["Credentials"]
    return {
        "aws_access_key_id": issued["AccessKeyId"],
        "aws_secret_access_key": issued["SecretAccessKey"],
        "aws_session_token": issued["SessionToken"],
    }


def _platform(cloud: LocalCloud, stack: Provisioned, **tags: str) -> Any:
    """A DynamoDB client with a session of the platform's data role, vended by its function."""
    function = _session(cloud, stack.functions["platform"].role_arn)
    session = _session(cloud, stack.platform_data_role_arn, function, **tags)
    return cloud.client("dynamodb", **session)


def _stream(cloud: LocalCloud, stack: Provisioned) -> Any:
    roles = stack.tenant_role_arn.rpartition("/")[0]
    described = cloud.client("cloudformation").describe_stack_resources(StackName=stack.stack)
    names = {
        found["LogicalResourceId"]: found.get("PhysicalResourceId", "")
        for found in described["StackResources"]
    }
    return cloud.client("dynamodb", **_session(cloud, f"{roles}/{names['StreamRole']}"))


def _put(table: str, key: str) -> dict[str, Any]:
    return {"TableName": table, "Item": {"PK": {"S": key}, "SK": {"S": "TEST"}}}


def _refused(call: Any, **request: Any) -> bool:
    with pytest.raises(ClientError) as error:
        call(**request)
    return "AccessDenied" in str(error.value)


def test_a_tagged_session_of_the_platform_creates_its_tenant(
    cloud: LocalCloud, stack: Provisioned
) -> None:
    client = _platform(cloud, stack, TenantId="acme")
    client.transact_write_items(
        TransactItems=[
            {"Put": _put(stack.control_table, "TENANT#acme")},
            {"Put": _put(stack.control_table, f"TABLE#{stack.data_table}")},
            {
                "Update": {
                    "TableName": stack.control_table,
                    "Key": {"PK": {"S": "TIER#basic"}, "SK": {"S": "TEST"}},
                    "UpdateExpression": "ADD tenants :one",
                    "ExpressionAttributeValues": {":one": {"N": "1"}},
                }
            },
            {"Put": _put(stack.data_table, "TENANT#acme#ORGANISATION")},
        ]
    )
    key = {"PK": {"S": "TENANT#acme#ORGANISATION"}, "SK": {"S": "TEST"}}
    assert "Item" in client.get_item(TableName=stack.data_table, Key=key)


@pytest.mark.parametrize("key", ["TENANT#acme-eu#USER#1", "TENANT#other#USER#1", "TENANT#acme"])
def test_a_tagged_session_of_the_platform_writes_no_other_tenant(
    cloud: LocalCloud, stack: Provisioned, key: str
) -> None:
    client = _platform(cloud, stack, TenantId="acme")
    assert _refused(client.put_item, **_put(stack.data_table, key))


@pytest.mark.parametrize("key", ["TENANT#acme-eu", "REVOKED#acme#1"])
def test_a_tagged_session_of_the_platform_writes_no_other_record(
    cloud: LocalCloud, stack: Provisioned, key: str
) -> None:
    client = _platform(cloud, stack, TenantId="acme")
    assert _refused(client.put_item, **_put(stack.control_table, key))


@pytest.mark.parametrize(
    "key", ["TENANT#acme#USER#1", "TENANT##USER#1", "TENANT#acme", "TIER#basic", "TABLE#1"]
)
def test_a_session_of_the_platform_without_a_tag_reads_and_writes_nothing(
    cloud: LocalCloud, stack: Provisioned, key: str
) -> None:
    client = _platform(cloud, stack)
    assert _refused(client.put_item, **_put(stack.data_table, key))
    assert _refused(client.put_item, **_put(stack.control_table, key))
    read = client.get_item(TableName=stack.data_table, Key=_put("", key)["Item"])
    assert read["ResponseMetadata"]["HTTPStatusCode"] == 200


@pytest.mark.parametrize("tags", [{"TenantId": "ac*"}, {"TenantId": "ab"}, {"Other": "acme"}])
def test_a_session_of_the_platform_with_another_tag_is_not_trusted(
    cloud: LocalCloud, stack: Provisioned, tags: Mapping[str, str]
) -> None:
    with pytest.raises(ClientError, match=r"AccessDenied|ValidationError"):
        _platform(cloud, stack, **tags)


def test_the_stream_function_copies_revocations_alone(
    cloud: LocalCloud, stack: Provisioned
) -> None:
    client = _stream(cloud, stack)
    client.put_item(**_put(stack.control_table, "REVOKED#acme#1"))
    for key in ("TENANT#acme", "TIER#basic", "TABLE#1"):
        assert _refused(client.put_item, **_put(stack.control_table, key))
    revoked = _put(stack.control_table, "REVOKED#acme#1")
    assert _refused(client.delete_item, TableName=stack.control_table, Key=revoked["Item"])
    assert _refused(client.put_item, **_put(stack.data_table, "TENANT#acme#USER#1"))
