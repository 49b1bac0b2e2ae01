"""Every request type of the matrix."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from local.isolation.partiql import PARTIQL
from local.isolation.request_types import (
    MARK,
    Effect,
    Question,
    RequestType,
    Targets,
    batch,
    keyless,
    single,
)
from local.isolation.situations import INDEXES, Target


def _update(item: Target) -> dict[str, Any]:
    """Marks the item, and gives it the index keys of the target."""
    values = {MARK: "yes", **{k: v for k, v in item.indexes.items() if k != "PK"}}
    sets = ", ".join(f"#{position} = :{position}" for position in range(len(values)))
    return {
        "TableName": item.table,
        "Key": item.key,
        "UpdateExpression": f"SET {sets}",
        "ExpressionAttributeNames": {f"#{n}": name for n, name in enumerate(values)},
        "ExpressionAttributeValues": {f":{n}": {"S": v} for n, v in enumerate(values.values())},
    }


def _marked(item: Target) -> dict[str, Any]:
    return {**item.item, MARK: {"S": "yes"}}


def _put(item: Target) -> dict[str, Any]:
    return {"TableName": item.table, "Item": _marked(item)}


def _keyed(item: Target) -> dict[str, Any]:
    return {"TableName": item.table, "Key": item.key}


_REFUSED: Final = {
    "ConditionExpression": "attribute_not_exists(PK)",
    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
}


def _check(item: Target) -> dict[str, Any]:
    return {**_keyed(item), "ConditionExpression": "attribute_exists(PK)"}


_WRITES: Final[Mapping[str, tuple[str, Callable[[Target], dict[str, Any]], Effect]]] = {
    "Put": ("PutItem", _put, Effect.MARKS),
    "Update": ("UpdateItem", _update, Effect.MARKS),
    "Delete": ("DeleteItem", _keyed, Effect.REMOVES),
    "ConditionCheck": ("ConditionCheckItem", _check, Effect.CHECKS),
}


def _query(index: str | None) -> RequestType:
    partition, sort = INDEXES[index] if index else ("PK", "SK")

    def build(items: Targets) -> dict[str, Any]:
        (item,) = items
        sort_key = item.pk if sort == "PK" else item.sk
        parameters: dict[str, Any] = {
            "TableName": item.table,
            "KeyConditionExpression": f"{partition} = :p AND {sort} = :s",
            "ExpressionAttributeValues": {
                ":p": {"S": item.index_key(index) if index else item.pk},
                ":s": {"S": sort_key},
            },
        }
        return parameters | ({"IndexName": index} if index else {})

    def questions(items: Targets) -> tuple[Question, ...]:
        (item,) = items
        leading = item.index_key(index) if index else item.pk
        return (Question("Query", index, (leading,)),)

    name = f"Query {index or 'table'}"
    return RequestType(name, "Query", Effect.ANSWERS, build, questions, index=index)


def _scan(index: str | None) -> RequestType:
    def build(items: Targets) -> dict[str, Any]:
        return {"TableName": items[0].table, "Limit": 1} | ({"IndexName": index} if index else {})

    return RequestType(
        f"Scan {index or 'table'}",
        "Scan",
        Effect.ANSWERS_SOME,
        build,
        keyless("Scan", index),
        keys=False,
        index=index,
    )


def _single_items() -> list[RequestType]:
    def get(items: Targets) -> dict[str, Any]:
        return {**_keyed(items[0]), "ConsistentRead": True}

    made = [RequestType("GetItem", "GetItem", Effect.ANSWERS, get, single("GetItem"))]
    for verb in ("Put", "Update", "Delete"):
        action, write, effect = _WRITES[verb]
        plants = verb != "Delete"
        made += [
            RequestType(
                action,
                action,
                effect,
                lambda items, write=write: write(items[0]),
                single(action),
                plants=plants,
            ),
            RequestType(
                f"{action}, ALL_OLD",
                action,
                Effect.REFUSES_WITH_ITEM,
                lambda items, write=write: write(items[0]) | _REFUSED,
                single(action),
            ),
        ]
    return made


def _batches() -> list[RequestType]:
    def read(items: Targets) -> dict[str, Any]:
        keys = [item.key for item in items]
        return {"RequestItems": {items[0].table: {"Keys": keys, "ConsistentRead": True}}}

    def write(items: Targets) -> dict[str, Any]:
        puts = [{"PutRequest": {"Item": _marked(item)}} for item in items]
        return {"RequestItems": {items[0].table: puts}}

    def delete(items: Targets) -> dict[str, Any]:
        deletes = [{"DeleteRequest": {"Key": item.key}} for item in items]
        return {"RequestItems": {items[0].table: deletes}}

    asks_write = batch("BatchWriteItem")
    return [
        RequestType(
            *("BatchGetItem", "BatchGetItem", Effect.ANSWERS, read, batch("BatchGetItem")),
            several=True,
        ),
        RequestType(
            *("BatchWriteItem Put", "BatchWriteItem", Effect.MARKS, write, asks_write),
            several=True,
            plants=True,
        ),
        RequestType(
            *("BatchWriteItem Delete", "BatchWriteItem", Effect.REMOVES, delete, asks_write),
            several=True,
        ),
    ]


def _transactions() -> list[RequestType]:
    def read(items: Targets) -> dict[str, Any]:
        return {"TransactItems": [{"Get": _keyed(item)} for item in items]}

    made = [
        RequestType(
            *("TransactGetItems", "TransactGetItems", Effect.ANSWERS, read, single("GetItem")),
            several=True,
        )
    ]
    for verb, (action, write, effect) in _WRITES.items():

        def build(
            items: Targets,
            verb: str = verb,
            write: Callable[[Target], dict[str, Any]] = write,
            extra: Mapping[str, str] = {},
        ) -> dict[str, Any]:
            return {"TransactItems": [{verb: {**write(item), **extra}} for item in items]}

        def refused(
            items: Targets,
            build: Callable[..., dict[str, Any]] = build,
        ) -> dict[str, Any]:
            return build(items, extra=_REFUSED)

        name = f"TransactWriteItems {verb}"
        made += [
            RequestType(
                *(name, "TransactWriteItems", effect, build, single(action)),
                several=True,
                plants=verb in {"Put", "Update"},
            ),
            RequestType(
                *(f"{name}, ALL_OLD", "TransactWriteItems", Effect.REFUSES_WITH_ITEM),
                *(refused, single(action)),
                several=True,
            ),
        ]

    def put_beside_check(items: Targets) -> dict[str, Any]:
        first, second = items
        return {"TransactItems": [{"Put": _put(first)}, {"ConditionCheck": _check(second)}]}

    def asks_both(items: Targets) -> tuple[Question, ...]:
        return single("PutItem")(items[:1]) + single("ConditionCheckItem")(items[1:])

    name = "Put beside ConditionCheck"
    made.append(
        RequestType(
            *(name, "TransactWriteItems", Effect.MARKS_FIRST, put_beside_check, asks_both),
            several=True,
        )
    )
    return made


REQUESTS: Final = (
    *_single_items(),
    *(_query(index) for index in (None, *INDEXES)),
    *_batches(),
    *_transactions(),
    *(_scan(index) for index in (None, *INDEXES)),
    *PARTIQL,
)
