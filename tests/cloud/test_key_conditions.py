"""The partition key of a Query, against the documented grammar; what is unclear is refused."""

import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.cloud.semantics.key_conditions import (
    KeySchema,
    UnreadableKey,
    key_value,
    queried_partition,
)

TABLE = KeySchema("PK", "SK")
VALUES = {
    ":p": {"S": "TENANT#acme#USER#1"},
    ":q": {"S": "TENANT#other#USER#1"},
    ":s": {"S": "ORDER#"},
    ":t": {"S": "ORDER#9"},
    ":n": {"N": "7"},
    ":l": {"L": [{"S": "x"}]},
    ":e": {"S": ""},
    ":two": {"S": "mine", "N": "1"},
}
NAMES = {"#pk": "PK", "#p": "SK", "#PK": "other", "#begins": "begins_with", "#nested": "PK.x"}


def ask(expression: object, schema: KeySchema = TABLE, **members: Any) -> str:
    request = {
        "KeyConditionExpression": expression,
        "ExpressionAttributeNames": NAMES,
        "ExpressionAttributeValues": VALUES,
    }
    return queried_partition({**request, **members}, schema)


@pytest.mark.parametrize(
    "expression",
    [
        "PK = :p",
        "PK=:p",
        "\t PK \n=\r :p  ",
        ":p = PK",
        "#pk = :p",
        "(PK = :p)",
        "( ( PK = :p ) )",
        "PK = :p AND SK = :s",
        "PK = :p and SK = :s",
        "SK = :s AND PK = :p",
        "SK=:s AND(PK=:p)",
        "(PK = :p) AND (SK = :s)",
        "(PK = :p AND SK = :s)",
        "#p > :s AND #pk = :p",
        "PK = :p AND SK < :s",
        "PK = :p AND SK <= :s",
        "PK = :p AND SK >= :s",
        "PK = :p AND :s <= SK",
        "PK = :p AND SK BETWEEN :s AND :t",
        "SK between :s and :t AND PK = :p",
        "PK = :p AND begins_with(SK, :s)",
        "PK = :p AND begins_with ( #p , :s )",
        "begins_with(SK, :s) AND PK = :p",
    ],
)
def test_the_partition_is_read(expression: str) -> None:
    assert ask(expression) == "TENANT#acme#USER#1"


@pytest.mark.parametrize(
    "expression",
    [
        "",
        " ",
        None,
        7,
        ["PK = :p"],
        # No equality on the partition key.
        "SK = :s",
        "PK > :p",
        "PK <> :p",
        "begins_with(PK, :p)",
        "PK BETWEEN :p AND :q",
        "BEGINS_WITH(SK, :s) AND PK = :p",
        "contains(SK, :s) AND PK = :p",
        # More than one value, or another attribute.
        "PK = :p OR PK = :q",
        "PK = :p AND PK = :q",
        "PK = :p AND #pk = :q",
        "NOT PK = :p",
        "PK = :p AND other = :q",
        "PK = :p AND SK = :s AND SK = :t",
        "PK IN (:p, :q)",
        "PK = :p, PK = :q",
        # Names and values that are not there, or are no names and values.
        "#missing = :p",
        "PK = :missing",
        "PK = :p AND SK = :missing",
        "PK = PK",
        ":p = :p",
        "PK = #pk",
        "#nested = :p",
        "PK.x = :p",
        "PK[0] = :p",
        "#PK = :p",
        "pk = :p",
        "PKX = :p",
        # Values that no key can have.
        "PK = :l",
        "PK = :e",
        "PK = :two",
        "PK = 'TENANT#acme#USER#1'",
        # Unbalanced, cut off, or with something after the end.
        "(PK = :p",
        "PK = :p)",
        "PK = :p AND",
        "AND PK = :p",
        "PK = ",
        "= :p",
        "PK == :p",
        "PK = :p SK = :s",
        "PK = :p;",
        "PK = :p -- AND SK = :s",
        "PK = :p AND SK BETWEEN :s",
        "PK = :p AND SK BETWEEN :s, :t",
        "begins_with(SK :s) AND PK = :p",
        "PK\u00a0= :p\u2028AND x",
        "\uff30K = :p",
        "PK = :\u0440",
        "PK = :p\x00",
    ],
)
def test_what_is_unclear_is_refused(expression: object) -> None:
    with pytest.raises(UnreadableKey):
        ask(expression)


def test_names_and_values_may_be_missing_altogether() -> None:
    with pytest.raises(UnreadableKey):
        queried_partition({"KeyConditionExpression": "#pk = :p"}, TABLE)


@pytest.mark.parametrize("names", ["PK", ["PK"], 7, {"#pk": 7}, {"#pk": None}, {"#pk": ["PK"]}])
def test_names_that_are_no_names(names: object) -> None:
    with pytest.raises(UnreadableKey):
        ask("#pk = :p", ExpressionAttributeNames=names)


