"""A read-only table with DynamoDB's paging, over SQLite in memory.

Partition and sort keys, the indexes of the data model, key conditions, Limit, pages of 1 MB,
LastEvaluatedKey, and units by the documented rules. A transaction is accepted and changes nothing.
"""

import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Self

import orjson

from local.memory.units import item_bytes, page_units, read_units
from tenantql.table.attributes import RawItem
from tenantql.table.entity import INDEX_ATTRIBUTES, TENANT_INDEXES

PAGE_BYTES: Final = 1024 * 1024
"""https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html"""

_BASE: Final = ""

_CONDITION: Final = re.compile(
    r"\(?(?P<pk>#\w+) = (?P<pv>:\w+)"
    r"(?: AND (?:begins_with\((?P<begins>#\w+), (?P<prefix>:\w+)\)"
    r"|(?P<between>#\w+) BETWEEN (?P<low>:\w+) AND (?P<high>:\w+)"
    r"|(?P<equal>#\w+) = (?P<is>:\w+)))?\)?"
)

_TABLES: Final = """
CREATE TABLE items (number INTEGER PRIMARY KEY, json BLOB);
CREATE TABLE entries (
    place TEXT, pk TEXT, sk TEXT, own_pk TEXT, own_sk TEXT, number INTEGER,
    PRIMARY KEY (place, pk, sk, own_pk, own_sk)
) WITHOUT ROWID;
"""

_SELECT: Final = (
    "SELECT entries.pk, entries.sk, own_pk, own_sk, json FROM entries JOIN items USING (number)"
)


class Refused(Exception):
    """Raised for what this table does not answer, as a ValidationException would be."""


class Table:
    """Items by the table's key and by each index that they are in."""

    def __init__(self) -> None:
        self._rows = sqlite3.connect(":memory:", isolation_level=None)
        self._rows.executescript(_TABLES)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._rows.close()

    def __len__(self) -> int:
        """How many items there are."""
        return self._rows.execute("SELECT count(*) FROM items").fetchone()[0]

    def fill(self, items: Iterable[bytes]) -> None:
        """Adds items that are not there yet, each as DynamoDB's JSON."""
        entries: list[tuple[str | int, ...]] = []

        def rows() -> Iterator[tuple[int, bytes]]:
            for number, text in enumerate(items, len(self)):
                entries.extend(_entries(number, orjson.loads(text)))
                yield number, text

        self._rows.execute("BEGIN")
        self._rows.executemany("INSERT INTO items VALUES (?, ?)", rows())
        # Sorted, each goes to the end of what is there: SQLite is several times faster.
        entries.sort()
        self._rows.executemany("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)", entries)
        self._rows.execute("COMMIT")

    def answer(self, operation: str, parameters: Mapping[str, Any]) -> bytes:
        """The JSON of DynamoDB's answer. Raises Refused."""
        match operation:
            case "GetItem":
                return self._get_item(parameters)
            case "BatchGetItem":
                return self._batch_get_item(parameters)
            case "Query":
                return self._query(parameters)
            case "TransactWriteItems":
                return b"{}"
            case _:
                raise Refused(f"the stand-in does not answer {operation}")

    def _get_item(self, parameters: Mapping[str, Any]) -> bytes:
        item = self._item(parameters["Key"])
        found: dict[str, Any] = {} if item is None else {"Item": item}
        units = read_units("GetItem", parameters, found)
        return orjson.dumps(found | _capacity(parameters["TableName"], units))

    def _batch_get_item(self, parameters: Mapping[str, Any]) -> bytes:
        ((table, asked),) = parameters["RequestItems"].items()
        items = [item for key in asked["Keys"] if (item := self._item(key)) is not None]
        answer: dict[str, Any] = {"Responses": {table: items}, "UnprocessedKeys": {}}
        units = read_units("BatchGetItem", parameters, answer)
        capacity = [{"TableName": table, "CapacityUnits": units}]
        return orjson.dumps(answer | {"ConsumedCapacity": capacity})

    def _item(self, key: RawItem) -> RawItem | None:
        found = self._rows.execute(
            "SELECT json FROM entries JOIN items USING (number)"
            " WHERE place = ? AND entries.pk = ? AND entries.sk = ?",
            (_BASE, key["PK"]["S"], key["SK"]["S"]),
        ).fetchone()
        return None if found is None else orjson.loads(found[0])

    def _query(self, parameters: Mapping[str, Any]) -> bytes:
        index = parameters.get("IndexName", _BASE)
        if index and parameters.get("ConsistentRead"):
            raise Refused("an index has no consistent reads")
        if index and index not in TENANT_INDEXES:
            raise Refused(f"the stand-in has no index {index}")
        if "FilterExpression" in parameters:
            raise Refused("the stand-in filters nothing")
        rows = self._page(index, parameters)
        size, found = 0, list[bytes]()
        last: tuple[str, str, str, str] | None = None
        limit = parameters.get("Limit")
        for *keys, json in rows:
            size += item_bytes(orjson.loads(json))
            found.append(json)
            if (limit is not None and len(found) >= limit) or size >= PAGE_BYTES:
                last = (keys[0], keys[1], keys[2], keys[3])
                break
        tail: dict[str, Any] = {"Count": len(found), "ScannedCount": len(found)}
        if last is not None:
            tail["LastEvaluatedKey"] = _start_key(index, last)
        units = page_units(size, strong=parameters.get("ConsistentRead", False))
        tail |= _capacity(parameters["TableName"], units)
        return b'{"Items":[' + b",".join(found) + b"]," + orjson.dumps(tail)[1:]

    def _page(self, index: str, parameters: Mapping[str, Any]) -> Iterable[tuple[Any, ...]]:
        pk, low, high = _range(index, parameters)
        forward = parameters.get("ScanIndexForward", True)
        where = ["place = ?", "entries.pk = ?", "entries.sk BETWEEN ? AND ?"]
        values: list[str] = [index, pk, low, high]
        start = parameters.get("ExclusiveStartKey")
        if start is not None:
            sign = ">" if forward else "<"
            if index:
                where.append(f"(entries.sk, own_pk, own_sk) {sign} (?, ?, ?)")
                sort = INDEX_ATTRIBUTES[index][1]
                values += [start[sort]["S"], start["PK"]["S"], start["SK"]["S"]]
            else:
                where.append(f"entries.sk {sign} ?")
                values.append(start["SK"]["S"])
        way = "ASC" if forward else "DESC"
        order = ", ".join(f"{name} {way}" for name in ("entries.sk", "own_pk", "own_sk"))
        return self._rows.execute(
            f"{_SELECT} WHERE {' AND '.join(where)} ORDER BY {order}",
            values,
        )


