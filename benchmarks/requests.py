"""The time of whole requests: event in, response out, beside the stock stack and bare calls."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple
from typing import Any, Final, cast

from rich.progress import Progress
from rich.table import Table

from benchmarks.cases import CASES, Case
from benchmarks.report import Findings, Target, new_table
from benchmarks.sides import (
    OURS,
    RUNTIME,
    SIDES,
    STOCK_STACK,
    Handler,
    bare_calls,
    direct_calls,
    handler,
)
from benchmarks.stub.process import Made, Stub
from benchmarks.timing import Ask, Timing, interleaved
from benchmarks.wire import bare_wire

# What TenantQL calls: by a boto3 client, by the direct transport, as bytes made beforehand.
BARE: Final = "bare boto3 calls"
DIRECT: Final = "bare direct calls"
WIRE: Final = "bare wire"

_PROMISED: Final = (
    ("A", BARE, 0.25),
    ("B", BARE, 0.25),
    ("B-edges", BARE, 0.25),
    ("A", STOCK_STACK, 0.08),
    ("B", STOCK_STACK, 0.08),
    ("B-edges", STOCK_STACK, 0.08),
    ("A", DIRECT, 1.5),
    ("B", DIRECT, 2.5),
    ("B-edges", DIRECT, 2.5),
)
"""Of a case and what it is compared with: the ratio that is promised."""

type Measured = Mapping[str, Mapping[str, Timing]]
"""What each side of each case took."""


def run(cases: Sequence[Case], stub: Stub, repeat: int, progress: Progress) -> Findings:
    """Time each case on every side. Raises ValueError if the sides answer differently."""
    handlers = {
        delay: {
            side: handler(app, stub.urls[delay], **settings)
            for side, (app, settings) in SIDES.items()
        }
        for delay in {case.delay for case in cases}
    }
    measured: dict[str, dict[str, Timing]] = {}
    for case in cases:
        found, url = handlers[case.delay], stub.urls[case.delay]
        calls = calls_of(case, found, stub)
        asks: dict[str, Ask] = {side: asking(each, case) for side, each in found.items()}
        asks[BARE] = bare_calls(url, calls)
        asks[DIRECT] = direct_calls(url, calls, together=case.together)
        asks[WIRE] = bare_wire(url, calls, together=case.together)
        measured[case.name] = interleaved(asks, repeat, progress, f"{case.name}: {case.title}")
    return findings(measured)


def findings(measured: Measured) -> Findings:
    """The tables and ratios of what was measured."""
    data = {
        case: {side: asdict(timing) for side, timing in sides.items()}
        for case, sides in measured.items()
    }
    tables = [_table(CASES[name], sides) for name, sides in measured.items()]
    return Findings(tables, data, targets(measured))


def targets(measured: Measured) -> list[Target]:
    """The ratios that are promised."""
    found = [
        _ratio(f"{case}, over {other}", sides[OURS], sides[other], limit)
        for case, other, limit in _PROMISED
        if other in (sides := measured.get(case, {}))
    ]
    if {"one-4ms", "five-4ms"} <= measured.keys():
        five, one = measured["five-4ms"][OURS], measured["one-4ms"][OURS]
        found.append(_ratio("five reads over one, server 4 ms", five, one, 1.5))
    return found


def _ratio(what: str, one: Timing, other: Timing, limit: float) -> Target:
    p10, cpu = one.p10 / other.p10, one.cpu / other.cpu
    return Target(what, one.p50 / other.p50, limit, p10=p10, cpu=cpu)


def asking(handler: Handler, case: Case) -> Ask:
    """Asks a handler one case."""
    events = case.events()
    return lambda: handler(next(events), RUNTIME)


def calls_of(case: Case, handlers: Mapping[str, Handler], stub: Stub) -> list[Made]:
    """The calls with which TenantQL answers `case`.

    Raises ValueError if the sides answer differently. Cursors may differ: ours are sealed.
    """
    event = next(case.events())
    handlers[OURS](event, RUNTIME)  # The first one fetches credentials and the routing record.
    stub.last_calls()
    ours, calls = json.loads(handlers[OURS](event, RUNTIME)["body"]), stub.last_calls()
    hidden = case.made_up | {"cursor", "endCursor", "startCursor"}
    for side, each in handlers.items():
        theirs = json.loads(each(event, RUNTIME)["body"])
        if "errors" in ours or _without(hidden, ours["data"]) != _without(hidden, theirs["data"]):
            raise ValueError(f"{case.name}: {side} answers\n{theirs}\nand {OURS}\n{ours}")
    return calls


def _without(names: frozenset[str], answer: Any) -> Any:
    match answer:
        case dict():
            found = cast("dict[str, Any]", answer)
            return {k: _without(names, value) for k, value in found.items() if k not in names}
        case list():
            return [_without(names, element) for element in cast("list[Any]", answer)]
        case _:
            return answer


def _table(case: Case, sides: Mapping[str, Timing]) -> Table:
    table = new_table(
        f"{case.name}: {case.title}", "", "p10 ms", "p50 ms", "p99 ms", "CPU ms", "x boto3"
    )
    for side, timing in sides.items():
        numbers = (f"{each:.2f}" for each in astuple(timing))
        table.add_row(side, *numbers, f"{timing.p50 / sides[BARE].p50:.2f}")
    return table
