"""Calls and units of a page as the table grows: the same, however much there is.

Pages at the start of each list, behind a cursor, at its end, and ahead of that: asked of the
endpoint over the stand-in's table, which keeps order and pages as DynamoDB does. Units are by its
documented rules, from the sizes of the items that were read.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from rich.progress import Progress

from benchmarks import shop
from benchmarks.cases import global_id
from benchmarks.report import Findings, Target, new_table
from benchmarks.sides import ENDPOINT, RUNTIME, Handler, handler
from benchmarks.stub.delays import AT_ONCE
from benchmarks.stub.process import Stub
from tenantql.table.retries import READS
from tests.unit.http.events import posted

SIZES: Final = (1_000, 10_000, 100_000, 1_000_000)

STEP: Final = 50_000
PAGE: Final = 20

_LISTS: Final[Mapping[str, str]] = {
    "U7 users": "users(WINDOW)",
    "O2 a customer's orders": "orders(userId: $user, WINDOW)",
    "O11 recent orders": "recentOrders(WINDOW)",
    "O8 orders by status": "ordersByStatus(status: PLACED, WINDOW)",
    "I2 invoices": "invoices(WINDOW)",
    "I2 invoices by status": "invoices(status: PARTLY_REFUNDED, WINDOW)",
    "I5 customers by spend": 'topCustomers(currency: "EUR", WINDOW)',
}

_SINGLE: Final[Mapping[str, str]] = {
    "I1 an invoice": "invoice(id: $invoice) { __typename }",
    "U3 a user by e-mail": 'userByEmail(email: "user1@example.com") { __typename }',
}

_PAGE: Final = "{ nodes { __typename } pageInfo { startCursor endCursor } }"

_IDS: Final = {"user": shop.user_number(0), "invoice": shop.invoice_number(0)}


@dataclass(frozen=True)
class Cost:
    """What a page cost."""

    calls: int
    units: float


def run(stub: Stub, sizes: Sequence[int], progress: Progress) -> Findings:
    """Grow the table to each of `sizes` and ask every page. Raises ValueError for a wrong page."""
    ask = _Asking(handler(ENDPOINT, stub.urls[AT_ONCE]), stub)
    costs: dict[str, list[Cost]] = {}
    task = progress.add_task("Growth", total=sizes[-1])
    for size in sizes:
        progress.update(task, description=f"Growth: to {size:,} items")
        for items in range(STEP, size + STEP, STEP):
            stub.grow(min(items, size))
            progress.update(task, completed=min(items, size))
        for name, cost in _pages(ask).items():
            costs.setdefault(name, []).append(cost)
    progress.remove_task(task)
    return findings(costs, sizes)


def findings(costs: Mapping[str, Sequence[Cost]], sizes: Sequence[int]) -> Findings:
    """The table, and how many pages cost another amount when there is more."""
    headings = [f"{size:,} items" for size in sizes]
    title = "Calls / read units of a page as the table grows"
    table = new_table(title, f"{PAGE} at the start, behind, end, ahead", *headings)
    rows: dict[str, list[list[str]]] = {}
    for name, found in costs.items():
        cells = rows.setdefault(name.partition(",")[0], [[] for _ in sizes])
        for cell, cost in zip(cells, found, strict=True):
            cell.append(f"{cost.calls} / {cost.units:g}")
    for name, cells in rows.items():
        # The pages of a list cost the same, unless something is wrong.
        table.add_row(name, *(", ".join(dict.fromkeys(cell)) for cell in cells))
    grown = sum(len(set(found)) > 1 for found in costs.values())
    data = {name: [asdict(cost) for cost in found] for name, found in costs.items()}
    what = f"pages that cost more at {sizes[-1]:,} items"
    return Findings([table], {"sizes": list(sizes), "costs": data}, [Target(what, grown, 0, "")])


def _pages(ask: "_Asking") -> dict[str, Cost]:
    costs: dict[str, Cost] = {}
    for name, field in _SINGLE.items():
        costs[name], _ = ask(field)
    for name, field in _LISTS.items():
        for way, cursor, end in (
            ("first", "after", "endCursor"),
            ("last", "before", "startCursor"),
        ):
            cost, info = ask.page(field, f"{way}: {PAGE}")
            costs[f"{name}, {way} {PAGE}"] = cost
            cost, _ = ask.page(field, f'{way}: {PAGE}, {cursor}: "{info[end]}"')
            costs[f"{name}, {way} {PAGE} {cursor}"] = cost
    return costs


class _Asking:
    """Asks the endpoint, and the stand-in what that cost."""

    def __init__(self, handler: Handler, stub: Stub) -> None:
        self._handler = handler
        self._stub = stub

    def __call__(self, field: str) -> tuple[Cost, Any]:
        """What a field of Query costs, and its value. Raises ValueError if there is none."""
        used = [name for name in _IDS if f"${name}" in field]
        declared = ", ".join(f"${name}: ID!" for name in used)
        text = f"query({declared}) {{ {field} }}" if used else f"{{ {field} }}"
        ids = {name: global_id(_IDS[name]) for name in used}
        self._stub.last_calls()
        response = self._handler(posted(text, variables=ids, identity=shop.STAFF), RUNTIME)
        # What the tenant has used is written beside a read once in a while; that is no page's cost.
        made = [call for call in self._stub.last_calls() if call.operation in READS]
        body = json.loads(response["body"])
        (value,) = (body.get("data") or {"": None}).values()
        if value is None or "errors" in body:
            raise ValueError(f"{text} is answered with {body}")
        return Cost(len(made), sum(call.units for call in made)), value

    def page(self, field: str, window: str) -> tuple[Cost, Mapping[str, str]]:
        """What a page of a list costs, and its `pageInfo`. Raises ValueError if it is not full."""
        cost, value = self(f"{field.replace('WINDOW', window)} {_PAGE}")
        if len(value["nodes"]) != PAGE:
            raise ValueError(f"{field} has {len(value['nodes'])} of {PAGE} for {window}")
        return cost, value["pageInfo"]
