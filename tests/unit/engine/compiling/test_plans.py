"""What generated code looks like, and that nothing of a document becomes code."""

import keyword
import re
import time
from itertools import product
from typing import Any

import pytest

from local.provision import ROOT
from tenantql.engine.compiling.compiled import VARIANTS
from tenantql.engine.compiling.judging import Judge
from tenantql.engine.operations import Engine, InvalidOperation
from tenantql.engine.schema import TENANT_SCHEMA, bind_schema, read_schema
from tests.differential.literals import TEXTS
from tests.differential.literals import text as quoted
from tests.unit.engine.compiling.answers import answer, schema_of
from tests.unit.schemas import SHIPPED

EXAMPLE = "query ($id: ID!) { order(id: $id) { status customer { displayName } } }"


def test_the_example_of_the_documentation() -> None:
    page = (ROOT / "docs" / "engine.md").read_text(encoding="utf-8")
    assert EXAMPLE in page
    (shown,) = re.findall(r"```python\n(# Order.*?)```", page, re.DOTALL)
    schema = bind_schema(read_schema(TENANT_SCHEMA), SHIPPED[TENANT_SCHEMA])
    plan = Judge(schema, EXAMPLE, None, hints=True).plan((), ())
    assert re.sub(r" +\n", "\n", plan.source) == shown


@pytest.mark.parametrize("name", [*keyword.kwlist, "r", "s", "V", "run", "at", "Nulled", "R0"])
def test_any_name_can_be_a_field_an_argument_and_a_variable(name: str) -> None:
    def same(_parent: Any, _info: Any, **arguments: Any) -> Any:
        return arguments[name]

    def it(*_: Any) -> Any:
        return type("It", (), {name: 5})

    schema = schema_of(
        f"type Query {{ {name}({name}: Int): Int it: It }} type It {{ {name}: Int }}",
        **{f"Query_{name}": same, "Query_it": it},
    )
    text = f"query (${name}: Int) {{ {name}({name}: ${name}) it {{ {name} }} }}"
    assert answer(schema, text, {name: 7}) == {"data": {name: 7, "it": {name: 5}}}


@pytest.mark.parametrize("value", [*TEXTS, "'); raise SystemExit #", "\\'", "{", "}}", "\\N{DEL}"])
def test_a_text_stays_a_text(value: str) -> None:
    def same(_parent: Any, _info: Any, a: Any, b: Any) -> Any:
        assert b == [value, "x"]
        return a

    schema = schema_of("type Query { same(a: String, b: [String]): String }", Query_same=same)
    text = f"query ($x: String) {{ same(a: {quoted(value)}, b: [{quoted(value)}, $x]) }}"
    assert answer(schema, text, {"x": "x"}) == {"data": {"same": value}}


def test_literals_can_be_nested_as_deep_as_a_document_may_be() -> None:
    def depth(_parent: Any, _info: Any, of: Any) -> int:
        count = 0
        while of:
            of, count = (of.get("of") or [None])[0], count + 1
        return count

    schema = schema_of("input Of { of: [Of] } type Query { depth(of: Of): Int }", Query_depth=depth)
    for head, inner in (("", "null"), ("query ($of: [Of])", "$of")):
        text = f"{head} {{ depth(of: {'{of: [' * 99}{{of: {inner}}}{']}' * 99}) }}"
        assert answer(schema, text, {"of": None}) == {"data": {"depth": 100}}


def test_few_variants_of_an_operation_are_kept() -> None:
    schema = schema_of("type Query { a: Int b: Int c: Int d: Int e: Int f: Int }")
    names = "abcdef"
    declared = ", ".join(f"${name}: Boolean!" for name in names)
    fields = " ".join(f"{name} @include(if: ${name})" for name in names)
    compiled = Engine(schema).prepare(f"query ({declared}) {{ {fields} }}", None).compiled
    for choice in product((True, False), repeat=len(names)):
        values = compiled.values(dict(zip(names, choice, strict=True)))
        code, _ = compiled.code(values)
        assert compiled.code(values)[0] is code
        assert len(compiled._variants) <= VARIANTS
    assert len(compiled._variants) == VARIANTS


def test_a_document_at_the_limits_compiles_in_little_time(tenants: Engine) -> None:
    users = " ".join(
        f"a{n}: users(first: 1) {{ nodes {{ id email displayName username }} }}" for n in range(20)
    )
    operation = tenants.prepare(f"{{ {users} }}", None)
    started = time.process_time()
    operation.compiled.code({})
    assert time.process_time() - started < 1


FOLDERS = ("local/examples", "operations")


def test_every_operation_of_ours_compiles(tenants: Engine, operators: Engine) -> None:
    paths = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.graphql")]
    assert len(paths) > 50
    for path in paths:
        text = path.read_text(encoding="utf-8")
        try:
            operation = tenants.prepare(text, None)
        except InvalidOperation:
            operation = operators.prepare(text, None)
        operation.compiled.code({})