def test_a_name_is_not_looked_up_twice() -> None:
    with pytest.raises(UnreadableKey):
        ask("#a = :p", ExpressionAttributeNames={"#a": "#pk", "#pk": "PK"})


def test_the_schema_decides_which_key_leads() -> None:
    index = KeySchema("GSI1PK", "PK")
    assert ask("GSI1PK = :q AND PK = :p", index) == "TENANT#other#USER#1"
    with pytest.raises(UnreadableKey):
        ask("PK = :p", index)


def test_a_table_without_a_sort_key_takes_one_condition() -> None:
    assert ask("PK = :n", KeySchema("PK")) == "7"
    with pytest.raises(UnreadableKey):
        ask("PK = :p AND SK = :s", KeySchema("PK"))


def legacy(**conditions: Any) -> str:
    return queried_partition({"KeyConditions": conditions}, TABLE)


def condition(operator: object, *values: object) -> dict[str, object]:
    return {"ComparisonOperator": operator, "AttributeValueList": list(values)}


def test_legacy_conditions() -> None:
    own, order = VALUES[":p"], VALUES[":s"]
    assert legacy(PK=condition("EQ", own)) == "TENANT#acme#USER#1"
    assert legacy(SK=condition("BEGINS_WITH", order), PK=condition("EQ", own)) == own["S"]
    assert legacy(PK=condition("EQ", own), SK=condition("BETWEEN", order, order)) == own["S"]


@pytest.mark.parametrize(
    "conditions",
    [
        {},
        {"PK": None},
        {"PK": {}},
        {"PK": condition("EQ")},
        {"PK": condition("EQ", VALUES[":p"], VALUES[":q"])},
        {"PK": condition("BEGINS_WITH", VALUES[":p"])},
        {"PK": condition("IN", VALUES[":p"])},
        {"PK": condition(None, VALUES[":p"])},
        {"PK": condition("eq", VALUES[":p"])},
        {"PK": {"ComparisonOperator": "EQ", "AttributeValueList": VALUES[":p"]}},
        {"SK": condition("EQ", VALUES[":p"])},
        {"PK": condition("EQ", VALUES[":p"]), "other": condition("EQ", VALUES[":p"])},
        {"PK": condition("EQ", VALUES[":p"]), "SK": condition("NE", VALUES[":p"])},
    ],
)
def test_legacy_conditions_that_are_unclear(conditions: dict[str, Any]) -> None:
    with pytest.raises(UnreadableKey):
        legacy(**conditions)


def test_both_forms_at_once_are_refused() -> None:
    with pytest.raises(UnreadableKey):
        ask("PK = :p", KeyConditions={"PK": condition("EQ", VALUES[":q"])})


@pytest.mark.parametrize(
    "value",
    [None, "x", [], {}, {"S": 1}, {"S": None}, {"S": ""}, {"SS": ["x"]}, {"BOOL": True}, {"M": {}}],
)
def test_a_key_value_is_one_scalar(value: object) -> None:
    with pytest.raises(UnreadableKey):
        key_value(value)


NAME = st.text(string.ascii_letters + string.digits + "_", min_size=1, max_size=8)
SPACE = st.text(" \t\n\r", max_size=3)


@given(
    pair=st.tuples(st.text(min_size=1), st.text(min_size=1)),
    names=st.lists(NAME, min_size=2, max_size=2, unique=True),
    spaces=st.lists(SPACE, min_size=6, max_size=6),
    swapped=st.booleans(),
    operator=st.sampled_from(["=", "<", "<=", ">", ">="]),
)
def test_placeholders_spaces_and_order_do_not_matter(
    pair: tuple[str, str], names: list[str], spaces: list[str], *, swapped: bool, operator: str
) -> None:
    (partition, sort), (first, second) = pair, names
    leading = f"{spaces[0]}#{first}{spaces[1]}={spaces[2]}:{first}"
    other = f"({spaces[3]}#{second}{operator}{spaces[4]}:{second}{spaces[5]})"
    conditions = (other, leading) if swapped else (leading, other)
    request = {
        "KeyConditionExpression": " AND ".join(conditions),
        "ExpressionAttributeNames": {f"#{first}": "PK", f"#{second}": "SK"},
        "ExpressionAttributeValues": {f":{first}": {"S": partition}, f":{second}": {"S": sort}},
    }
    assert queried_partition(request, TABLE) == partition


@given(expression=st.text(st.sampled_from([*"PSKpkANDORbetwgins_h(),=<>:#. \t"]), max_size=40))
def test_any_text_gives_a_value_of_the_request_or_is_refused(expression: str) -> None:
    values = {f":{letter}": {"S": letter} for letter in string.ascii_letters}
    names = {f"#{letter}": "PK" for letter in string.ascii_lowercase}
    request = {
        "KeyConditionExpression": expression,
        "ExpressionAttributeValues": values,
        "ExpressionAttributeNames": names,
    }
    try:
        found = queried_partition(request, TABLE)
    except UnreadableKey:
        return
    assert f":{found}" in expression
