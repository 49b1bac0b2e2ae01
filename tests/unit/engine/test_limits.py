"""Limits: what is refused before any work, what it is told, and what still passes."""

from collections.abc import Callable
from copy import replace
from typing import Any

import msgspec
import pytest
from graphql import get_introspection_query

from tenantql.engine import preparing
from tenantql.engine.failures import error_entry
from tenantql.engine.limits import (
    CEILING,
    DEFAULTS,
    LEAST_SECONDS,
    MAX_CHARACTERS,
    MAX_TOKENS,
    MAX_VARIABLES_DEPTH,
    CostExceeded,
    LimitExceeded,
    Limits,
    TimeIsUp,
    ensure_few,
    ensure_time,
    limits_of,
)
from tenantql.engine.operations import CAPACITY, REFUSED_CAPACITY, Engine, InvalidOperation
from tenantql.engine.schema import TENANT_SCHEMA, bind_schema, read_schema
from tenantql.errors import Code
from tenantql.tenancy.identity import Role
from tenantql.tenancy.routing import Tier
from tests.unit.builders import context
from tests.unit.schemas import SHIPPED

BASIC = DEFAULTS[Tier.BASIC]


@pytest.fixture(scope="module")
def tenants() -> Engine:
    """The tenants' schema with its own resolvers."""
    return Engine(bind_schema(read_schema(TENANT_SCHEMA), SHIPPED[TENANT_SCHEMA]))


def refusal(engine: Engine, text: str) -> dict[str, Any]:
    """The one error of a refusal."""
    with pytest.raises(InvalidOperation) as raised:
        engine.prepare(text, None).cost_within(BASIC, {})
    (error,) = raised.value.errors
    return error_entry(error, "request-1")


def organisation(selections: str) -> str:
    return f"{{ organisation {{ {selections} }} }}"


def nested(levels: int) -> str:
    return "{ category(id: 1) { " + "parent { " * (levels - 2) + "id" + " }" * levels


def of_type(levels: int) -> str:
    """An introspection query of that many levels, by `ofType`, which is no list."""
    return '{ __type(name: "User") { ' + "ofType { " * (levels - 1) + "name" + " }" * (levels + 1)


def aliased(count: int) -> str:
    return organisation(" ".join(f"a{n}: id" for n in range(count)))


def wide(count: int) -> str:
    return "{ " + "organisation { id } " * count + "}"


def repeating(count: int) -> str:
    return organisation("id " * (count + 1))


def directed(count: int) -> str:
    return organisation("... @skip(if: true) { id } " * count)


def fragments(count: int) -> str:
    """A document of that many operations and fragments."""
    spreads = " ".join(f"...F{n}" for n in range(count - 1))
    each = " ".join(f"fragment F{n} on Organisation {{ name }}" for n in range(count - 1))
    return f"{organisation(spreads)} {each}"


def spread(fields: int) -> str:
    """An operation with that many fields, most of them in a fragment that is spread again."""
    whole, rest = divmod(fields - 1, 10)
    ten = " ".join(["id", "slug", "name", "currency", "timeZone", "createdAt", *["__typename"] * 4])
    own = " ".join(["id"] * rest)
    return f"{organisation(f'{own} ' + '...T ' * whole)} fragment T on Organisation {{ {ten} }}"


@pytest.mark.parametrize(
    ("limit", "most", "text", "counted"),
    [
        ("depth", 10, nested, "11 levels of fields"),
        ("introspection_depth", 20, of_type, "21 levels of fields under an introspection field"),
        ("aliases", 15, aliased, "16"),
        ("root_fields", 10, wide, "11 fields at the"),
        ("repeats", 100, repeating, "101 fields that repeat"),
        ("directives", 50, directed, "51"),
        ("definitions", 60, fragments, "61 operations and fragments"),
        ("fields", 500, spread, "501 fields, counted wherever a fragment is spread"),
    ],
)
def test_as_much_as_is_allowed_passes_and_one_more_does_not(
    tenants: Engine, limit: str, most: int, text: Callable[[int], str], counted: str
) -> None:
    assert getattr(BASIC, limit) == most
    tenants.prepare(text(most), None).cost_within(BASIC, {})
    entry = refusal(tenants, text(most + 1))
    assert entry["message"].startswith(f"the document has {counted}")
    assert entry["message"].endswith(f"at most {most} are allowed")
    assert entry["extensions"] == {"code": "BAD_USER_INPUT", "limit": limit, "allowed": most}


