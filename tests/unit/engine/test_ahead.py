"""Compiled ahead: registered operations run as any other, without a schema."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from local.provision import ROOT
from tenantql.engine.ahead import CompiledAhead, module_name
from tenantql.engine.binding import Bindable, EnumType, ObjectRule, ObjectType, QueryType
from tenantql.engine.compiling.modules import NotWritable, module_of
from tenantql.engine.document_hash import document_hash
from tenantql.engine.errors import SchemaError
from tenantql.engine.failures import error_entry
from tenantql.engine.limits import MAX_CHARACTERS
from tenantql.engine.operations import Engine, InvalidOperation
from tenantql.engine.preparing import Preparation
from tenantql.engine.schema import bind_schema
from tenantql.schemas import TENANTS
from tenantql.tenancy.identity import Role
from tests.unit.builders import context
from tests.unit.engine.test_schema import HEAD

PACKAGE = "ahead_of_a_test"
SCHEMA = """
enum Size { SMALL LARGE }
type Query {
  own(sizes: [Size!] = [LARGE], at: Int): [Size!] @cost @auth(requires: [STAFF])
  thing(owner: String!): Thing @cost @auth(requires: [STAFF])
  count(of: Int!): Int @cost @auth(requires: [STAFF]) }
type Thing @visible(to: "its owner") { owner: String, secret: Int @auth(requires: [ADMIN]) }
"""


def bindables() -> list[Bindable]:
    query, thing = QueryType(), ObjectType("Thing")

    @query.field("own")
    def _own(_parent: None, _info: Any, *, sizes: list[int], at: int | None = None) -> list[int]:
        return sizes if at is None else sizes[at:]

    @query.field("thing")
    async def _thing(_parent: None, _info: Any, *, owner: str) -> dict[str, Any]:
        return {"owner": owner, "secret": 5}

    @query.field("count")
    def _count(_parent: None, _info: Any, *, of: int) -> Any:
        return "many" if of > 2 else of

    rule = ObjectRule[Any]("Thing", lambda context, it: it["owner"] == context.identity.subject)
    return [query, thing, rule, EnumType("Size", {"SMALL": 1, "LARGE": 2})]


class Asked:
    """An engine whose schema nobody has asked for, unless `schemas` says so."""

    def __init__(self, bound: list[Bindable], ahead: CompiledAhead | None) -> None:
        self.schemas = 0

        def schema() -> Any:
            self.schemas += 1
            return bind_schema(HEAD + SCHEMA, bound)

        self.engine = Engine(schema, ahead=ahead)

    def __call__(
        self, text: str, *roles: Role, name: str | None = None, **variables: Any
    ) -> dict[str, Any]:
        operation = self.engine.prepare(text, name)
        result = self.engine.execute(operation, variables, context(*(roles or (Role.STAFF,))))
        errors = [error_entry(each, "request") for each in result.errors or ()]
        return {"data": result.data} | ({"errors": errors} if errors else {})


@pytest.fixture
def asked() -> Iterator[Callable[..., Asked]]:
    """Compiles documents ahead."""
    made: list[str] = []

    def compiled(*texts: str) -> Asked:
        bound = bindables()
        preparation = Preparation(bind_schema(HEAD + SCHEMA, bound), introspection=True)
        for text in texts:
            made.append(f"{PACKAGE}.{module_name(document_hash(text))}")
            module = sys.modules[made[-1]] = ModuleType(made[-1])
            exec(module_of(text, preparation), vars(module))
        return Asked(bound, CompiledAhead(PACKAGE, bound) if texts else None)

    yield compiled
    for name in made:
        sys.modules.pop(name, None)


def both(asked: Callable[..., Asked], text: str, *roles: Role, **given: Any) -> dict[str, Any]:
    """What the operation answers, which is the same as if it had not been compiled ahead."""
    ahead, plain = asked(text), asked()
    found = ahead(text, *roles, **given)
    assert found == plain(text, *roles, **given)
    assert (ahead.schemas, plain.schemas) == (0, 1)
    return found


def test_it_runs_without_a_schema(asked: Callable[..., Asked]) -> None:
    text = "query ($to: String!) { thing(owner: $to) { owner } own }"
    data = both(asked, text, to="somebody")["data"]
    assert data == {"thing": {"owner": "somebody"}, "own": ["LARGE"]}


def test_enums_and_defaults_are_their_values_in_python(asked: Callable[..., Asked]) -> None:
    text = "query ($of: [Size!] = [SMALL], $at: Int) { a: own(sizes: $of, at: $at) b: own }"
    assert both(asked, text)["data"] == {"a": ["SMALL"], "b": ["LARGE"]}
    assert both(asked, text, of=["LARGE", "SMALL"], at=1)["data"]["a"] == ["SMALL"]


@pytest.mark.parametrize("all", [True, False])
@pytest.mark.parametrize("none", [True, False])
def test_each_variant_is_there(asked: Callable[..., Asked], *, all: bool, none: bool) -> None:
    text = """query ($all: Boolean!, $none: Boolean = true) {
      a: count(of: 1) @include(if: $all) b: count(of: 2) @skip(if: $none) }"""
    found = both(asked, text, all=all, none=none)["data"]
    assert found == ({"a": 1} if all else {}) | ({} if none else {"b": 2})


def test_variants_of_many_conditions_are_made_when_asked_for(asked: Callable[..., Asked]) -> None:
    names = "abcd"
    fields = " ".join(f"{each}: count(of: 1) @include(if: ${each})" for each in names)
    text = f"query ({' '.join(f'${each}: Boolean!' for each in names)}) {{ {fields} }}"
    ahead = asked(text)
    assert ahead(text, a=True, b=False, c=False, d=True) == {"data": {"a": 1, "d": 1}}
    assert ahead.schemas == 1


def test_guards_are_where_they_were(asked: Callable[..., Asked]) -> None:
    text = '{ thing(owner: "somebody") { owner secret } }'
    (error,) = both(asked, text)["errors"]
    assert (error["extensions"]["code"], error["path"]) == ("FORBIDDEN", ["thing", "secret"])
    assert both(asked, text, Role.ADMIN, Role.STAFF)["data"]["thing"]["secret"] == 5
    assert both(asked, text, Role.CUSTOMER)["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert both(asked, '{ thing(owner: "else") { owner } }')["data"] == {"thing": None}


def test_a_guard_whose_rule_is_gone_lets_nobody_through(asked: Callable[..., Asked]) -> None:
    text = '{ thing(owner: "somebody") { owner } }'
    asked(text)
    left = [each for each in bindables() if not isinstance(each, ObjectRule)]
    engine = Asked(left, CompiledAhead(PACKAGE, left))
    with pytest.raises(KeyError, match="Thing"):
        engine(text)


@pytest.mark.parametrize("given", [{}, {"of": None}, {"of": "1"}, {"of": 2**40}])
def test_variables_that_do_not_fit_are_told_of_as_ever(
    asked: Callable[..., Asked], given: dict[str, Any]
) -> None:
    text = "query ($of: Int!) { count(of: $of) }"
    ahead, plain = asked(text), asked()
    found = ahead(text, **given)
    assert found == plain(text, **given)
    assert found["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_a_value_that_is_none_of_its_type_is_a_defect_as_ever(asked: Callable[..., Asked]) -> None:
    text = "{ count(of: 3) }"
    found = asked(text)(text)
    assert found == asked()(text)
    assert found["errors"][0]["extensions"]["code"] == "INTERNAL"


def test_the_name_says_which_operation_runs(asked: Callable[..., Asked]) -> None:
    text = "query A { count(of: 1) } query B { count(of: 2) }"
    ahead = asked(text)
    assert ahead(text, name="B") == {"data": {"count": 2}}
    assert ahead.schemas == 0
    for wrong in (None, "C"):
        with pytest.raises(InvalidOperation, match="operation"):
            ahead(text, name=wrong)


def test_its_cost_and_its_size_are_known(asked: Callable[..., Asked]) -> None:
    text = 'query Q($all: Boolean!) { count(of: 1) thing(owner: "a") @include(if: $all) { owner } }'
    ahead, plain = (each.engine.prepare(text, None) for each in (asked(text), asked()))
    for name in ("cost", "measures", "kind", "name", "hash"):
        assert getattr(ahead, name) == getattr(plain, name)
    assert ahead.cost.of({}) > 1


def test_the_schema_itself_is_not_compiled_ahead() -> None:
    preparation = Preparation(bind_schema(HEAD + SCHEMA, bindables()), introspection=True)
    with pytest.raises(NotWritable, match="asks for the schema"):
        module_of("{ __schema { queryType { name } } }", preparation)


def test_bindables_of_another_kind_are_refused(asked: Callable[..., Asked]) -> None:
    class Other:
        def bind_to_schema(self, schema: Any) -> None:
            """Nothing."""

    text = "{ own }"
    asked(text)
    bound: list[Bindable] = [*bindables(), Other()]
    with pytest.raises(SchemaError, match="Other is not of"):
        Asked(bound, CompiledAhead(PACKAGE, bound))(text)


def test_what_has_no_text_is_not_written() -> None:
    class Odd:
        pass

    bound = [*bindables(), EnumType("Size", {"SMALL": Odd(), "LARGE": 2})]
    preparation = Preparation(bind_schema(HEAD + SCHEMA, bound), introspection=True)
    with pytest.raises(NotWritable, match="Odd, which has no text"):
        module_of("{ own(sizes: [SMALL]) }", preparation)


def test_a_text_that_is_too_long_is_not_looked_for() -> None:
    looked: list[str] = []

    class Looking:
        def operation(self, text: str, operation_name: str | None, preparation: object) -> None:
            del operation_name, preparation
            looked.append(text)

    engine = Engine(bind_schema(HEAD + SCHEMA, bindables()), ahead=Looking())
    engine.prepare("{ own }", None)
    with pytest.raises(InvalidOperation, match="characters"):
        engine.prepare("{ own }" + " " * MAX_CHARACTERS, None)
    assert looked == ["{ own }"]


PROGRAM = """
import sys
from tenantql.schemas import TENANTS
text = sys.argv[1]
engine = TENANTS.engine(introspection=False, lazy=True)
assert engine.prepare(text, None).cost.of({}) == 2
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_graphql_core_and_ariadne_are_not_imported(tmp_path: Path) -> None:
    """In the order of a build and a start, in processes of their own."""
    text = "query ($id: ID!) { order(id: $id) { id status customer { displayName } } }"
    layer, folder = tmp_path / "layer", tmp_path / "operations" / TENANTS.function
    folder.mkdir(parents=True)
    (folder / "a.graphql").write_text(text, encoding="utf-8")
    package = layer / "tenantql"
    package.mkdir(parents=True)
    for path in (ROOT / "layers" / "tenantql" / "tenantql").iterdir():
        if path.name not in {"__pycache__", "operations"}:
            (package / path.name).symlink_to(path)
    environment = {"PYTHONPATH": str(layer), "PYTHONDONTWRITEBYTECODE": "1"}

    def python(*arguments: str) -> str:
        command = [sys.executable, *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    python("-m", "tenantql.registration", str(folder.parent), str(package))
    imported = python("-c", PROGRAM, text).split()
    assert "msgspec" in imported
    assert not {"graphql", "ariadne", "starlette", "asyncio", "boto3"} & set(imported)
    assert json.loads((package / "operations.json").read_text(encoding="utf-8"))
