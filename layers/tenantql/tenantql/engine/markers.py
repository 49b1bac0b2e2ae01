"""Markers of what a consumer has counted: adding up has no state that a repetition could see.

A marker stands for one record of the stream and one consumer. It is created in the transaction that
counts the record, so either both happen or nothing; it outlives the stream, which keeps records for
a day.
"""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final

from tenantql.engine.changes import Change
from tenantql.table.entity import Item, entity
from tenantql.table.errors import ConditionFailed
from tenantql.table.writes import Action, Create, Transact

LIFETIME: Final = timedelta(hours=48)


@entity(name="OnceMarker", pk="TENANT#{tenant}#SYS#ONCE#{event}", sk="ONCE#{consumer}")
class OnceMarker(Item, frozen=True, kw_only=True):
    """That a consumer has counted the stream's record with this id."""

    event: str
    consumer: str


def mark(change: Change[Any], consumer: str) -> Create:
    """Marks a change as counted by a consumer. Its condition fails if it was."""
    item: Item = change.after or change.before  # pyright: ignore[reportAssignmentType] - one is there
    return Create(
        OnceMarker(
            tenant=change.route.tenant,
            created_at=item.updated_at,
            created_by=item.updated_by,
            updated_at=item.updated_at,
            updated_by=item.updated_by,
            expires_at=int(time.time() + LIFETIME.total_seconds()),
            event=change.event,
            consumer=consumer,
        )
    )


async def count_once(
    consumer: str,
    changes: Sequence[Change[Any]],
    actions: Callable[[Sequence[Change[Any]]], tuple[Action, ...]],
) -> None:
    """Does `actions` of those changes that `consumer` has not counted yet, in one transaction.

    `actions` and a marker for each change are at most 100. Raises ConditionFailed if a condition
    of `actions` does not hold.
    """
    left: list[Change[Any]] = [*{change.event: change for change in changes}.values()]
    while left:
        marks = tuple(mark(change, consumer) for change in left)
        try:
            await Transact((*marks, *actions(left)))
        except ConditionFailed as error:
            counted = {index for index in error.failed if index < len(marks)}
            if not counted:
                raise
            left = [change for index, change in enumerate(left) if index not in counted]
        else:
            return
