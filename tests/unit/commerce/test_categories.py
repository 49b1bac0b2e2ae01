"""The tree of categories: its outline, the way to one, and what is under one."""

from random import Random

import pytest

from tenantql.accounts.model import ORDERED_BYTES, orderable
from tenantql.commerce.categories import below, lineage, outline
from tenantql.commerce.model import ROOT, Category
from tests.unit.commerce.builders import category


def named(name: str, parent: str = ROOT, id: str = "") -> Category:
    return category("acme", id or name, name=name, parent=parent)


KITCHEN = [named("kitchen"), named("pans", "kitchen"), named("woks", "pans")]
GARDEN = [named("garden"), named("Knives", "kitchen", id="k")]
PARENTS = {each.id: each.parent for each in (*KITCHEN, *GARDEN)}


def shown(categories: list[Category]) -> list[tuple[int, str]]:
    return [(place.depth, place.category.name) for place in outline(categories)]


@pytest.mark.parametrize("seed", range(5))
def test_the_outline_goes_from_top_to_bottom_and_siblings_by_name(seed: int) -> None:
    mixed = [*KITCHEN, *GARDEN]
    Random(seed).shuffle(mixed)
    assert shown(mixed) == [
        (0, "garden"),
        (0, "kitchen"),
        (1, "Knives"),
        (1, "pans"),
        (2, "woks"),
    ]


def test_the_outline_of_a_tree_that_changed_while_it_was_read_leaves_nothing_out() -> None:
    assert shown([]) == []
    orphan = [named("b", "a"), named("c", "b")]
    assert shown(orphan) == [(0, "b"), (1, "c")]
    ring = [named("x", "z"), named("y", "x"), named("z", "y")]
    assert shown([*orphan, *ring]) == [(0, "b"), (1, "c"), (0, "x"), (1, "y"), (2, "z")]


def test_the_outline_of_the_deepest_tree() -> None:
    chain = [named(f"{n:04}", f"{n - 1:04}" if n else ROOT) for n in range(1_000)]
    assert shown(chain) == [(n, f"{n:04}") for n in range(1_000)]


@pytest.mark.parametrize(
    ("id", "way"),
    [
        ("woks", ["kitchen", "pans", "woks"]),
        ("kitchen", ["kitchen"]),
        ("nowhere", []),
        (ROOT, []),
    ],
)
def test_the_way_to_a_category(id: str, way: list[str]) -> None:
    assert lineage(PARENTS, id) == way


def test_no_way_is_endless() -> None:
    ring = {"x": "y", "y": "x"}
    assert lineage(ring, "x") == ["y", "x"]
    assert sorted(below(ring, "x")) == ["x", "y"]


@pytest.mark.parametrize(
    ("id", "under"),
    [
        ("kitchen", ["k", "kitchen", "pans", "woks"]),
        ("pans", ["pans", "woks"]),
        ("woks", ["woks"]),
    ],
)
def test_what_is_under_a_category(id: str, under: list[str]) -> None:
    assert sorted(below(PARENTS, id)) == under


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("  Woks ", "woks"),
        ("STRASSE", "strasse"),
        ("Stra\N{LATIN SMALL LETTER SHARP S}e", "strasse"),
        ("\N{FULLWIDTH LATIN CAPITAL LETTER A}", "a"),
        ("x" * 50, "x" * ORDERED_BYTES),
        ("x" * 39 + "\N{LATIN SMALL LETTER E WITH ACUTE}y", "x" * 39),
        ("x" * 39 + " y", "x" * 39),
    ],
)
def test_a_name_as_it_is_ordered(name: str, key: str) -> None:
    assert orderable(name) == key
