"""Running requests: checked, called, checked again; the same for every transport.

Requests that run together are one round: equal reads are made once, and reads by key share a
BatchGetItem, strong and eventual ones apart, since DynamoDB has one consistency for a table.
"""

from collections.abc import Sequence
from typing import Any, Final, cast

import msgspec

from tenantql.table.access import Access
from tenantql.table.answers import living
from tenantql.table.entity import Key
from tenantql.table.errors import TableError
from tenantql.table.guards import ensure_own_keys
from tenantql.table.programs import lookup, program_of
from tenantql.table.requests import MAX_GETS, AnyRequest, BatchGet, Get, Query, Request
from tenantql.table.sending import PLAIN, Outcome, Program, Surroundings, deliver
from tenantql.table.transport import Transport

type Asked = tuple[AnyRequest, Access]
"""A request, and the right with which it runs."""

type KeyRead = Get[Any] | BatchGet[Any]

_READS: Final = (Get, BatchGet, Query)


def run[R](
    transport: Transport, request: Request[R], access: Access, around: Surroundings = PLAIN
) -> R:
    """What `request` becomes under `access`.

    Raises ForeignKey before a call for a key outside of it, ForeignItem after one that answers
    with such an item, ConditionFailed, Conflict, Throttled and Unavailable when trying again did
    not help, OutcomeUnknown for a write whose answer was lost, and what the transport raises.
    """
    (outcome,) = run_all(transport, [(request, access)], around)
    if outcome.error is not None:
        raise outcome.error
    return cast("R", outcome.value)


def run_all(
    transport: Transport, asked: Sequence[Asked], around: Surroundings = PLAIN
) -> list[Outcome]:
    """What becomes of requests that run together, in their order; see `run`. Does not raise."""
    if len(asked) == 1:
        return _alone(transport, *asked[0], around)
    plan = _Plan([Outcome() for _ in asked])
    for number, (request, access) in enumerate(asked):
        plan.add(number, request, access)
    programs = [(job.program(), job.access.credentials) for job in plan.jobs]
    for job, outcome in zip(plan.jobs, deliver(transport, programs, around), strict=True):
        job.settle(outcome, plan.outcomes)
    for number, same in plan.repeats:
        plan.outcomes[number] = plan.outcomes[same]
    return plan.outcomes


def _alone(
    transport: Transport, request: AnyRequest, access: Access, around: Surroundings
) -> list[Outcome]:
    """What becomes of a request that nothing can be shared with."""
    try:
        ensure_own_keys(request, access)
    except TableError as error:
        return [Outcome(error=error)]
    return deliver(transport, [(program_of(request, access), access.credentials)], around)


class _Plan(msgspec.Struct):
    """Which requests share calls, and which need none: they repeat another, or are refused."""

    outcomes: list[Outcome]
    jobs: list["_Job"] = []
    repeats: list[tuple[int, int]] = []
    _reads: dict[tuple[int, AnyRequest], int] = {}
    _lookups: dict[tuple[int, bool], "_Lookup"] = {}

    def add(self, number: int, request: AnyRequest, access: Access) -> None:
        if isinstance(request, _READS):
            same = self._reads.setdefault((id(access), cast("AnyRequest", request)), number)
            if same != number:
                self.repeats.append((number, same))
                return
        try:
            ensure_own_keys(cast("AnyRequest", request), access)
        except TableError as error:
            self.outcomes[number].error = error
            return
        if isinstance(request, Get | BatchGet):
            self._lookup(number, cast("KeyRead", request), access)
        else:
            self.jobs.append(_Single(access, number, cast("AnyRequest", request)))

    def _lookup(self, number: int, request: KeyRead, access: Access) -> None:
        key = (id(access), request.consistent)
        shared = self._lookups.get(key)
        if shared is None or not shared.takes(request):
            shared = self._lookups[key] = _Lookup(access, request.consistent)
            self.jobs.append(shared)
        shared.add(number, request)


class _Single(msgspec.Struct):
    """A request that has calls of its own."""

    access: Access
    number: int
    request: AnyRequest

    def program(self) -> Program:
        return program_of(self.request, self.access)

    def settle(self, outcome: Outcome, outcomes: list[Outcome]) -> None:
        outcomes[self.number] = outcome


class _Lookup(msgspec.Struct):
    """Requests for items by key that share their calls."""

    access: Access
    consistent: bool
    keys: dict[Key, None] = {}
    requests: list[tuple[int, KeyRead]] = []

    def takes(self, request: KeyRead) -> bool:
        new = sum(key not in self.keys for key in _keys(request))
        return len(self.keys) + new <= MAX_GETS

    def add(self, number: int, request: KeyRead) -> None:
        self.requests.append((number, request))
        self.keys.update(dict.fromkeys(_keys(request)))

    def program(self) -> Program:
        if len(self.requests) == 1:
            return program_of(self.requests[0][1], self.access)
        return lookup(self.keys, self.access, consistent=self.consistent)

    def settle(self, outcome: Outcome, outcomes: list[Outcome]) -> None:
        if len(self.requests) == 1:
            outcomes[self.requests[0][0]] = outcome
            return
        for number, request in self.requests:
            if outcome.error is not None:
                outcomes[number].error = outcome.error
                continue
            try:
                items = [living(request.item, outcome.value.get(key)) for key in _keys(request)]
            except Exception as error:  # noqa: BLE001 - of who asked for this item, and nobody else
                outcomes[number].error = error
            else:
                single = isinstance(request, Get)
                outcomes[number].value = items[0] if single else tuple(items)


type _Job = _Single | _Lookup


def _keys(request: KeyRead) -> tuple[Key, ...]:
    return (request.key,) if isinstance(request, Get) else request.keys
