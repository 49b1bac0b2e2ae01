"""Idempotency keys: a write repeated with the same key answers with the first result.

The record of a key is created in the transaction of the write itself, so either both exist or
none. It expires after a day.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from hashlib import sha256
from typing import Final

import msgspec

from tenantql.engine.context import Context
from tenantql.engine.user_errors import Problem, UserError
from tenantql.table.entity import Item, Key, entity, entity_of
from tenantql.table.errors import ConditionFailed, Conflict
from tenantql.table.requests import Get
from tenantql.table.writes import Action, Create, Transact

LIFETIME: Final = timedelta(days=1)
MAX_LENGTH: Final = 255


@entity(name="IdempotencyRecord", pk="TENANT#{tenant}#IDEMPOTENCY#{digest}", sk="IDEMPOTENCY")
class IdempotencyRecord(Item, frozen=True, kw_only=True):
    """That a key was used: by what input (a digest), and the table key of the result."""

    digest: str
    fingerprint: str
    result_pk: str
    result_sk: str


class Once:
    """A write that happens once for an idempotency key, and each time without one.

    A key belongs to one subject and one operation: another user's equal key is another key.
    `fields` is the input, by which a key that is used for something else is noticed.
    """

    def __init__(
        self, context: Context, operation: str, key: str | None, fields: msgspec.Struct
    ) -> None:
        self._context = context
        owned = msgspec.json.encode([operation, context.identity.subject, key])
        self._digest = None if key is None else sha256(owned).hexdigest()
        self._fingerprint = sha256(msgspec.json.encode(fields)).hexdigest()
        self._first: Key | None = None

    @property
    def repeated(self) -> bool:
        """Whether `transact` found that the key was used before."""
        return self._first is not None

    @property
    def has_key(self) -> bool:
        """Whether it happens once: without, a write of one action needs no transaction."""
        return self._digest is not None

    async def earlier(self) -> Key | None:
        """The table key of the first result, if the key was used: one read, none without a key.

        For writes that read before they write, and would not find again what they used up.
        Raises UserError if the key was used for another input.
        """
        if self._digest is None:
            return None
        key = entity_of(IdempotencyRecord).key(tenant=self._context.tenant, digest=self._digest)
        found = await Get(IdempotencyRecord, key)
        return None if found is None else self._result(found)

    async def transact(
        self,
        actions: tuple[Action, ...],
        result: Key,
        again: Callable[[], tuple[Action, ...]] | None = None,
    ) -> Key:
        """Runs `actions`, which make the item with the key `result`, and returns that key.

        After a conflict `again` gives the actions of the next attempt; see `Transact`.
        If the key was used before, nothing happens and the first result's key is returned. Raises
        UserError if it was used for another input, ConditionFailed of one of `actions`, Conflict if
        the record of the key expired in this moment.
        """
        if self._digest is None:
            await Transact(actions, again=again)
            return result
        once = Create(self._record(self._digest, result))
        if again is not None:
            bare = again
            again = lambda: (*bare(), once)  # noqa: E731
        try:
            await Transact((*actions, once), again=again)
        except ConditionFailed as error:
            if len(actions) not in error.failed:
                raise
            found = error.stored.get(len(actions))
            if found is None:
                # It was there when the condition was tested: nothing has been written.
                raise Conflict("this idempotency key was in use until now; try again") from None
            self._first = self._result(found)
            return self._first
        return result

    async def first_result[T: msgspec.Struct](self, item: type[T], write: Awaitable[T]) -> T:
        """What `write` gives, which calls `transact`; for a repetition the first result as it is.

        A refusal asks whether it is one: what is in the way of a repetition may be its own first
        call. Raises what `write` raises, UserError if the key was used for another input, and
        Conflict if the first result is gone.
        """
        try:
            made = await write
        except (UserError, Conflict):
            key = await self.earlier()
            if key is None:
                raise
        else:
            if self._first is None:
                return made
            key = self._first
        found = await Get(item, key)
        if found is None:
            raise Conflict("the first result is gone; use a new idempotency key")
        return found

    def _record(self, digest: str, result: Key) -> IdempotencyRecord:
        return IdempotencyRecord(
            **self._context.audit(),
            expires_at=int((self._context.now + LIFETIME).timestamp()),
            digest=digest,
            fingerprint=self._fingerprint,
            result_pk=result.pk,
            result_sk=result.sk,
        )

    def _result(self, found: IdempotencyRecord) -> Key:
        if found.fingerprint != self._fingerprint:
            raise UserError([key_reused()])
        return Key(found.result_pk, found.result_sk)


def problems_of(key: str | None) -> list[Problem]:
    """What is wrong with the form of an idempotency key."""
    if key is None or 0 < len(key) <= MAX_LENGTH:
        return []
    message = f"An idempotency key has 1 to {MAX_LENGTH} characters."
    return [Problem("INVALID", message, ("idempotencyKey",))]


def key_reused() -> Problem:
    """That an idempotency key came again with another input."""
    message = "This idempotency key was used for another input; use a new one."
    return Problem("KEY_REUSED", message, ("idempotencyKey",))
