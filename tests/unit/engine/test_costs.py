"""Costs: what a schema declares, and what an operation then costs with its variables."""

from dataclasses import dataclass
from typing import Any

import pytest
from graphql import (
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    parse,
    validate,
)
from hypothesis import given
from hypothesis import strategies as st

from tenantql.engine.costs import Costs
from tenantql.engine.errors import SchemaError
from tenantql.engine.schema import TENANT_SCHEMA, read_schema

DECLARED, _, _ = read_schema(TENANT_SCHEMA).partition('"What a member of an organisation may be."')
DIRECTIVES = DECLARED[DECLARED.index("directive @cost") :]

SHOPS = """
type Query {
  shop: Shop @cost(weight: "2")
  shops(first: Int, last: Int): Shops! @cost(weight: "1") @listSize
  page(first: Int! = 7): Page @cost(weight: "1") @listSize(sizedFields: ["shops.nodes"])
  things(ids: [ID!]!): [Thing]! @listSize(slicingArguments: ["ids"])
  by(ids: [ID!] = ["a", "b"] @cost(weight: "3"), all: Boolean @cost(weight: "50")): Int
  thing: Thing
}
type Shops { nodes: [Shop!]! edges: [Edge!]! count: Int }
type Edge { node: Shop! cursor: String }
type Page { shops: Shops! name: String }
interface Thing { id: ID }
type Shop implements Thing {
  id: ID
  owner: User @cost(weight: "1")
  lines: [Line!]! @listSize(assumedSize: 9)
  branches(first: Int, last: Int): Shops! @cost(weight: "1") @listSize
  words: [String!]!
}
type User implements Thing { id: ID name: String shop: Shop @cost(weight: "5") }
type Line { title: String shop: Shop @cost(weight: "1") }
"""


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema(DIRECTIVES + SHOPS)


def cost(schema: GraphQLSchema, text: str, **variables: Any) -> int:
    document = parse(text)
    assert validate(schema, document) == []
    (operation,) = (d for d in document.definitions if isinstance(d, OperationDefinitionNode))
    return Costs(schema).of(document, operation).of(variables)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("{ __typename }", 0),
        ("{ shop { id words } }", 2),
        ("{ shop { owner { shop { id } } } }", 2 + 1 + 5),
        ("{ a: shop { id } b: shop { id } }", 4),
        ("{ shop { id } shop { owner { name } } }", 2 + 1),
        ("{ ...F ...F } fragment F on Query { shop { id } }", 2),
        ("{ shop { lines { title } } }", 2),
        ("{ shop { lines { shop { id } } } }", 2 + 9),
        ("{ shops { count } }", 1),
        ("{ shops { nodes { id } } }", 1 + 20),
        ("{ shops(first: null, last: null) { nodes { id } } }", 1 + 20),
        ("{ shops(first: 5) { nodes { id } } }", 1 + 5),
        ("{ shops(last: 5) { nodes { id } } }", 1 + 5),
        ("{ shops(first: 5, last: 6) { nodes { id } } }", 1 + 6),
        ("{ shops(first: 100000) { nodes { id } } }", 1 + 100),
        ("{ shops(first: -1) { nodes { id } } }", 1 + 20),
        ("{ shops(first: 5) { edges { node { owner { name } } } } }", 1 + 5 * 2),
        ("{ shops(first: 5) { nodes { branches(first: 3) { nodes { id } } } } }", 1 + 5 * (2 + 3)),
        ("{ page { name shops { nodes { owner { id } } } } }", 1 + 7 * 2),
        ("{ page(first: 2) { shops { nodes { id } } } }", 1 + 2),
        ('{ things(ids: ["a", "b", "c"]) { id } }', 0),
        ('{ things(ids: ["a", "b"]) { ... on Shop { owner { id } } } }', 2),
        ("{ by }", 6),
        ("{ by(ids: [], all: false) }", 0),
        ('{ by(ids: ["a"], all: true) }', 53),
        ("{ thing { ... on Shop { owner { id } } ... on User { shop { id } } } }", 5),
        ("{ thing { ... on Thing { ... on Shop { owner { id } } } } }", 1),
        ("{ __schema { queryType { name } } }", 100),
        ('{ __type(name: "Shop") { name } }', 10),
    ],
)
def test_what_an_operation_costs(schema: GraphQLSchema, text: str, asked: int) -> None:
    assert cost(schema, text) == asked


NESTED = "query($n: Int%s) { shops(first: $n) { nodes { branches(last: $n) { nodes { id } } } } }"


@pytest.mark.parametrize(
    ("default", "variables", "size"),
    [
        ("", {"n": 5}, 5),
        ("", {"n": 5.0}, 5),
        ("", {"n": 1e9}, 100),
        ("", {"n": 0}, 20),
        ("", {"n": "many"}, 20),
        ("", {"n": True}, 20),
        ("", {}, 20),
        ("", {"n": None}, 20),
        (" = 3", {}, 3),
        (" = 3", {"n": 2}, 2),
        (" = 3", {"n": None}, 20),
        (" = null", {}, 20),
    ],
)
def test_variables_decide_how_long_lists_are(
    schema: GraphQLSchema, default: str, variables: dict[str, Any], size: int
) -> None:
    assert cost(schema, NESTED % default, **variables) == 1 + size * (1 + 1 + size)


