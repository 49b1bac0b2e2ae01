"""Measures: what a document comes to with its fragments, without expanding them."""

from dataclasses import dataclass, field
from functools import cache

import pytest
from graphql import get_introspection_query, parse
from hypothesis import given, settings
from hypothesis import strategies as st

from tenantql.engine.measures import FragmentCycle, Measures, TooDeep, measured


def of(text: str) -> Measures:
    return measured(parse(text))


@pytest.mark.parametrize(
    ("text", "name", "counted"),
    [
        ("{ a }", "depth", 1),
        ("{ a { b { c } } d { e } }", "depth", 3),
        ("{ ... { ... on Query { a { ...F } } } } fragment F on A { b { c } }", "depth", 3),
        ("{ a } query Two { a { b } }", "depth", 2),
        ("{ a { __schema { b { c { d } } } } }", "depth", 2),
        ("{ a { __schema { b { c { d } } } } }", "introspection_depth", 3),
        ("{ __type(name: A) { ...T } } fragment T on A { a { b } }", "introspection_depth", 2),
        ("{ a b { c } ...F ...F } fragment F on A { d { e } }", "fields", 7),
        ("{ x: a b { y: c } ...F } fragment F on A { z: d }", "aliases", 3),
        ("{ a b { c d } ... { e } ...F } fragment F on A { f { g } }", "root_fields", 4),
        ("{ a @b @c ... @d { e } ...F @g } fragment F on A @h { i @j }", "directives", 6),
        ("query($v: Int @a) @b { c }", "directives", 2),
        ("{ a } query Two { a } fragment F on A { b }", "definitions", 3),
        ("{ a a x: a x: b ... { a } b { c c } }", "repeats", 4),
        ("{ ...F a } fragment F on A { a a }", "repeats", 1),
        ("{ a } fragment F on A { b b }", "repeats", 1),
        ("{ ...Nowhere }", "fields", 0),
    ],
)
def test_a_measure(text: str, name: str, counted: int) -> None:
    assert getattr(of(text), name) == counted


@pytest.mark.parametrize(
    "text",
    [
        "{ ...F } fragment F on A { ...F }",
        "{ ...F } fragment F on A { a { ...G } } fragment G on A { ... { ...F } }",
        "{ a } fragment F on A { ...G } fragment G on A { ...F }",
    ],
)
def test_a_fragment_that_leads_to_itself(text: str) -> None:
    with pytest.raises(FragmentCycle):
        of(text)


def chained(length: int, body: str) -> str:
    """An operation that spreads the first of a chain of fragments; `body` has the next as {}."""
    chain = "".join(
        f"fragment F{n} on A {{ {body.format(f'...F{n + 1}')} }} " for n in range(length)
    )
    return f"{{ ...F0 }} {chain} fragment F{length} on A {{ a }}"


def test_what_doubles_from_fragment_to_fragment_is_computed() -> None:
    found = of(chained(60, "{0} {0}"))
    assert (found.fields, found.depth) == (2**60, 1)
    found = of(chained(30, "x: a {{ {0} }} y: a {{ {0} }}"))
    assert (found.aliases, found.depth) == (2**31 - 2, 31)


@pytest.mark.parametrize(
    "text", ["{ a " * 101 + "}" * 101, "{ ... " * 101 + "{ a }" + "}" * 101, chained(101, "{0}")]
)
def test_nesting_has_an_end(text: str) -> None:
    with pytest.raises(TooDeep):
        of(text)


def test_the_usual_introspection_query_is_no_deep_one() -> None:
    found = of(get_introspection_query(input_value_deprecation=True, directive_is_repeatable=True))
    assert (found.depth, found.aliases, found.repeats) == (1, 0, 0)
    assert 10 < found.introspection_depth < 20


@dataclass
class Naive:
    """The same counts, made by expanding every fragment where it is spread."""

    fields: int = 0
    aliases: int = 0
    directives: int = 0
    depth: int = 0
    at_the_top: int = 0
    fragments: dict[str, "Selections"] = field(default_factory=dict[str, "Selections"])

    def visit(self, selections: "Selections", depth: int = 1) -> None:
        for one in selections:
            self.directives += one.directives
            if one.spread is not None:
                self.visit(self.fragments[one.spread], depth)
            elif one.name is None:
                self.visit(one.below, depth)
            else:
                self.fields += 1
                self.aliases += one.alias
                self.at_the_top += depth == 1
                self.depth = max(self.depth, depth)
                self.visit(one.below, depth + 1)


@dataclass(frozen=True)
class Selection:
    """A field if it has a name, a spread, or else an inline fragment."""

    name: str | None
    spread: str | None
    alias: bool
    directives: int
    below: "Selections"

    def __str__(self) -> str:
        directives = " @skip(if: false)" * self.directives
        if self.spread is not None:
            return f"...{self.spread}{directives}"
        alias = "x: " if self.alias else ""
        head = "..." if self.name is None else f"{alias}{self.name}"
        below = f" {{ {text_of(self.below)} }}" if self.below or self.name is None else ""
        return f"{head}{directives}{below}"


type Selections = tuple[Selection, ...]

FRAGMENTS = ("F0", "F1", "F2")


def text_of(selections: Selections) -> str:
    return " ".join(map(str, selections))


@cache
def selections(spreads: tuple[str, ...]) -> st.SearchStrategy[Selections]:
    """Selections that spread no others than `spreads`."""
    common = {"alias": st.booleans(), "directives": st.integers(0, 2)}
    nothing = st.just(())
    none = st.none()
    leaves = st.builds(Selection, st.sampled_from("abc"), none, below=nothing, **common)
    if spreads:
        spread = st.builds(Selection, none, st.sampled_from(spreads), below=nothing, **common)
        leaves = leaves | spread
    return st.recursive(
        st.lists(leaves, min_size=1, max_size=3).map(tuple),
        lambda below: st.lists(
            leaves | st.builds(Selection, none | st.just("d"), none, below=below, **common),
            min_size=1,
            max_size=3,
        ).map(tuple),
        max_leaves=4,
    )


@settings(max_examples=50)
@given(st.data())
def test_counts_are_those_of_the_expanded_document(data: st.DataObject) -> None:
    fragments = {
        name: data.draw(selections(FRAGMENTS[position + 1 :]))
        for position, name in enumerate(FRAGMENTS)
    }
    asked = data.draw(selections(FRAGMENTS))
    naive = Naive(fragments=fragments)
    naive.visit(asked)
    parts = [f"fragment {name} on A {{ {text_of(each)} }}" for name, each in fragments.items()]
    found = of(f"{{ {text_of(asked)} }} {' '.join(parts)}")
    assert (found.fields, found.aliases, found.directives, found.depth, found.root_fields) == (
        naive.fields,
        naive.aliases,
        naive.directives,
        naive.depth,
        naive.at_the_top,
    )