def test_tokens_are_counted_while_reading_and_comments_apart(tenants: Engine) -> None:
    within = "query(" + "$a: Int " * (MAX_TOKENS // 4 - 2) + ") { a b }"
    assert not any("tokens" in message for message in _messages(tenants, within))
    (message,) = _messages(tenants, "{ " + "a " * MAX_TOKENS + "}")
    assert f"more than {MAX_TOKENS} tokens" in message
    commented = organisation("id") + " #\n" * MAX_TOKENS
    tenants.prepare(commented, None)
    (message,) = _messages(tenants, commented + " #\n")
    assert f"more than {MAX_TOKENS} comments" in message


def _messages(engine: Engine, text: str) -> list[str]:
    with pytest.raises(InvalidOperation) as raised:
        engine.prepare(text, None)
    return [error_entry(error, "")["message"] for error in raised.value.errors]


def test_characters_are_counted_before_reading(tenants: Engine) -> None:
    text = organisation("id")
    tenants.prepare(text + " " * (MAX_CHARACTERS - len(text)), None)
    entry = refusal(tenants, text + " " * (MAX_CHARACTERS - len(text) + 1))
    assert entry["message"] == "the document has 16,385 characters; at most 16,384 are allowed"


CHAIN = " ".join(
    f"fragment F{n} on Category {{ parent {{ ...F{n + 1} }} a: parent {{ ...F{n + 1} }} }}"
    for n in range(40)
)

MALICIOUS = {
    "deep": "{" + "category(id: 1) {" + "parent {" * 300 + "id" + "}" * 302,
    "deep inline fragments": "{" + "... {" * 190 + "__typename" + "}" * 191,
    "deep list": "{ node(id: " + "[" * 480 + "]" * 480 + ") { id } }",
    "deep object": "{ node(id: " + "{a: " * 240 + "1" + "}" * 240 + ") { id } }",
    "deep list type": "query($a: " + "[" * 480 + "ID" + "]" * 480 + ") { organisation { id } }",
    "deep default": "query($a: ID = " + "[" * 480 + "]" * 480 + ") { organisation { id } }",
    "wide": "{ " + " ".join(f"a{n}" for n in range(990)) + " }",
    "equal fields": organisation("id " * 990),
    "equal inline fragments": organisation("... { id } " * 240),
    "equal fragments": organisation("...A ...B ")
    + "".join(f" fragment {name} on Organisation {{ {'id ' * 450} }}" for name in "AB"),
    "aliases": "{ " + " ".join(f"a{n}: organisation {{ id }}" for n in range(160)) + " }",
    "cyclic fragments": "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
    "doubling fragments": f"{{ category(id: 1) {{ ...F0 }} }} {CHAIN} "
    "fragment F40 on Category { id }",
    "directives": organisation("id " + "@skip(if: false) " * 150),
    "many operations": " ".join(f"query A{n} {{ organisation {{ id }} }}" for n in range(120)),
    "huge literal": '{ node(id: "' + "a" * 90_000 + '") { id } }',
    "long list": "{ nodes(ids: [" + '"a" ' * 990 + "]) { id } }",
    "unterminated block string": '{ node(id: """' + "a\n" * 8_000,
    "many variables": "query(" + " ".join(f"$a{n}: Int" for n in range(240)) + ") { __typename }",
    "introspection in circles": "{ __schema { types { "
    + "fields { type { " * 40
    + "name"
    + " } }" * 40
    + " } } }",
    "comments": "{ organisation { id } " + "#\n" * 8_000 + "}",
}


@pytest.mark.parametrize("text", MALICIOUS.values(), ids=MALICIOUS.keys())
def test_a_malicious_document_is_refused_and_no_defect(tenants: Engine, text: str) -> None:
    with pytest.raises(InvalidOperation) as raised:
        tenants.prepare(text, None).cost_within(BASIC, {})
    for error in raised.value.errors:
        assert error_entry(error, "")["extensions"]["code"] == Code.BAD_USER_INPUT


def test_what_fragments_multiply_to_is_not_written_out(tenants: Engine) -> None:
    doubled = " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(50))
    entry = refusal(tenants, f"{{ ...F0 }} {doubled} fragment F50 on Query {{ __typename }}")
    assert "has over a million fields" in entry["message"]


@pytest.mark.parametrize(
    "text",
    [
        get_introspection_query(),
        get_introspection_query(
            specified_by_url=True,
            directive_is_repeatable=True,
            schema_description=True,
            input_value_deprecation=True,
        ),
    ],
)
@pytest.mark.parametrize("tier", Tier)
def test_tools_can_ask_for_the_schema(tenants: Engine, text: str, tier: Tier) -> None:
    assert tenants.prepare(text, None).cost_within(DEFAULTS[tier], None) == 100


def test_a_tier_is_held_to_its_own_limits(tenants: Engine) -> None:
    operation = tenants.prepare(aliased(30), None)
    operation.cost_within(DEFAULTS[Tier.PREMIUM], {})
    with pytest.raises(InvalidOperation, match="the document has 30 aliases; at most 15"):
        operation.cost_within(BASIC, {})


def test_no_tier_exceeds_the_ceiling_and_each_has_what_the_one_below_has() -> None:
    below = Limits()
    for tier in Tier:
        own = limits_of(tier)
        for each in msgspec.structs.fields(Limits):
            assert getattr(below, each.name) <= getattr(own, each.name)
            assert getattr(own, each.name) <= getattr(CEILING, each.name)
        below = own
    assert limits_of(None) == CEILING


def test_a_cost_is_of_the_requests_variables(tenants: Engine) -> None:
    text = """query($first: Int!) { users(first: $first) { nodes {
      orders(first: $first) { nodes { id } } } } }"""
    operation = tenants.prepare(text, None)
    assert operation.cost_within(BASIC, {"first": 30}) == 1 + 30 * 32
    with pytest.raises(CostExceeded) as raised:
        operation.cost_within(BASIC, {"first": 31})
    assert error_entry(raised.value, "") == {
        "message": "the operation costs 1,024 units; at most 1,000 are allowed",
        "extensions": {"code": "COST_EXCEEDED", "limit": "cost", "allowed": 1_000, "asked": 1_024},
    }
    assert operation.cost_within(replace(BASIC, cost=1_024), {"first": 31}) == 1_024


def deep(levels: int) -> dict[str, Any]:
    value: Any = 1
    for _ in range(levels):
        value = {"a": [value]} if _ % 2 else [value]
    return {"input": value}


@pytest.mark.parametrize(
    ("variables", "limit"),
    [
        (None, None),
        ({}, None),
        ({"a": list(range(BASIC.values - 1))}, None),
        ({"a": list(range(BASIC.values))}, "values"),
        ({f"a{n}": n for n in range(BASIC.values + 1)}, "values"),
        ({"a": [[1] * 40] * 30}, "values"),
        ({"a": {"b": [{"c": [1, 2, {"d": None}]}]}}, None),
        (deep(6), None),
        (deep(MAX_VARIABLES_DEPTH + 1), "variables_depth"),
        (deep(500), "variables_depth"),
    ],
)
def test_variables_are_few_and_flat(variables: dict[str, Any] | None, limit: str | None) -> None:
    if limit is None:
        ensure_few(variables, BASIC)
        return
    with pytest.raises(LimitExceeded) as raised:
        ensure_few(variables, BASIC)
    assert raised.value.details["limit"] == limit


def test_an_operation_needs_time_to_begin() -> None:
    ensure_time(LEAST_SECONDS)
    with pytest.raises(TimeIsUp, match="nothing was done"):
        ensure_time(LEAST_SECONDS - 0.01)


def test_a_refused_document_is_remembered_apart_from_the_others(
    tenants: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tenants.prepare(organisation("id"), None)
    first = refusal(tenants, "{ nothing }")
    for number in range(REFUSED_CAPACITY):
        refusal(tenants, f"{{ nothing{number} }}")
    assert len(tenants._refused) == REFUSED_CAPACITY < CAPACITY
    assert tenants.prepare(organisation("id"), None) is kept
    assert refusal(tenants, "{ nothing }") == first
    monkeypatch.setattr(preparing, "parse", None)
    assert refusal(tenants, "{ nothing }") == first, "without reading it again"
    assert first["locations"] == [{"line": 1, "column": 3}]


@pytest.fixture(scope="module")
def closed() -> Engine:
    """The same, where clients may not ask for the schema."""
    schema = bind_schema(read_schema(TENANT_SCHEMA), SHIPPED[TENANT_SCHEMA])
    return Engine(schema, introspection=False)


def test_introspection_can_be_off(tenants: Engine, closed: Engine) -> None:
    for text in (get_introspection_query(), '{ __type(name: "User") { name } }'):
        tenants.prepare(text, None)
        assert "introspection has been disabled" in _messages(closed, text)[0]
    assert closed.prepare("{ __typename }", None)


SUGGESTING = [
    "{ organisations { id } }",
    "{ organisation { nme } }",
    "{ order(idd: 1) { id } }",
    "{ ordersByStatus(status: PLACE) { nodes { id } } }",
    "{ organisation { ...F } } fragment F on Organisatio { id }",
    '{ products(filter: {selerId: "a"}) { nodes { title } } }',
]


@pytest.mark.parametrize("text", SUGGESTING)
def test_nothing_is_suggested_then(tenants: Engine, closed: Engine, text: str) -> None:
    assert any("Did you mean" in message for message in _messages(tenants, text))
    assert not any("Did you mean" in message for message in _messages(closed, text))


@pytest.mark.parametrize("given", [{"filter": {"selerId": "a"}}, {"filter": {"inStock": "yes"}}])
def test_nothing_is_suggested_for_variables_either(closed: Engine, given: dict[str, Any]) -> None:
    text = "query($filter: ProductFilter) { products(filter: $filter) { nodes { title } } }"
    result = closed.execute(closed.prepare(text, None), given, context(Role.ADMIN))
    assert result.errors
    assert not any("Did you mean" in str(error) for error in result.errors)
