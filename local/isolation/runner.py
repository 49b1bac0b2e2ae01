"""Sends the rows of the matrix, and compares the answers, and what is left, with the rules.

No row passes for another reason than its own: a denied one must be denied by IAM, show no item
and leave its items as they were; an allowed one must show the items or leave its mark on them.
"""

import itertools
import json
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from botocore import xform_name
from botocore.exceptions import ClientError

from local.isolation.deployment import Connect
from local.isolation.matrix import Row, items_of
from local.isolation.request_types import MARK, Effect, created
from local.isolation.sessions import Sessions
from local.isolation.situations import Place, Target, Tenants

DENIED: Final = "AccessDeniedException"
_CONDITION_FAILED: Final = {"ConditionalCheckFailedException", "TransactionCanceledException"}
_CHUNK: Final = 25
"""Rows that are seeded and looked at together: at most 100 items, for one BatchGetItem."""

_WRITES: Final = 25
"""Items of a BatchWriteItem."""

type Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a row; `problem` is empty if it is what the rules say."""

    row: Row
    answer: str
    problem: str

    def __str__(self) -> str:
        return f"{self.row.name}, but {self.problem or self.answer}"


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A row with its items, as they are before it is sent."""

    row: Row
    items: tuple[Target, ...]
    seeds: Mapping[str, Item]


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer: the error's code if there is one, and all of its text."""

    code: str
    body: Mapping[str, Any]

    def shows(self, item: Target) -> bool:
        """Whether the item is in the answer. Its sort key occurs in no other item."""
        return f'"{item.sk}"' in json.dumps(self.body, default=str)


class Runner:
    """Sends rows to the tables of a stack.

    `tables` says where each place is; rows of a place that is not there must not be given.
    The tester's own client seeds the items, looks at them, and removes them in the end.
    """

    def __init__(
        self,
        connect: Connect,
        sessions: Sessions,
        tables: Mapping[Place, str],
        tenants: Tenants,
        *,
        patience: float = 0,
    ) -> None:
        self._owner = connect("dynamodb")
        self._sessions = sessions
        self._tables = tables
        self._tenants = tenants
        self._patience = patience
        self._run = secrets.token_hex(4)
        self._numbers = itertools.count(1)

    def verdicts(self, rows: Iterable[Row]) -> Iterator[Verdict]:
        """What comes of each row, in order. Raises what is not an answer to a row."""
        for chunk in itertools.batched(rows, _CHUNK, strict=False):
            prepared = [self._prepare(row) for row in chunk]
            self._seed(prepared)
            try:
                answers = [self._answer(each) for each in prepared]
                left = self._items(prepared)
                for each, answer in zip(prepared, answers, strict=True):
                    yield Verdict(each.row, answer.code or "allowed", _problem(each, answer, left))
            finally:
                self._remove(prepared)

    def _prepare(self, row: Row) -> _Prepared:
        case = f"CASE#{self._run}{next(self._numbers):05d}"
        items = items_of(row, self._tables, self._tenants, case)
        # What plants an index key begins without any.
        plants = row.request.plants and row.situation.planted is not None
        seeds = {item.sk: item.key if plants else item.item for item in items}
        return _Prepared(row, items, seeds)

    def _answer(self, prepared: _Prepared) -> _Answer:
        """The answer; a request that must be allowed is asked again while it may be too early."""
        end = time.monotonic() + self._patience
        while True:
            answer = self._send(prepared)
            early = prepared.row.allowed and (answer.code == DENIED or _hides(prepared, answer))
            if not early or time.monotonic() > end:
                return answer
            time.sleep(1)

    def _send(self, prepared: _Prepared) -> _Answer:
        row = prepared.row
        client = self._sessions.of(row.who, row.situation.caller).dynamodb
        method = getattr(client, xform_name(row.request.operation))
        try:
            body = method(**row.request.build(prepared.items))
        except ClientError as error:
            return _Answer(error.response.get("Error", {}).get("Code", "?"), error.response)
        return _Answer(_code_of_statements(body), body)

    def _seed(self, prepared: Sequence[_Prepared]) -> None:
        self._write(
            (item.table, {"PutRequest": {"Item": each.seeds[item.sk]}})
            for each in prepared
            for item in each.items
        )

    def _remove(self, prepared: Sequence[_Prepared]) -> None:
        self._write(
            (item.table, {"DeleteRequest": {"Key": key}})
            for each in prepared
            for item in each.items
            for key in (
                [item.key, created(item)]
                if each.row.request.effect is Effect.CREATES
                else [item.key]
            )
        )

    def _write(self, writes: Iterable[tuple[str, Any]]) -> None:
        for chunk in itertools.batched(writes, _WRITES, strict=False):
            waiting: dict[str, list[Any]] = {}
            for table, write in chunk:
                waiting.setdefault(table, []).append(write)
            while waiting:
                waiting = self._owner.batch_write_item(RequestItems=waiting)["UnprocessedItems"]

    def _items(self, prepared: Sequence[_Prepared]) -> dict[str, Item]:
        """The items that the rows' requests were about, as they are now, by sort key."""
        waiting: dict[str, Any] = {}
        for each in prepared:
            for item in each.items:
                keys = waiting.setdefault(item.table, {"Keys": [], "ConsistentRead": True})["Keys"]
                keys.append(item.key)
                if each.row.request.effect is Effect.CREATES:
                    keys.append(created(item))
        found: dict[str, Item] = {}
        while waiting:
            answer = self._owner.batch_get_item(RequestItems=waiting)
            for items in answer["Responses"].values():
                found |= {item["SK"]["S"]: item for item in items}
            waiting = answer["UnprocessedKeys"]
        return found


