"""What IAM is asked for each DynamoDB request: actions, resources, leading keys."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.cloud.semantics.item_checks import Check, ItemChecks, Statement, TableKeys
from local.cloud.semantics.key_conditions import KeySchema

PREFIX = "arn:aws:dynamodb:us-east-1:000000000000:table/"
INDEXES = {"GSI1": KeySchema("GSI1PK", "GSI1SK"), "LSI1": KeySchema("PK", "SK2")}
TABLES = {
    name: TableKeys(PREFIX + name, KeySchema("PK", "SK"), INDEXES) for name in ("data", "other")
}


def find_table(name: str) -> TableKeys | None:
    return TABLES.get(name.removeprefix(PREFIX))


def read_statement(request: Mapping[str, object]) -> Statement:
    text = str(request.get("Statement", ""))
    if not text:
        raise ValueError("no statement")
    verb, table = text.split()[:2]
    name, _, index = table.partition(".")
    return Statement(verb, name, index or None)


CHECKS = ItemChecks(find_table, lambda name: PREFIX + name, read_statement)


def item(partition: str, **attributes: str) -> dict[str, Any]:
    return {name: {"S": text} for name, text in {"PK": partition, "SK": "s", **attributes}.items()}


def one(operation: str, **request: Any) -> Check:
    (found,) = CHECKS.of(operation, request)
    return found


@pytest.mark.parametrize(
    ("operation", "member"),
    [("GetItem", "Key"), ("PutItem", "Item"), ("UpdateItem", "Key"), ("DeleteItem", "Key")],
)
def test_single_items(operation: str, member: str) -> None:
    found = one(operation, TableName="data", **{member: item("a", GSI1PK="b")})
    assert found == Check(f"dynamodb:{operation}", PREFIX + "data", ("a",))


UNREADABLE: list[tuple[str, dict[str, Any]]] = [
    ("GetItem", {"TableName": "data"}),
    ("GetItem", {"TableName": "data", "Key": {}}),
    ("GetItem", {"TableName": "data", "Key": {"SK": {"S": "s"}}}),
    ("GetItem", {"TableName": "data", "Key": {"PK": {"S": "a", "N": "1"}}}),
    ("GetItem", {"TableName": "data", "Key": ["PK"]}),
    ("GetItem", {"TableName": "data", "Item": item("a")}),
    ("PutItem", {"TableName": "data", "Key": item("a")}),
    ("GetItem", {"TableName": "missing", "Key": item("a")}),
    ("GetItem", {"TableName": 7, "Key": item("a")}),
    ("GetItem", {"Key": item("a")}),
    ("Query", {"TableName": "data"}),
    ("Query", {"TableName": "data", "IndexName": "missing", "KeyConditionExpression": "PK=:a"}),
    ("Query", {"TableName": "data", "IndexName": ["GSI1"], "KeyConditionExpression": "PK=:a"}),
    ("BatchGetItem", {}),
    ("BatchGetItem", {"RequestItems": {}}),
    ("BatchGetItem", {"RequestItems": ["data"]}),
    ("BatchGetItem", {"RequestItems": {"data": {}}}),
    ("BatchGetItem", {"RequestItems": {"data": {"Keys": []}}}),
    ("BatchGetItem", {"RequestItems": {"data": {"Keys": [item("a"), {}]}}}),
    ("BatchGetItem", {"RequestItems": {"data": [item("a")]}}),
    ("BatchWriteItem", {"RequestItems": {"data": []}}),
    ("BatchWriteItem", {"RequestItems": {"data": [{"PutRequest": {"Key": item("a")}}]}}),
    ("BatchWriteItem", {"RequestItems": {"data": [{"Put": {"Item": item("a")}}]}}),
    (
        "BatchWriteItem",
        {
            "RequestItems": {
                "data": [
                    {
                        "PutRequest": {"Item": item("a")},
                        "DeleteRequest": {"Key": item("b")},
                    }
                ]
            }
        },
    ),
    ("TransactWriteItems", {}),
    ("TransactWriteItems", {"TransactItems": []}),
    ("TransactWriteItems", {"TransactItems": [{}]}),
    ("TransactWriteItems", {"TransactItems": [{"Get": {"TableName": "data"}}]}),
    ("TransactWriteItems", {"TransactItems": [{"Put": "data"}]}),
    ("TransactWriteItems", {"TransactItems": ["Put"]}),
    ("TransactGetItems", {"TransactItems": [{"Put": {"TableName": "data"}}]}),
    ("ExecuteStatement", {}),
    ("ExecuteStatement", {"Statement": "DROP data"}),
    ("BatchExecuteStatement", {}),
    ("ExecuteTransaction", {"TransactStatements": "SELECT data"}),
]


@pytest.mark.parametrize(("operation", "request_body"), UNREADABLE)
def test_keys_that_cannot_be_read_are_a_problem(
    operation: str, request_body: dict[str, Any]
) -> None:
    found = CHECKS.of(operation, request_body)
    assert any(check.problem for check in found)
    assert all(check.leading_keys is None for check in found if check.problem)


def test_a_query_leads_with_the_key_of_what_it_queries() -> None:
    values = {":a": {"S": "a"}, ":b": {"S": "b"}}

    def query(expression: str, **index: str) -> Check:
        return one(
            "Query",
            TableName="data",
            KeyConditionExpression=expression,
            ExpressionAttributeValues=values,
            **index,
        )

    assert query("PK = :a") == Check("dynamodb:Query", PREFIX + "data", ("a",))
    assert query("GSI1PK = :b", IndexName="GSI1") == Check(
        "dynamodb:Query", PREFIX + "data/index/GSI1", ("b",)
    )
    assert query("PK = :a AND SK2 = :b", IndexName="LSI1") == Check(
        "dynamodb:Query", PREFIX + "data/index/LSI1", ("a",)
    )
    assert query("PK = :a", IndexName="GSI1").problem


def test_a_scan_has_no_leading_keys_whatever_it_brings() -> None:
    for extra in ({}, {"Key": item("a")}, {"Item": item("a")}, {"KeyConditionExpression": "PK=:a"}):
        assert one("Scan", TableName="data", **extra) == Check("dynamodb:Scan", PREFIX + "data")
    assert one("Scan", TableName="data", IndexName="GSI1").resource == PREFIX + "data/index/GSI1"


@pytest.mark.parametrize("index", ["", 7, ["GSI1"]])
def test_what_is_no_index_name_is_no_resource_of_the_table(index: object) -> None:
    request = {"TableName": "data", "IndexName": index, "KeyConditionExpression": "PK = :a"}
    for operation in ("Query", "Scan"):
        assert one(operation, **request).resource == "*"


def test_partiql_has_no_leading_keys() -> None:
    for verb, action in (
        ("SELECT", "PartiQLSelect"),
        ("INSERT", "PartiQLInsert"),
        ("UPDATE", "PartiQLUpdate"),
        ("DELETE", "PartiQLDelete"),
    ):
        found = one("ExecuteStatement", Statement=f"{verb} data")
        assert found == Check(f"dynamodb:{action}", PREFIX + "data")
    statements = [{"Statement": "SELECT data.GSI1"}, {"Statement": "DELETE other"}]
    wanted = [
        Check("dynamodb:PartiQLSelect", PREFIX + "data/index/GSI1"),
        Check("dynamodb:PartiQLDelete", PREFIX + "other"),
    ]
    assert CHECKS.of("BatchExecuteStatement", {"Statements": statements}) == wanted
    assert CHECKS.of("ExecuteTransaction", {"TransactStatements": statements}) == wanted


def test_members_of_other_operations_change_nothing() -> None:
    found = one("GetItem", TableName="data", IndexName="GSI1", Key=item("a"), Item=item("b"))
    assert found == Check("dynamodb:GetItem", PREFIX + "data", ("a",))
    (batch,) = CHECKS.of(
        "BatchGetItem",
        {"TableName": "data", "Key": item("a"), "RequestItems": {"other": {"Keys": [item("b")]}}},
    )
    assert batch == Check("dynamodb:BatchGetItem", PREFIX + "other", ("b",))


def test_an_arn_is_the_table_that_it_names() -> None:
    found = one("GetItem", TableName=PREFIX + "data", Key=item("a"))
    assert found == Check("dynamodb:GetItem", PREFIX + "data", ("a",))


def test_batches_are_checked_by_table_with_all_keys() -> None:
    read = {"data": {"Keys": [item("a"), item("b"), item("a")]}, "other": {"Keys": [item("c")]}}
    assert CHECKS.of("BatchGetItem", {"RequestItems": read}) == [
        Check("dynamodb:BatchGetItem", PREFIX + "data", ("a", "b")),
        Check("dynamodb:BatchGetItem", PREFIX + "other", ("c",)),
    ]
    write = {"data": [{"PutRequest": {"Item": item("a")}}, {"DeleteRequest": {"Key": item("b")}}]}
    assert CHECKS.of("BatchWriteItem", {"RequestItems": write}) == [
        Check("dynamodb:BatchWriteItem", PREFIX + "data", ("a", "b"))
    ]


def test_each_item_of_a_transaction_is_an_action_of_its_own() -> None:
    members = {
        "Put": ("Item", "PutItem"),
        "Update": ("Key", "UpdateItem"),
        "Delete": ("Key", "DeleteItem"),
        "ConditionCheck": ("Key", "ConditionCheckItem"),
    }
    items = [
        {member: {"TableName": "data", where: item(member)}}
        for member, (where, _) in members.items()
    ]
    assert CHECKS.of("TransactWriteItems", {"TransactItems": items}) == [
        Check(f"dynamodb:{action}", PREFIX + "data", (member,), transactional=True)
        for member, (_, action) in members.items()
    ]
    reads = [{"Get": {"TableName": "other", "Key": item("a")}}]
    assert CHECKS.of("TransactGetItems", {"TransactItems": reads}) == [
        Check("dynamodb:GetItem", PREFIX + "other", ("a",), transactional=True)
    ]


def test_a_second_member_of_a_transaction_item_does_not_ride_along() -> None:
    both = {
        "Put": {"TableName": "data", "Item": item("a")},
        "Delete": {"TableName": "data", "Key": item("b")},
    }
    found = CHECKS.of("TransactWriteItems", {"TransactItems": [both]})
    assert {check.leading_keys for check in found} == {("a",), ("b",), None}
    assert found[-1].problem


def test_what_has_no_items_is_not_checked_here() -> None:
    for operation in ("DescribeTable", "ListTables", "UpdateTable", ""):
        assert CHECKS.of(operation, {"TableName": "data", "Key": item("a")}) == []


KEYS = st.lists(st.text(min_size=1, max_size=5), min_size=1, max_size=6)


@given(keys=KEYS)
def test_every_key_of_a_batch_or_transaction_is_asked_about(keys: list[str]) -> None:
    requests: dict[str, dict[str, Any]] = {
        "BatchGetItem": {"RequestItems": {"data": {"Keys": [item(key) for key in keys]}}},
        "BatchWriteItem": {
            "RequestItems": {"data": [{"PutRequest": {"Item": item(key)}} for key in keys]}
        },
        "TransactWriteItems": {
            "TransactItems": [{"Delete": {"TableName": "data", "Key": item(key)}} for key in keys]
        },
    }
    for operation, request in requests.items():
        asked = {key for check in CHECKS.of(operation, request) for key in check.leading_keys or ()}
        assert asked == set(keys)
