"""Settling: what of a suspicion is believed, and how it is mended beside everything else.

The tenant may be written to meanwhile. So a difference is believed only if two looks find the very
same one, and what each of them rests on (versions of items) is the same as well. What is another
difference each time is told as moving, and is not mended. Mending is a write under the condition
that nothing has changed since the second look; then another look follows.
"""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from tenantql.table.entity import timestamp

LOOKS: Final = 5
WRITER: Final = "rebuild"
"""Who mends, in the items."""


class CannotMend(Exception):
    """Raised by what mends, for a difference that somebody has to decide about; it says why."""


class Wrong(msgspec.Struct, frozen=True):
    """Something that is not what its sources say; None is nothing."""

    found: Any
    expected: Any


class Difference(msgspec.Struct, frozen=True):
    """What is wrong with something, by the names of what is wrong."""

    owner: str
    wrong: Mapping[str, Wrong]
    why_left: str = ""


class Outcome(msgspec.Struct):
    """What a rebuild found: how many owners, what differs, what was mended, what is moving."""

    owners: int = 0
    differences: list[Difference] = []
    mended: list[Difference] = []
    moving: list[str] = []

    @property
    def agrees(self) -> bool:
        """Whether everything is as it must be, as far as is known."""
        return not self.differences and not self.moving


class Watcher(msgspec.Struct, frozen=True):
    """Told how many items of a type were read, of how many; and how to wait between looks."""

    read: Callable[[str, int, int], None] = lambda _type, _done, _all: None
    pause: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What a look found wrong, and what that rests on: None if it changed during the look.

    `mend` writes, and says whether it did: not if any of that has changed since. Raises CannotMend.
    """

    wrong: Mapping[str, Wrong]
    evidence: object
    mend: Callable[[], Coroutine[Any, Any, bool]] = field(compare=False)


type Suspicions = Mapping[str, Suspicion]
"""What is suspected, by owner."""


async def settle(
    look: Callable[[], Coroutine[Any, Any, Suspicions]], watcher: Watcher, *, mend: bool
) -> Outcome:
    """Looks until it is known what differs, and with `mend` puts that right.

    In the outcome `differences` and `moving` are as the last look found them.
    """
    outcome, why_left = Outcome(), dict[str, str]()
    seen: Suspicions = {}
    for number in range(LOOKS):
        if number:
            watcher.pause()
        now = await look()
        sure = {owner: now[owner] for owner in sorted(now) if _same(seen.get(owner), now[owner])}
        outcome.differences = [
            Difference(owner, each.wrong, why_left.get(owner, "")) for owner, each in sure.items()
        ]
        outcome.moving = sorted(now.keys() - sure.keys())
        if not outcome.moving and not (mend and sure.keys() - why_left.keys()):
            break
        if mend and number < LOOKS - 1:
            for owner, each in sure.items():
                try:
                    if await each.mend():
                        outcome.mended.append(Difference(owner, each.wrong))
                except CannotMend as why:
                    why_left[owner] = str(why)
        seen = now
    left = {each.owner for each in outcome.differences} | {*outcome.moving}
    outcome.mended = [each for each in outcome.mended if each.owner not in left]
    return outcome


def audit_of_now(tenant: str) -> dict[str, Any]:
    """Whose a new item is, and that it was written by a rebuild."""
    now = timestamp(datetime.now(UTC))
    by = {"created_at": now, "created_by": WRITER, "updated_at": now, "updated_by": WRITER}
    return {"tenant": tenant, **by}


def _same(before: Suspicion | None, now: Suspicion) -> bool:
    return now.evidence is not None and before == now
