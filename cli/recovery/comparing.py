"""Comparing the items of two tables: counted, a sample, or every one of them.

A whole comparison reads both tables once and asks each for what the other one has, in batches.
Items whose time to live has passed are told apart: DynamoDB deletes them when it likes, and the
restored table has some again.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import batched
from typing import Any, Final, cast

from cli.recovery.deployed import SECONDS, Deployed
from tenantql.table.keys import tenant_of

type RawItem = Mapping[str, Any]

SEGMENTS: Final = 4
SAMPLES: Final = 200
"""Into how many segments a table is cut of which a sample reads the first page of some."""
SAMPLED: Final = 20
PAGE: Final = 100
"""Most keys of a BatchGetItem."""
EXAMPLES: Final = 20
UNIT_BYTES: Final = 4096


class How(StrEnum):
    """How closely tables are compared."""

    COUNT = "count"
    SAMPLE = "sample"
    FULL = "full"


@dataclass
class Comparison:
    """What was found. `only_source` is what would be lost; `examples` are keys that differ."""

    how: How
    source: int = 0
    target: int = 0
    same: int = 0
    different: int = 0
    only_source: int = 0
    only_target: int = 0
    expired: int = 0
    tenants: Counter[str] = field(default_factory=Counter[str])
    examples: list[str] = field(default_factory=list[str])

    @property
    def agrees(self) -> bool:
        """Whether no item was found that differs."""
        return not (self.different or self.only_source or self.only_target)

    def note(self, kind: str, item: RawItem) -> None:
        """Counts an item that is not the same in both."""
        if _expired(item):
            self.expired += 1
            return
        setattr(self, kind, getattr(self, kind) + 1)
        partition = item["PK"]["S"]
        self.tenants[tenant_of(partition) if partition.count("#") > 1 else partition] += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(f"{kind.replace('_', ' ')}: {partition} {item['SK']['S']}")


def read_units(deployed: Deployed, source: str, target: str, how: How) -> float:
    """About how many read units a comparison takes at most."""
    tables = [deployed.table(each) or {} for each in (source, target)]
    if how is How.COUNT:
        return 0
    share = SAMPLED / SAMPLES if how is How.SAMPLE else 1
    return share * sum(
        2 * each.get("TableSizeBytes", 0) / UNIT_BYTES + each.get("ItemCount", 0) for each in tables
    )


def compare(
    deployed: Deployed, source: str, target: str, how: How, read: Callable[[int], None]
) -> Comparison:
    """Compares two tables; `read` hears of items as they are read.

    A count is DynamoDB's own, up to six hours old.
    """
    found = Comparison(how)
    if how is How.COUNT:
        found.source, found.target = (
            (deployed.table(each) or {}).get("ItemCount", 0) for each in (source, target)
        )
        return found
    for items in _pages(deployed, target, how, read):
        found.target += len(items)
        others = _get(deployed, source, items)
        for item in items:
            other = others.get(_key(item))
            if other is None:
                found.note("only_target", item)
            elif _plain(other) == _plain(item):
                found.same += 1
            else:
                found.note("different", item)
    for items in _pages(deployed, source, how, read):
        found.source += len(items)
        others = _get(deployed, target, items)
        for item in items:
            if _key(item) not in others:
                found.note("only_source", item)
    return found


def _pages(
    deployed: Deployed, table: str, how: How, read: Callable[[int], None]
) -> Iterator[Sequence[RawItem]]:
    """The items of a table in pages that BatchGetItem takes, from several segments at a time."""
    total, chosen = SEGMENTS, range(SEGMENTS)
    if how is How.SAMPLE:
        total, chosen = SAMPLES, random.sample(range(SAMPLES), SAMPLED)

    def segment(place: tuple[int, Any]) -> Any:
        number, start = place
        after = {"ExclusiveStartKey": start} if start else {}
        return deployed.dynamodb.scan(
            TableName=table, ConsistentRead=True, Segment=number, TotalSegments=total, **after
        )

    waiting: list[tuple[int, Any]] = [(number, None) for number in chosen]
    with ThreadPoolExecutor(SEGMENTS) as threads:
        while waiting:
            now, waiting = waiting[:SEGMENTS], waiting[SEGMENTS:]
            answers = threads.map(segment, now)
            for (number, _), answer in zip(now, answers, strict=True):
                read(len(answer["Items"]))
                yield from batched(answer["Items"], PAGE, strict=False)
                if "LastEvaluatedKey" in answer and how is How.FULL:
                    waiting.append((number, answer["LastEvaluatedKey"]))


def _get(
    deployed: Deployed, table: str, items: Sequence[RawItem]
) -> dict[tuple[str, str], RawItem]:
    found: dict[tuple[str, str], RawItem] = {}
    keys = [{"PK": item["PK"], "SK": item["SK"]} for item in items]
    request: dict[str, Any] = {table: {"Keys": keys, "ConsistentRead": True}}
    while request:
        answer = deployed.dynamodb.batch_get_item(RequestItems=request)
        found |= {_key(item): item for item in answer["Responses"].get(table, ())}
        request = answer.get("UnprocessedKeys") or {}
        if request:
            deployed.wait(SECONDS)
    return found


def _key(item: RawItem) -> tuple[str, str]:
    return item["PK"]["S"], item["SK"]["S"]


def _plain(value: Any) -> Any:
    """A value of which two are equal if DynamoDB's are: a set has no order."""
    if isinstance(value, list):
        return [_plain(each) for each in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    found: dict[str, Any] = {}
    for name, each in cast("dict[str, Any]", value).items():
        is_set = name in {"SS", "NS", "BS"} and isinstance(each, list)
        found[name] = frozenset(cast("list[Any]", each)) if is_set else _plain(each)
    return found


def _expired(item: RawItem) -> bool:
    moment = item.get("expires_at", {}).get("N")
    return moment is not None and float(moment) < time.time()
