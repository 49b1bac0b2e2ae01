"""The time of whole requests: event in, response out, beside the stock stack and bare calls."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, cast

from rich.progress import Progress
from rich.table import Table

from benchmarks.cases import CASES, Case
from benchmarks.sides import ENDPOINT, STOCK, Handler, bare_call, handler
from benchmarks.stub.process import Stub
from benchmarks.targets import Target
from benchmarks.timing import Ask, Timing, interleaved
from tests.integration.installation import Runtime

OURS: Final = "TenantQL over boto3"
THE_STOCK: Final = "stock: Ariadne, boto3 resource, json"
BARE: Final = "one bare boto3 call"

_PROMISED: Final = (
    ("A", BARE, 0.5, 0.25),
    ("B", BARE, 0.8, 0.25),
    ("B-edges", BARE, 0.8, 0.25),
    ("A", THE_STOCK, None, 0.08),
    ("B", THE_STOCK, None, 0.08),
    ("B-edges", THE_STOCK, None, 0.08),
)
"""Of a case and what it is compared with: the ratio that is promised now, and later."""

RUNTIME: Final = Runtime()

type Measured = Mapping[str, Mapping[str, Timing]]
"""What each side of each case took."""


@dataclass(frozen=True)
class Requests:
    """What whole requests took, by case and side."""

    measured: Measured

    def tables(self) -> list[Table]:
        """One table of all cases."""
        return [_table(CASES[name], sides) for name, sides in self.measured.items()]

    def targets(self) -> list[Target]:
        """The ratios that are promised."""
        return [
            Target(f"{case}, over {other}", _ratio(self.measured[case], other), now, later)
            for case, other, now, later in _PROMISED
            if case in self.measured
        ]

    def data(self) -> dict[str, Any]:
        """The same for programs."""
        return {
            case: {side: asdict(timing) for side, timing in sides.items()}
            for case, sides in self.measured.items()
        }


def run(cases: Sequence[Case], stub: Stub, repeat: int, progress: Progress) -> Requests:
    """Time each case on every side. Raises ValueError if the sides answer differently."""
    url = stub.urls[0.0]
    ours, stock = handler(ENDPOINT, url), handler(STOCK, url)
    measured: dict[str, dict[str, Timing]] = {}
    for case in cases:
        call = ensure_same_answer(case, ours, stock, stub)
        asks: dict[str, Ask] = {
            OURS: asking(ours, case),
            THE_STOCK: asking(stock, case),
            BARE: bare_call(url, *call),
        }
        measured[case.name] = interleaved(asks, repeat, progress, f"{case.name}: {case.title}")
    return Requests(measured)


def asking(handler: Handler, case: Case) -> Ask:
    """Asks a handler one case."""
    event = case.event()
    return lambda: handler(event, RUNTIME)


def ensure_same_answer(
    case: Case, ours: Handler, stock: Handler, stub: Stub
) -> tuple[str, dict[str, Any]]:
    """The call that answers `case`. Raises ValueError if the sides answer differently.

    Cursors may differ: ours are sealed.
    """
    event = case.event()
    ours(event, RUNTIME)  # The first one fetches credentials and the routing record.
    stub.last_requests()
    answers = [json.loads(each(event, RUNTIME)["body"]) for each in (ours, stock)]
    if "errors" in answers[0] or _plain(answers[0]) != _plain(answers[1]):
        raise ValueError(f"{case.name} is answered differently: {answers}")
    return stub.last_requests()[0]


def _plain(answer: Any) -> Any:
    """An answer without its cursors."""
    match answer:
        case dict():
            found = cast(dict[str, Any], answer)
            cursors = {"cursor", "endCursor", "startCursor"}
            return {name: _plain(value) for name, value in found.items() if name not in cursors}
        case list():
            return [_plain(element) for element in cast(list[Any], answer)]
        case _:
            return answer


def _ratio(sides: Mapping[str, Timing], other: str) -> float:
    return sides[OURS].p50 / sides[other].p50


def _table(case: Case, sides: Mapping[str, Timing]) -> Table:
    title = f"{case.name}: {case.title}"
    table = Table(title=title, box=None, header_style="bold", title_justify="left")
    table.add_column("", min_width=40)
    for name in ("p50 ms", "p99 ms", "CPU ms", "x bare call"):
        table.add_column(name, justify="right")
    bare = sides.get(BARE)
    for side, timing in sides.items():
        over = f"{timing.p50 / bare.p50:.2f}" if bare else ""
        numbers = (f"{each:.2f}" for each in (timing.p50, timing.p99, timing.cpu))
        table.add_row(side, *numbers, over)
    return table
