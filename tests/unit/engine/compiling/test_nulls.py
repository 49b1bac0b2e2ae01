"""What ends where an error makes null of more than its own place."""

from typing import Any

from tenantql.engine.errors import NotFound
from tenantql.engine.operations import Engine
from tenantql.table.sending import Outcome
from tests.differential.answers import Ask, World
from tests.unit.engine.compiling.answers import schema_of


def test_what_is_under_way_below_null_ends_and_is_not_told_of() -> None:
    steps: list[str] = []

    async def failing(*_: Any) -> int:
        await Ask(Outcome(1))
        raise NotFound("there is none")

    async def waiting(*_: Any) -> int:
        await Ask(Outcome(1))
        steps.append("one")
        await Ask(Outcome(2))
        steps.append("two")
        raise NotFound("nobody is told")

    schema = schema_of(
        "type Query { it: It } type It { waiting: Int failing: Int! }",
        Query_it=lambda *_: object(),
        It_failing=failing,
        It_waiting=waiting,
    )
    engine, world = Engine(schema), World(schema, 0, 0.0)
    found: Any = engine.execute(engine.prepare("{ it { failing waiting } }", None), {}, world)  # pyright: ignore[reportArgumentType] - it stands for a context
    assert found.data == {"it": None}
    assert [error.path for error in found.errors] == [["it", "failing"]]
    assert steps == [], "it was not to go on"
