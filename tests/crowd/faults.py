"""Calls that fail, as DynamoDB and the network fail them."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tenantql.table.encoding import Call
from tenantql.table.errors import Conflict, OutcomeUnknown, Throttled, Unavailable

KINDS = ("lost before", "lost after", "throttled", "unavailable", "conflict", "partial", "died")
ROWS = (1, 1, 1, 1, 2, 6)
"""How many calls in a row fail: often trying again helps, sometimes not."""

type Answer = Mapping[str, Any]


@dataclass
class Faults:
    """Draws which calls fail, and how; counts them. `share` is of the calls that begin a row."""

    chance: Random
    share: float = 0.0
    counts: Counter[str] = field(default_factory=Counter[str])
    _rows: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    _dead: set[str] = field(default_factory=set[str])

    def begin(self, worker: str) -> None:
        """A worker's function is invoked."""
        self._dead.discard(worker)
        self._rows.pop(worker, None)

    def died(self, worker: str) -> bool:
        """Whether the function has ended amid its work: then nobody has its answer."""
        return worker in self._dead

    def send(self, worker: str, call: Call, carry_out: Callable[[Call], Answer]) -> Answer:
        """The answer to a call, if it does not fail. Raises TableError."""
        if worker in self._dead:
            raise OutcomeUnknown("a function that is dead makes no calls")
        kind = self._kind(worker, call)
        if kind is None:
            return carry_out(call)
        self.counts[kind] += 1
        match kind:
            case "conflict":
                raise Conflict("another write was in the way; try again")
            case "throttled":
                raise Throttled("the table is busy")
            case "unavailable":
                raise Unavailable("no answer")
            case "partial":
                return self._partial(call, carry_out)
            case "lost before":
                raise OutcomeUnknown("no answer")
            case "lost after":
                carry_out(call)
                raise OutcomeUnknown("no answer")
            case _:
                self._dead.add(worker)
                if self.chance.random() < 0.5:
                    carry_out(call)
                raise OutcomeUnknown("the function has ended")

    def _kind(self, worker: str, call: Call) -> str | None:
        row = self._rows.setdefault(worker, [])
        if not row:
            if self.chance.random() >= self.share:
                return None
            row += [self.chance.choice(KINDS)] * self.chance.choice(ROWS)
        kind = row.pop()
        if kind == "conflict" and call.operation in {"GetItem", "BatchGetItem", "Query"}:
            return None
        if kind == "partial" and not call.operation.startswith("Batch"):
            return None
        return kind

    def _partial(self, call: Call, carry_out: Callable[[Call], Answer]) -> Answer:
        """What DynamoDB does with a batch when it is busy: a part of it, and tells which."""
        ((table, asked),) = call.parameters["RequestItems"].items()
        wanted = asked["Keys"] if call.operation == "BatchGetItem" else asked
        done = self.chance.randrange(len(wanted))

        def part(some: list[Any]) -> dict[str, Any]:
            return {table: {**asked, "Keys": some} if call.operation == "BatchGetItem" else some}

        left = "UnprocessedKeys" if call.operation == "BatchGetItem" else "UnprocessedItems"
        if not done:
            return {left: part(wanted)}
        call = Call(call.operation, {**call.parameters, "RequestItems": part(wanted[:done])})
        return {**carry_out(call), left: part(wanted[done:])}
