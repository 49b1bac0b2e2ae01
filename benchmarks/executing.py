"""Execution alone: compiled operations beside graphql-core's executor, and the first time.

No request is made: the objects are there, and fields are attributes of them. Both sides have the
parsed and validated document.
"""

from dataclasses import asdict, dataclass
from itertools import count
from typing import Any, Final

from graphql import (
    build_schema,
    execute_sync,  # pyright: ignore[reportUnknownVariableType] - an unnamed type argument
    parse,
)
from rich.progress import Progress

from benchmarks.report import Findings, new_table
from benchmarks.sides import OURS
from benchmarks.timing import Ask, interleaved
from tenantql.engine.operations import Engine
from tests.unit.builders import context

COMPILED: Final = f"{OURS}, compiled"
REFERENCE: Final = "graphql-core"
FIRST: Final = f"{OURS}, the first time"

ITEMS: Final = 50
_FIELDS: Final = ("id", "subject", "email", "username", "name", "role", "createdAt", "updatedAt")
_OBJECT: Final = "{ " + " ".join(_FIELDS) + " }"

SCHEMA: Final = f"""
type Query {{ user: User users: Users }}
type Users {{ nodes: [User!]! edges: [Edge!]! }}
type Edge {{ cursor: String! node: User! }}
type User {{ {" ".join(f"{name}: String!" for name in _FIELDS)} }}
"""

CASES: Final = {
    "an object of 8 fields": f"{{ user {_OBJECT} }}",
    f"{ITEMS} of them, nodes": f"{{ users {{ nodes {_OBJECT} }} }}",
    f"{ITEMS} of them, edges": f"{{ users {{ edges {{ cursor node {_OBJECT} }} }} }}",
}


@dataclass(frozen=True)
class _User:
    id: str = "1"
    subject: str = "user-1"
    email: str = "ada@example.com"
    username: str = "ada"
    name: str = "Ada"
    role: str = "STAFF"
    createdAt: str = "2026-11-21T09:30:00.000Z"  # noqa: N815 - as the schema has it
    updatedAt: str = "2026-11-21T09:30:00.000Z"  # noqa: N815


def run(repeat: int, progress: Progress) -> Findings:
    """Times each case both ways. Raises ValueError if they answer differently."""
    schema = build_schema(SCHEMA)
    users = [_User() for _ in range(ITEMS)]
    edges = [{"cursor": "c", "node": user} for user in users]
    root: dict[str, Any] = {"user": users[0], "users": {"nodes": users, "edges": edges}}
    query: Any = schema.query_type
    for name, field in query.fields.items():
        field.resolve = lambda *_, found=root[name]: found
    engine = Engine(schema)
    found = {
        case: interleaved(_asks(engine, schema, text), repeat, progress, case)
        for case, text in CASES.items()
    }
    table = new_table("Execution alone", "", "compiled us", "graphql-core us", "ratio", "first ms")
    for case, sides in found.items():
        ours, theirs, first = (sides[each] for each in (COMPILED, REFERENCE, FIRST))
        table.add_row(
            case,
            f"{ours.p50 * 1e3:.0f}",
            f"{theirs.p50 * 1e3:.0f}",
            f"{ours.p50 / theirs.p50:.3f}",
            f"{first.p50:.1f}",
        )
    data = {
        case: {side: asdict(each) for side, each in sides.items()} for case, sides in found.items()
    }
    return Findings([table], data)


def _asks(engine: Engine, schema: Any, text: str) -> dict[str, Ask]:
    operation, document, given = engine.prepare(text, None), parse(text), context()
    ours, theirs = engine.execute(operation, None, given), execute_sync(schema, document)
    if ours.errors or theirs.errors or ours.data != theirs.data:
        raise ValueError(f"{text}: {ours} and {theirs}")

    numbers = count()

    def first() -> object:
        return engine.execute(engine.prepare(f"{text} # {next(numbers)}", None), None, given)

    return {
        COMPILED: lambda: engine.execute(operation, None, given),
        REFERENCE: lambda: execute_sync(schema, document),
        FIRST: first,
    }
