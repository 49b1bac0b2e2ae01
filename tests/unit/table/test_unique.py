"""Unique values: the claims that creating, changing and deleting an item come with."""

import msgspec.structs
import pytest

from tenantql.table.entity import Key, entity_of
from tenantql.table.errors import ConditionFailed
from tenantql.table.expressions import Remove, Set, all_of, equals
from tenantql.table.unique import UniqueClaim, change, creation, deletion, taken
from tenantql.table.writes import Action, Create, Delete, Transact, Update, revise
from tests.unit.table.packages import Package, package

OWNER = Key("TENANT#acme#PACKAGE#1", "PACKAGE")
HELD = all_of(equals("owner_pk", OWNER.pk), equals("owner_sk", OWNER.sk))


def claims(actions: tuple[Action, ...]) -> list[tuple[str, str, str]]:
    """The claims that are made, with their labels."""
    made = [each for each in actions if isinstance(each, Create)]
    return [
        (each.value.attribute, each.value.value, each.label)
        for each in made
        if isinstance(each.value, UniqueClaim)
    ]


def releases(actions: tuple[Action, ...]) -> list[str]:
    """The keys of the claims that are given up, each by its holder only."""
    found = [each for each in actions if isinstance(each, Delete) and each.item is UniqueClaim]
    assert all(each.condition == HELD for each in found)
    return [each.key.pk.removeprefix("TENANT#acme#UNIQUE#") for each in found]


def test_an_item_is_created_with_its_claims() -> None:
    new = package(code="A#1", alias="x")
    actions = creation(new)
    assert actions[0] == Create(new)
    assert claims(actions) == [("CODE", "A#1", "unique:code"), ("ALIAS", "x", "unique:alias")]
    assert len(actions) == 3
    claim = actions[1]
    assert isinstance(claim, Create)
    assert isinstance(claim.value, UniqueClaim)
    assert (claim.value.owner_pk, claim.value.owner_sk) == (OWNER.pk, OWNER.sk)
    assert entity_of(UniqueClaim).key_of(claim.value) == Key(
        "TENANT#acme#UNIQUE#CODE#A%231", "UNIQUE"
    )


def test_an_absent_value_is_not_claimed() -> None:
    assert claims(creation(package(alias="x"))) == [("ALIAS", "x", "unique:alias")]
    assert creation(package()) == (Create(package()),)


def test_equal_values_of_two_words_are_two_claims() -> None:
    Transact(creation(package(code="x", alias="x")))


@pytest.mark.parametrize(
    ("before", "after", "claimed", "given_up"),
    [
        ({"code": "a"}, {"code": "b"}, [("CODE", "b", "unique:code")], ["CODE#a"]),
        ({"code": "a"}, {}, [], ["CODE#a"]),
        ({}, {"code": "a"}, [("CODE", "a", "unique:code")], []),
        ({"code": "a"}, {"code": "a", "weight": 1}, [], []),
        (
            {"code": "a", "alias": "b"},
            {"code": "b", "alias": "a"},
            [("CODE", "b", "unique:code"), ("ALIAS", "a", "unique:alias")],
            ["CODE#a", "ALIAS#b"],
        ),
    ],
)
def test_a_change_claims_what_is_new_and_gives_up_what_is_old(
    before: dict[str, str],
    after: dict[str, str],
    claimed: list[tuple[str, str, str]],
    given_up: list[str],
) -> None:
    old, new = package(**before), package(**after)
    actions = change(old, new)
    assert actions[0] == revise(old, new)
    assert claims(actions) == claimed
    assert releases(actions) == given_up
    assert len(actions) == 1 + len(claimed) + len(given_up)
    Transact(actions)


def test_claims_live_as_long_as_their_item() -> None:
    """A claim that stayed behind would hold its value for ever."""
    made = creation(package(code="a", expires_at=100))[1]
    assert isinstance(made, Create)
    assert isinstance(made.value, UniqueClaim)
    assert made.value.expires_at == 100
    old = package(code="a", alias="x", expires_at=100)
    longer = msgspec.structs.replace(old, expires_at=200, alias="y")
    *_, kept = change(old, longer)
    assert isinstance(kept, Update)
    assert kept.key.pk == "TENANT#acme#UNIQUE#CODE#a"
    assert kept.changes[0] == Set("expires_at", 200)
    assert kept.condition == HELD
    *_, kept = change(old, msgspec.structs.replace(old, expires_at=None))
    assert isinstance(kept, Update)
    assert kept.changes[0] == Remove("expires_at")


def test_an_item_is_deleted_with_its_claims_unless_it_has_changed() -> None:
    actions = deletion(package(code="a", alias="x", version=3))
    assert actions[0] == Delete(Package, OWNER, equals("version", 3))
    assert releases(actions) == ["CODE#a", "ALIAS#x"]


def test_what_is_taken_is_told_by_its_field() -> None:
    failed = ConditionFailed((0, 1, 2), ("", "unique:code", "stock"))
    assert taken(failed) == ["code"]
    assert taken(ConditionFailed((0,), ("",))) == []
