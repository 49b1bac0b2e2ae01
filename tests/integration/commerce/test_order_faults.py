"""Cancelling and shipping when the function dies, collides, or others are faster."""

from collections.abc import Callable
from typing import Any

import pytest

from tenantql.commerce.consumers import copy_order
from tenantql.commerce.model import Fulfilment, Order
from tenantql.engine.changes import Consumers, Dispatcher, Record
from tenantql.table import retries
from tenantql.table.retries import CONFLICT_ATTEMPTS
from tenantql.tenancy import admission
from tenantql.tenancy.routing import Routes
from tests.integration.commerce.faults import Between, Colliding, Dying
from tests.integration.commerce.shop import PAY, Shop, codes, payload
from tests.integration.commerce.test_cancellation import CANCEL
from tests.integration.commerce.test_fulfilments import ADVANCE, SHIPPED, Sale

CALLS = 2
"""The order, the transaction."""

DOINGS: dict[str, Callable[[Sale], tuple[str, dict[str, Any]]]] = {
    "cancelOrder": lambda sale: (CANCEL, {"id": sale.order}),
    "advanceFulfilment": lambda sale: (ADVANCE, {"id": sale.parts["pan"], **SHIPPED}),
}


@pytest.fixture
def sale(shop: Shop) -> Sale:
    """An order whose pans are packed."""
    sale = Sale(shop)
    sale.go(shop.staff, "pan", "PACKED")
    return sale


@pytest.mark.pattern("O4", "O5")
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, CALLS + 1))
@pytest.mark.parametrize("mutation", DOINGS)
def test_it_happens_once_whenever_the_function_dies(
    shop: Shop, sale: Sale, mutation: str, at: int, after: bool
) -> None:
    text, fields = DOINGS[mutation](sale)
    fields |= {"idempotencyKey": "a"}
    before = shop.books()
    mortal = shop.instance_over(lambda transport: Dying(transport, at, after))
    assert mortal.ask(shop.staff, text, i=fields).codes == ["INTERNAL"]
    done = at == CALLS and after
    assert (shop.books().balance() != before) is done
    results = [shop.change(shop.staff, text, **fields) for _ in range(2)]
    assert results[0] == results[1]
    assert codes(results[0]) == []
    shop.books().balance()


@pytest.mark.pattern("O4", "O5")
@pytest.mark.parametrize("times", [1, CONFLICT_ATTEMPTS])
@pytest.mark.parametrize("mutation", DOINGS)
def test_a_conflict_leaves_nothing_half_written(
    shop: Shop, sale: Sale, monkeypatch: pytest.MonkeyPatch, mutation: str, times: int
) -> None:
    monkeypatch.setattr(retries, "FIRST_PAUSE", 0.0)
    text, fields = DOINGS[mutation](sale)
    before = shop.books()
    busy = shop.instance_over(lambda transport: Colliding(transport, CALLS, times))
    answer = busy.ask(shop.staff, text, i=fields)
    done = times < CONFLICT_ATTEMPTS
    assert answer.codes == ([] if done else ["CONFLICT"])
    assert (shop.books().balance() != before) is done


@pytest.mark.parametrize("mutation", DOINGS)
def test_what_happens_to_the_order_meanwhile_is_noticed(
    shop: Shop, sale: Sale, mutation: str
) -> None:
    text, fields = DOINGS[mutation](sale)

    def meanwhile() -> None:
        sale.go(shop.staff, "pot", "PACKED")

    slow = shop.instance_over(lambda transport: Between(transport, CALLS, meanwhile))
    assert slow.ask(shop.staff, text, i=fields).codes == ["CONFLICT"]
    assert codes(shop.change(shop.staff, text, **fields)) == []
    shop.books().balance()


def test_a_payment_and_a_cancellation_at_once_are_one_of_them(shop: Shop) -> None:
    sale = Sale(shop, paid=False)
    invoice = shop.invoice_of({"id": sale.order})

    def pay() -> None:
        assert codes(shop.change(shop.staff, PAY, id=invoice, idempotencyKey="a")) == []

    slow = shop.instance_over(lambda transport: Between(transport, CALLS, pay))
    assert slow.ask(shop.staff, CANCEL, i={"id": sale.order}).codes == ["CONFLICT"]
    assert sale.status == "PAID"
    assert codes(shop.change(shop.staff, CANCEL, id=sale.order)) == []
    (bill,) = shop.books().balance().invoices
    assert bill.refunded == bill.total


@pytest.mark.pattern("O10")
def test_the_stream_carries_an_orders_status_to_its_fulfilments(shop: Shop) -> None:
    """Each record twice, and the older after the newer."""
    sale = Sale(shop, paid=False)
    states = [_raw_order(shop)]
    sale.pay()
    states.append(_raw_order(shop))
    sale.go(shop.staff, "pan", "PACKED")
    states.append(_raw_order(shop))
    assert _copies(shop) == {"pan": ("PROCESSING", True), "pot": ("PLACED", False)}
    dispatcher = _dispatcher(shop)
    for number, seen in enumerate(((0, 1), (0, 1), (1, 2), (0, 1), (1, 2))):
        before, after = (states[each] for each in seen)
        batch = dispatcher.batch()
        table = shop.installation.stack.data_table
        batch.take(Record(str(number), table, before, after))
        assert batch.finish() == {}
        now = "PAID" if number < 2 else "PROCESSING"
        assert _copies(shop) == {"pan": ("PROCESSING", True), "pot": (now, True)}
    text = "{ fulfilments { nodes { orderStatus orderPaid } } }"
    found = shop.instance.ask(sale.other, text).data["fulfilments"]["nodes"]
    assert found == [{"orderStatus": "PROCESSING", "orderPaid": True}]


def _raw_order(shop: Shop) -> Any:
    (found,) = (
        item for item in shop.installation.items(shop.tenant) if item["type"]["S"] == "Order"
    )
    return found


def _copies(shop: Shop) -> dict[str, tuple[str, bool]]:
    parts: list[Fulfilment] = shop.books().items["Fulfilment"]
    return {
        part.lines[0].title.lower(): (part.order_status.value, part.order_paid) for part in parts
    }


def _dispatcher(shop: Shop) -> Dispatcher:
    """What the stream's function has, for the consumer of orders alone."""
    installation = shop.installation
    control = admission.control_access(
        installation.stack.control_table, lambda: installation._own["graphql"]
    )
    routes = Routes(installation.transport, control)
    own: Consumers = {Order: (copy_order,)}
    return Dispatcher([own], routes, installation.vendor, installation.transport)


def test_a_part_says_what_its_order_says(shop: Shop, sale: Sale) -> None:
    answer = sale.ask(shop.staff, "pan", SHIPPED)
    part = payload(answer)["fulfilment"]
    assert (part["orderStatus"], part["orderPaid"]) == ("PARTLY_SHIPPED", True)
    assert _copies(shop)["pan"] == ("PARTLY_SHIPPED", True)
