"""Expressions: the texts that conditions and changes become, and what is refused before a call."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantql.table.errors import InvalidItem, ModelError
from tenantql.table.expressions import (
    Change,
    Condition,
    Copy,
    Exclude,
    Include,
    Increase,
    Path,
    Placeholders,
    Remove,
    Set,
    SetIfAbsent,
    above,
    absent,
    all_of,
    any_of,
    at_least,
    at_most,
    begins_otherwise,
    below,
    contains,
    differs,
    equals,
    exists,
    lacks,
    smaller_than,
    update_text,
)


@pytest.mark.parametrize(
    ("condition", "text", "values"),
    [
        (equals("status", "OPEN"), "#0 = :0", ["OPEN"]),
        (differs("a", 1), "(attribute_not_exists(#0)) OR (#0 <> :0)", [1]),
        (below("a", 1), "#0 < :0", [1]),
        (above("a", 1), "#0 > :0", [1]),
        (at_most("a", Decimal("1.5")), "#0 <= :0", ["1.5"]),
        (at_least("a", 1), "#0 >= :0", [1]),
        (exists("PK"), "attribute_exists(#0)", []),
        (absent("PK"), "attribute_not_exists(#0)", []),
        (contains("tags", "x"), "contains(#0, :0)", ["x"]),
        (lacks("tags", "x"), "NOT contains(#0, :0)", ["x"]),
        (begins_otherwise("code", "x"), "NOT begins_with(#0, :0)", ["x"]),
        (smaller_than("tags", 3), "size(#0) < :0", [3]),
        (at_least(("pieces", "berlin", "a.b"), 1), "#0.#1.#2 >= :0", [1]),
        (all_of(exists("a")), "attribute_exists(#0)", []),
        (
            all_of(exists("a"), absent("b")),
            "(attribute_exists(#0)) AND (attribute_not_exists(#1))",
            [],
        ),
        (
            all_of(any_of(absent("a"), equals("a", 1)), equals("a", 2)),
            "((attribute_not_exists(#0)) OR (#0 = :0)) AND (#0 = :1)",
            [1, 2],
        ),
    ],
)
def test_the_text_of_a_condition(condition: Condition, text: str, values: list[Any]) -> None:
    within = Placeholders()
    assert condition.text(within) == text
    assert [str(next(iter(each.values()))) for each in within.values.values()] == [
        *map(str, values)
    ]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (Set("a", 1), "SET #0 = :0"),
        (Set(("a", "b"), 1), "SET #0.#1 = :0"),
        (SetIfAbsent("a", 1), "SET #0 = if_not_exists(#0, :0)"),
        (Copy("a", "b", "-"), "SET #0 = if_not_exists(#1, :0)"),
        (Increase("a", -2), "SET #0 = if_not_exists(#0, :0) + :1"),
        (Increase(("a", "b"), 2), "SET #0.#1 = if_not_exists(#0.#1, :0) + :1"),
        (Remove("a"), "REMOVE #0"),
        (Include("a", frozenset("x")), "ADD #0 :0"),
        (Exclude("a", frozenset("x")), "DELETE #0 :0"),
    ],
)
def test_the_text_of_a_change(change: Change, text: str) -> None:
    assert update_text([change], Placeholders()) == text


def test_changes_of_one_kind_stand_under_one_word() -> None:
    changes = [Set("a", 1), Remove("b"), Include("c", frozenset("x")), Set("d", 2), Remove("e")]
    within = Placeholders()
    assert update_text(changes, within) == "SET #0 = :0, #3 = :2 REMOVE #1, #4 ADD #2 :1"
    assert within.names == {"#0": "a", "#1": "b", "#2": "c", "#3": "d", "#4": "e"}
    assert within.values == {":0": {"N": "1"}, ":1": {"SS": ["x"]}, ":2": {"N": "2"}}


def test_a_name_has_one_placeholder_and_a_negative_increase_a_value_of_its_own() -> None:
    within = Placeholders()
    text = update_text([Increase("size", -3)], within)
    assert text == "SET #0 = if_not_exists(#0, :0) + :1"
    assert within.parameters() == {
        "ExpressionAttributeNames": {"#0": "size"},
        "ExpressionAttributeValues": {":0": {"N": "0"}, ":1": {"N": "-3"}},
    }


def test_what_is_not_used_is_left_out_of_a_call() -> None:
    within = Placeholders()
    exists("PK").text(within)
    assert within.parameters() == {"ExpressionAttributeNames": {"#0": "PK"}}
    assert Placeholders().parameters() == {}


names = st.text(min_size=1, max_size=30)


@given(st.lists(st.tuples(names, st.integers() | st.text()), min_size=1, max_size=6))
def test_no_name_and_no_value_is_part_of_the_text(pairs: list[tuple[str, int | str]]) -> None:
    """Neither reserved words nor what a client sends: the text is made of placeholders alone."""
    within = Placeholders()
    try:
        text = all_of(*(equals(name, value) for name, value in pairs)).text(within)
    except InvalidItem:
        assert any(isinstance(value, int) and abs(value) >= 10**38 for _, value in pairs)
        return
    assert set(text) <= set("#:0123456789= AND()")
    assert set(within.names.values()) == {name for name, _ in pairs}
    assert len(within.values) == len(pairs)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Set("a", 1), Set("a", 2)),
        (Set("a", 1), Remove("a")),
        (Set(("a",), 1), Set("a", 2)),
        (Set("a", {}), Increase(("a", "b"), 1)),
        (Increase(("a", "b"), 1), Remove("a")),
    ],
)
def test_changes_that_overlap_are_refused(one: Change, other: Change) -> None:
    with pytest.raises(ModelError, match=r"an update changes 'a.*' twice"):
        update_text([one, other], Placeholders())


def test_changes_beside_each_other_in_a_map() -> None:
    text = update_text([Set(("a", "b"), 1), Set(("a", "c"), 2)], Placeholders())
    assert text == "SET #0.#1 = :0, #0.#2 = :1"


def test_an_update_changes_something() -> None:
    with pytest.raises(ModelError, match="an update changes nothing"):
        update_text([], Placeholders())


@pytest.mark.parametrize("join", [all_of, any_of])
def test_a_condition_says_something(join: Any) -> None:
    with pytest.raises(ModelError, match="a condition of no conditions"):
        join()


@pytest.mark.parametrize("path", ["", (), ("a", "")])
def test_a_path_names_an_attribute(path: Path) -> None:
    with pytest.raises(ModelError, match="is no path: give an attribute's name"):
        exists(path).text(Placeholders())


@pytest.mark.parametrize("kind", [Set, SetIfAbsent])
@pytest.mark.parametrize("value", [None, frozenset[str]()])
def test_an_absent_value_is_removed_and_not_set(kind: Any, value: object) -> None:
    with pytest.raises(ModelError, match="'a' is given no value: use Remove"):
        kind("a", value)


@pytest.mark.parametrize("kind", [Include, Exclude])
def test_no_elements_are_no_change(kind: Any) -> None:
    with pytest.raises(ModelError, match="leave the change out"):
        kind("a", frozenset())


def test_what_is_compared_can_be_stored() -> None:
    with pytest.raises(InvalidItem, match="cannot hold a NoneType"):
        equals("a", None).text(Placeholders())