def _entries(number: int, item: RawItem) -> Iterator[tuple[str | int, ...]]:
    """Where an item is found: in the table, and in each index that its queries name."""
    pk, sk = item["PK"]["S"], item["SK"]["S"]
    yield _BASE, pk, sk, "", "", number
    for index in TENANT_INDEXES:
        one, two = INDEX_ATTRIBUTES[index]
        if one in item and two in item:
            yield index, item[one]["S"], item[two]["S"], pk, sk, number


def _range(index: str, parameters: Mapping[str, Any]) -> tuple[str, str, str]:
    """The partition key of a query, and the first and last sort key that it may answer with."""
    found = _CONDITION.fullmatch(parameters["KeyConditionExpression"])
    if found is None:
        raise Refused(f"not understood: {parameters['KeyConditionExpression']}")
    names, values = parameters["ExpressionAttributeNames"], parameters["ExpressionAttributeValues"]
    keys = ("PK", "SK") if not index else INDEX_ATTRIBUTES[index]
    sort = found["begins"] or found["between"] or found["equal"]
    if names[found["pk"]] != keys[0] or (sort and names[sort] != keys[1]):
        raise Refused("a key condition names the key of the table or the index")
    pk = values[found["pv"]]["S"]
    if found["begins"]:
        prefix = values[found["prefix"]]["S"]
        return pk, prefix, prefix + "\U0010ffff"
    if found["between"]:
        return pk, values[found["low"]]["S"], values[found["high"]]["S"]
    if found["equal"]:
        return pk, values[found["is"]]["S"], values[found["is"]]["S"]
    return pk, "", "\U0010ffff"


def _start_key(index: str, last: tuple[str, str, str, str]) -> RawItem:
    pk, sk, own_pk, own_sk = last
    if not index:
        return {"PK": {"S": pk}, "SK": {"S": sk}}
    one, two = INDEX_ATTRIBUTES[index]
    return {"PK": {"S": own_pk}, "SK": {"S": own_sk}} | {one: {"S": pk}, two: {"S": sk}}


def _capacity(table: str, units: float) -> dict[str, Any]:
    return {"ConsumedCapacity": {"TableName": table, "CapacityUnits": units}}
