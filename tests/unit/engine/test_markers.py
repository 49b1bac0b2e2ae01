"""Counting once: whatever comes again, and however it is grouped then."""

import time
from collections.abc import Sequence
from typing import Any

import pytest

from local.memory import Memory
from tenantql.accounts.model import Organisation, User
from tenantql.engine.changes import Change
from tenantql.engine.markers import OnceMarker, count_once
from tenantql.table import calls
from tenantql.table.driving import drive
from tenantql.table.entity import entity_of
from tenantql.table.errors import ConditionFailed
from tenantql.table.expressions import Increase, equals
from tenantql.table.writes import Action, Update
from tests.unit.builders import access, organisation, route, user

KEY = entity_of(Organisation).key(tenant="acme")


class Counter:
    """Counts changes in an organisation's version, in a table in memory."""

    def __init__(self) -> None:
        self.memory = Memory()
        self.memory.add(organisation())

    def count(self, *events: str, name: str = "Acme Trading", consumer: str = "counter") -> None:
        changes: list[Change[User]] = [Change(None, user(), route(), event) for event in events]

        def actions(left: Sequence[Change[Any]]) -> tuple[Action, ...]:
            by = Increase("counted", len(left))
            return (Update(Organisation, KEY, (by,), equals("name", name)),)

        drive(
            count_once(consumer, changes, actions),
            lambda request: calls.run(self.memory, request, access()),
        )

    @property
    def counted(self) -> int:
        return int(self.memory.items[KEY].get("counted", {"N": "0"})["N"])

    @property
    def operations(self) -> list[str]:
        return [call.operation for call in self.memory.calls]


@pytest.mark.parametrize(
    ("batches", "calls"),
    [
        (["abc"], 1),
        (["abc", "abc"], 2),
        (["a", "abc"], 3),
        (["ab", "bcd", "abcd"], 4),
        (["aab"], 1),
    ],
)
def test_a_change_counts_once(batches: Sequence[str], calls: int) -> None:
    counter = Counter()
    for batch in batches:
        counter.count(*batch)
    assert counter.counted == len(set("".join(batches)))
    assert counter.operations == ["TransactWriteItems"] * calls


def test_a_marker_outlives_the_stream() -> None:
    counter, before = Counter(), time.time()
    counter.count("a")
    item = counter.memory.items[
        entity_of(OnceMarker).key(tenant="acme", event="a", consumer="counter")
    ]
    marker = entity_of(OnceMarker).decode(item)
    assert marker.expires_at is not None
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html: 24 hours
    assert marker.expires_at > before + 24 * 3600
    assert item["PK"] == {"S": "TENANT#acme#SYS#ONCE#a"}


def test_a_condition_of_what_is_counted_is_the_callers() -> None:
    counter = Counter()
    with pytest.raises(ConditionFailed):
        counter.count("a", name="Globex")
    assert counter.counted == 0
    counter.count("a")
    assert counter.counted == 1, "the failure marked nothing"


def test_consumers_of_the_same_change_count_for_themselves() -> None:
    counter = Counter()
    counter.count("a")
    counter.count("a", consumer="another")
    counter.count("a", consumer="another")
    assert counter.counted == 2
