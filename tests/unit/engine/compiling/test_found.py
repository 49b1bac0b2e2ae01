"""What the differential tests found; see tests/differential."""

from typing import Any

import pytest

from tests.unit.engine.compiling.answers import answer, schema_of


def test_a_mutation_can_leave_out_all_its_fields() -> None:
    schema = schema_of("type Query { a: Int } type Mutation { make: Int }")
    assert answer(schema, "mutation { make @skip(if: true) }") == {"data": {}}


def test_arguments_have_to_fit_where_nobody_asks_for_them() -> None:
    schema = schema_of("type Query { a(n: [Int!]! = [1]): Int }")
    text = "query ($n: [Int!]) { a(n: $n) }"
    assert answer(schema, text, {}) == {"data": {"a": None}}
    (error,) = answer(schema, text, {"n": None})["errors"]
    assert "provided to non-null type '[Int!]!'" in error["message"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT"}
    assert error["path"] == ["a"]


def test_a_scalar_of_objects_can_have_variables_in_it() -> None:
    def same(_parent: object, _info: object, json: object) -> object:
        return json

    schema = schema_of("scalar Json type Query { same(json: Json): Json }", Query_same=same)
    text = "query ($a: Boolean, $b: Boolean) { same(json: {a: [$a, 1], b: $b}) }"
    assert answer(schema, text, {"a": True, "b": None}) == {
        "data": {"same": {"a": [True, 1], "b": None}}
    }


@pytest.mark.parametrize("found", [bytearray(b"ab"), memoryview(b"ab"), b"ab", "ab", {"a": 1}])
def test_what_can_be_iterated_need_not_be_a_list(found: Any) -> None:
    schema = schema_of("type Query { all: [Int] }", Query_all=lambda *_: found)
    reply = answer(schema, "{ all }")
    assert reply["data"] == {"all": None}
    assert [error["path"] for error in reply["errors"]] == [["all"]]


def test_the_first_of_two_names_of_a_value_is_told() -> None:
    schema = schema_of("enum E { A B } type Query { e: E }", Query_e=lambda *_: "one")
    values: Any = schema.type_map["E"]
    for value in values.values.values():
        value.value = "one"
    assert answer(schema, "{ e }") == {"data": {"e": "A"}}
