"""Session policies: exactly what each level may do, and short enough for STS."""

import json
from typing import Any

import pytest
from hypothesis import given

from tenantql.table.errors import KeyValueError
from tenantql.tenancy.errors import VendingFailed
from tenantql.tenancy.policy import MAX_CHARACTERS, Level, session_policy
from tests.unit.strategies import tenant_ids

TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/shop-data-basic-01"
KEY = "arn:aws:kms:us-east-1:123456789012:key/mrk-0"
TENANT_LED = [TABLE, *(f"{TABLE}/index/GSI{n}" for n in (1, 2, 3))]
READS = ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"]
WRITES = [f"dynamodb:{name}Item" for name in ("BatchWrite", "Delete", "Put", "Update")]


def statements(level: Level, key: str | None = None) -> list[dict[str, Any]]:
    document = json.loads(session_policy("acme", TABLE, level, key))
    assert document.pop("Version") == "2012-10-17"
    (found,) = document.values()
    return found


def allowed(actions: list[str], resources: list[str], keys: str) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Action": actions,
        "Resource": resources,
        "Condition": {
            "ForAllValues:StringLike": {"dynamodb:LeadingKeys": [keys]},
            "Null": {"dynamodb:LeadingKeys": "false"},
        },
    }


def test_reading_reads_and_keeps_books() -> None:
    assert statements(Level.READ) == [
        allowed(READS, TENANT_LED, "TENANT#acme#*"),
        allowed(["dynamodb:PutItem", "dynamodb:UpdateItem"], [TABLE], "TENANT#acme#SYS#*"),
    ]


def test_writing_writes_the_table() -> None:
    assert statements(Level.WRITE) == [
        allowed(READS, TENANT_LED, "TENANT#acme#*"),
        allowed(WRITES, [TABLE], "TENANT#acme#*"),
        allowed(["dynamodb:ConditionCheckItem"], [TABLE], "TENANT#acme#*"),
    ]


def test_administering_enumerates_as_well() -> None:
    read, *others = statements(Level.ADMINISTER)
    assert read == allowed(READS, [*TENANT_LED, f"{TABLE}/index/directory"], "TENANT#acme#*")
    assert others == statements(Level.WRITE)[1:]


@pytest.mark.parametrize("level", Level)
def test_a_customer_key_has_a_statement_of_its_own(level: Level) -> None:
    *others, kms = statements(level, KEY)
    assert others == statements(level)
    assert kms == {
        "Effect": "Allow",
        "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"],
        "Resource": KEY,
    }
    assert statements(level, "") == statements(level)


BUCKET = "arn:aws:s3:::shop-images"


def test_writing_puts_objects_under_the_tenants_prefix_and_no_other_level_does() -> None:
    for level in Level:
        document = json.loads(session_policy("acme", TABLE, level, bucket_arn=BUCKET))
        added = [one for one in document["Statement"] if one not in statements(level)]
        put = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"{BUCKET}/acme/*"}
        assert added == ([put] if level is Level.WRITE else [])


@pytest.mark.parametrize("level", Level)
def test_nothing_is_granted_that_has_no_key(level: Level) -> None:
    text = session_policy("acme", TABLE, level)
    for name in ("dynamodb:*", "Scan", "PartiQL", "index/*", "index/platform", '"*"'):
        assert name not in text


@given(tenant_ids)
def test_each_condition_ends_the_tenants_name_with_the_delimiter(tenant: str) -> None:
    for level in Level:
        document = json.loads(session_policy(tenant, TABLE, level))
        for statement in document["Statement"]:
            (keys,) = statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
            assert keys.startswith(f"TENANT#{tenant}#")
            assert keys.count("*") == 1
            assert keys.endswith("#*")
            assert "?" not in keys
            assert "${" not in keys


@pytest.mark.parametrize("tenant", ["*", "acme*", "ac?me", "acme#", "${aws:x}", "", "a" * 33])
@pytest.mark.parametrize("level", Level)
def test_a_tenant_that_would_be_a_pattern_has_no_policy(tenant: str, level: Level) -> None:
    with pytest.raises(KeyValueError):
        session_policy(tenant, TABLE, level)


@pytest.mark.parametrize(
    ("partition", "region"),
    [("aws", "ap-southeast-1"), ("aws-us-gov", "us-gov-west-1"), ("aws-cn", "cn-northwest-1")],
)
@pytest.mark.parametrize("level", Level)
def test_the_longest_names_of_a_deployment_fit(level: Level, partition: str, region: str) -> None:
    """A stack's name is bounded by that of its role `<stack>-tenant-<region>`, 64 characters."""
    stack = "s" * (64 - len(f"-tenant-{region}"))
    table = f"arn:{partition}:dynamodb:{region}:123456789012:table/{stack}-data-enterprise-99"
    key = f"arn:{partition}:kms:{region}:123456789012:key/mrk-{'0' * 32}"
    bucket = f"arn:{partition}:s3:::{'b' * 63}"
    policy = session_policy("t" * 32, table, level, key, bucket)
    assert len(policy) <= MAX_CHARACTERS
    assert policy.isascii(), "a character is a byte"


def test_a_policy_that_sts_would_refuse_is_not_sent() -> None:
    with pytest.raises(VendingFailed, match="longer than STS allows"):
        session_policy("acme", TABLE + "x" * 255, Level.ADMINISTER)
