"""PartiQL requests. Nobody but the account's owner has an action for them.

AWS documents `dynamodb:LeadingKeys` for a statement that names a partition key; the local cloud
sets none for any statement, which can only deny more. So no row rests on a statement with a key
being allowed.
"""

from collections.abc import Callable
from typing import Any, Final

from local.isolation.request_types import (
    MARK,
    Effect,
    Question,
    RequestType,
    Targets,
    created,
    keyless,
    single,
)
from local.isolation.situations import Target

type _Statement = Callable[[Target], dict[str, Any]]


def _source(item: Target, index: str | None = None) -> str:
    return f'"{item.table}"' + (f'."{index}"' if index else "")


def _by_key(text: str) -> _Statement:
    """A statement on one item: `text` with the table put in, and the key as parameters."""

    def build(item: Target) -> dict[str, Any]:
        statement = f"{text.format(_source(item))} WHERE PK = ? AND SK = ?"
        return {"Statement": statement, "Parameters": [{"S": item.pk}, {"S": item.sk}]}

    return build


_SELECT: Final = _by_key("SELECT * FROM {}")
_UPDATE: Final = _by_key("UPDATE {} " + f"SET {MARK} = 'yes'")
_DELETE: Final = _by_key("DELETE FROM {}")


def _insert(item: Target) -> dict[str, Any]:
    statement = f"INSERT INTO {_source(item)} VALUE {{'PK': ?, 'SK': ?}}"
    return {"Statement": statement, "Parameters": [*created(item).values()]}


def _one(name: str, action: str, effect: Effect, statement: _Statement) -> RequestType:
    def build(items: Targets) -> dict[str, Any]:
        return statement(items[0])

    return RequestType(f"PartiQL {name}", "ExecuteStatement", effect, build, single(action))


def _several(
    name: str, operation: str, action: str, effect: Effect, statement: _Statement
) -> RequestType:
    batch = operation == "BatchExecuteStatement"
    member = "Statements" if batch else "TransactStatements"

    def build(items: Targets) -> dict[str, Any]:
        return {member: [statement(item) for item in items]}

    full = f"PartiQL {'batch' if batch else 'transaction'} {name}"
    return RequestType(full, operation, effect, build, single(action), several=True)


def _of_index() -> RequestType:
    def build(items: Targets) -> dict[str, Any]:
        (item,) = items
        statement = f"SELECT * FROM {_source(item, 'GSI1')} WHERE GSI1PK = ?"  # noqa: S608
        return {"Statement": statement, "Parameters": [{"S": item.index_key("GSI1")}]}

    def questions(items: Targets) -> tuple[Question, ...]:
        return (Question("PartiQLSelect", "GSI1", (items[0].index_key("GSI1"),)),)

    name, operation = "PartiQL select GSI1", "ExecuteStatement"
    return RequestType(name, operation, Effect.ANSWERS, build, questions, index="GSI1")


def _without_key(index: str | None) -> RequestType:
    def build(items: Targets) -> dict[str, Any]:
        statement = f"SELECT * FROM {_source(items[0], index)}"  # noqa: S608
        return {"Statement": statement, "Limit": 1}

    return RequestType(
        f"PartiQL select {index or 'table'}, no key",
        "ExecuteStatement",
        Effect.ANSWERS_SOME,
        build,
        keyless("PartiQLSelect", index),
        keys=False,
        index=index,
    )


PARTIQL: Final = (
    _one("select", "PartiQLSelect", Effect.ANSWERS, _SELECT),
    _of_index(),
    _one("insert", "PartiQLInsert", Effect.CREATES, _insert),
    _one("update", "PartiQLUpdate", Effect.MARKS, _UPDATE),
    _one("delete", "PartiQLDelete", Effect.REMOVES, _DELETE),
    *(
        _several(name, operation, action, effect, statement)
        for operation in ("BatchExecuteStatement", "ExecuteTransaction")
        for name, action, effect, statement in (
            ("select", "PartiQLSelect", Effect.ANSWERS, _SELECT),
            ("update", "PartiQLUpdate", Effect.MARKS, _UPDATE),
        )
    ),
    *(_without_key(index) for index in (None, "GSI1", "platform")),
)
"""Single statements, batches and transactions of them, with a key and without."""