def _code_of_statements(body: Mapping[str, Any]) -> str:
    """The code of a batch of PartiQL statements, which fail one by one; "" if one was allowed."""
    statements: Any = body.get("Responses")
    if not isinstance(statements, list) or not statements:
        return ""
    failed = [each.get("Error", {}).get("Code") for each in cast("list[Any]", statements)]
    return DENIED if all(code == "AccessDenied" for code in failed) else ""


def _hides(prepared: _Prepared, answer: _Answer) -> bool:
    """Whether an answer that should show the row's items does not (yet)."""
    if prepared.row.request.effect not in {Effect.ANSWERS, Effect.REFUSES_WITH_ITEM}:
        return False
    return not all(answer.shows(item) for item in prepared.items)


def _problem(prepared: _Prepared, answer: _Answer, left: Mapping[str, Item]) -> str:
    """What is wrong with the answer or with what it left, or an empty text."""
    if prepared.row.allowed:
        return _problem_of_allowed(prepared, answer, left)
    if answer.code != DENIED:
        return f"the answer is {answer.code or 'a success'}"
    if any(answer.shows(item) for item in prepared.items):
        return "the refusal shows the item"
    for item in prepared.items:
        if left.get(item.sk) != prepared.seeds[item.sk]:
            return "the item has changed"
        if created(item)["SK"]["S"] in left:
            return "an item has been made"
    return ""


def _problem_of_allowed(prepared: _Prepared, answer: _Answer, left: Mapping[str, Item]) -> str:
    effect = prepared.row.request.effect
    conditional = effect is Effect.REFUSES_WITH_ITEM
    if conditional != bool(answer.code) or (conditional and answer.code not in _CONDITION_FAILED):
        message = answer.body.get("Error", {}).get("Message", "")
        return f"the answer is {answer.code or 'a success'} {message}".strip()
    if _hides(prepared, answer):
        return "the answer does not show the item"
    if effect is Effect.ANSWERS_SOME and not answer.body.get("Items"):
        return "the answer shows nothing"
    return "" if _left_as_it_should(prepared, left) else f"it is not so that it {effect}"


def _left_as_it_should(prepared: _Prepared, left: Mapping[str, Item]) -> bool:
    """Whether an allowed request has left its items as its effect says."""
    items = prepared.items
    marked = [_written(item, left.get(item.sk)) for item in items]
    unchanged = [left.get(item.sk) == prepared.seeds[item.sk] for item in items]
    match prepared.row.request.effect:
        case Effect.REMOVES:
            return not any(item.sk in left for item in items)
        case Effect.CREATES:
            return all(created(item)["SK"]["S"] in left for item in items)
        case Effect.MARKS:
            return all(marked)
        case Effect.MARKS_FIRST:
            return marked[0] and unchanged[1]
        case _:
            return all(unchanged)


def _written(item: Target, now: Item | None) -> bool:
    """Whether the item has the mark, and the index keys that the target names."""
    if now is None or MARK not in now:
        return False
    return all(now.get(name) == {"S": value} for name, value in item.indexes.items())