@pytest.mark.parametrize(
    ("text", "variables", "asked"),
    [
        ("query($n: Int) { shops(first: $n, last: 4) { count nodes { id } } }", {"n": 2}, 1 + 4),
        ("query($n: Int! = 3) { page(first: $n) { shops { nodes { id } } } }", {}, 1 + 3),
        (
            "query($i: [ID!]!) { things(ids: $i) { ...F } } fragment F on User { shop { id } }",
            {"i": ["a", "b", "c"]},
            3 * 5,
        ),
        ("query($i: [ID!]) { by(ids: $i) }", {}, 6),
        ("query($i: [ID!]) { by(ids: $i) }", {"i": None}, 0),
        ("query($i: [ID!]) { by(ids: $i) }", {"i": "one"}, 3),
        ("query($i: [ID!]) { by(ids: $i) }", {"i": ["a", "b", "c"]}, 9),
        ("query($i: ID!) { by(ids: [$i, $i]) }", {"i": "a"}, 6),
        ("query($a: Boolean = true) { by(ids: [], all: $a) }", {}, 50),
        ("query($a: Boolean = true) { by(ids: [], all: $a) }", {"a": False}, 0),
    ],
)
def test_variables_decide_how_often_something_is_asked(
    schema: GraphQLSchema, text: str, variables: dict[str, Any], asked: int
) -> None:
    assert cost(schema, text, **variables) == asked


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("shops: Shops", "Query.shops needs @listSize"),
        ("shops: [Shop]", "Query.shops needs @listSize"),
        ("shops: [Thing]", "Query.shops needs @listSize"),
        (
            'shops: Shops @listSize(slicingArguments: ["frist"])',
            "names frist, which is no argument",
        ),
        ('shops: Shops @listSize(sizedFields: ["knots"])', "names Shops.knots, which is not"),
        ("shops: Free @listSize", "names Free.(nodes|edges), which is not"),
        ("deep: Deep } type Deep { shops: Shops", "Deep.shops needs @listSize"),
    ],
)
def test_a_list_of_unknown_length_does_not_start(text: str, message: str) -> None:
    types = """
    interface Thing { id: ID } type Free { id: ID }
    type Shops { nodes: [Shop!]! edges: [Edge!]! } type Edge { node: Shop }
    type Shop implements Thing { id: ID owner: ID @cost(weight: "1") }
    """
    with pytest.raises(SchemaError, match=message):
        Costs(build_schema(f"{DIRECTIVES} {types} type Query {{ ok: Shops @listSize {text} }}"))


def test_a_list_of_what_costs_nothing_needs_no_length() -> None:
    text = 'type Query { all: [Free!]! @cost(weight: "1") } type Free { id: ID below: [Free] }'
    assert cost(build_schema(DIRECTIVES + text), "{ all { below { id } } }") == 1


@dataclass(frozen=True)
class Asked:
    """A field of a shop: `branches` of some size, `lines` or an `owner`'s shop, and what is below.

    The size is a literal, a variable's name, or not given.
    """

    name: str
    size: int | str | None
    below: tuple["Asked", ...]

    def text(self, alias: str) -> str:
        inner = " ".join(one.text(f"{alias}_{n}") for n, one in enumerate(self.below))
        inner = f"{{ id {inner} }}"
        match self.name:
            case "lines":
                return f"{alias}: lines {{ title shop {inner} }}"
            case "owner":
                return f"{alias}: owner {{ shop {inner} }}"
            case _:
                size = f"${self.size}" if isinstance(self.size, str) else self.size
                given = "" if size is None else f"(first: {size})"
                return f"{alias}: branches{given} {{ nodes {inner} }}"

    def cost(self, variables: dict[str, int | None]) -> int:
        below = sum(one.cost(variables) for one in self.below)
        match self.name:
            case "lines":
                return 9 * (1 + below)
            case "owner":
                return 1 + 5 + below
            case _:
                size = variables.get(self.size) if isinstance(self.size, str) else self.size
                return 1 + (20 if size is None else size) * (1 + below)


def asked(below: st.SearchStrategy[tuple[Asked, ...]]) -> st.SearchStrategy[tuple[Asked, ...]]:
    names = st.sampled_from(["lines", "owner", "branches", "branches"])
    sizes = st.none() | st.integers(1, 100) | st.sampled_from(["m", "n"])
    return st.lists(st.builds(Asked, names, sizes, below), max_size=3).map(tuple)


@given(
    st.recursive(st.just(()), asked, max_leaves=6),
    st.fixed_dictionaries({}, optional={name: st.none() | st.integers(1, 100) for name in "mn"}),
)
def test_a_cost_is_what_adding_it_up_for_the_values_gives(
    shape: tuple[Asked, ...], variables: dict[str, int | None]
) -> None:
    inner = " ".join(one.text(f"a{n}") for n, one in enumerate(shape))
    text = f"query($m: Int, $n: Int) {{ shop {{ id {inner} }} }}"
    document = parse(text)
    (operation,) = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    naive = 2 + sum(one.cost(variables) for one in shape)
    assert COSTS.of(document, operation).of(variables) == naive


COSTS = Costs(build_schema(DIRECTIVES + SHOPS))
