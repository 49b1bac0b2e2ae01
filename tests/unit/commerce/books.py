"""The books of a tenant: everything that must agree in its table, whatever happened to it."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self
from zoneinfo import ZoneInfo

from tenantql.commerce import loyalty
from tenantql.commerce.model import (
    Cart,
    CustomerAccount,
    Fulfilment,
    Invoice,
    InvoiceStatus,
    Order,
    OrderStatus,
    RevenueMonth,
    RevenueTotal,
    Stock,
    status_following,
)
from tenantql.commerce.returns import IN_THE_WAREHOUSE
from tenantql.table.attributes import RawItem, encode_item
from tenantql.table.entity import declared

PAID = frozenset({InvoiceStatus.PAID, InvoiceStatus.PARTLY_REFUNDED, InvoiceStatus.REFUNDED})

type Sums = dict[tuple[str, str], tuple[int, int]]
"""What was paid and given back, by currency and day or month."""


@dataclass
class Books:
    """The items of a tenant, by type."""

    items: dict[str, list[Any]] = field(default_factory=dict[str, list[Any]])

    @classmethod
    def of(cls, raw: Iterable[RawItem]) -> Self:
        """Decodes what is in the table. An item that is not as its type writes it fails."""
        books = cls()
        for item in raw:
            entity = declared()[item["type"]["S"]]
            value = entity.decode(item)
            # So the keys in the indexes are those that follow from what the item says now.
            found = {name: each for name, each in item.items() if name != "DIRPK"}
            assert _comparable(found) == _comparable(encode_item(entity.attributes(value)))
            books.items.setdefault(entity.name, []).append(value)
        return books

    @property
    def orders(self) -> list[Order]:
        return self.items.get("Order", [])

    @property
    def invoices(self) -> list[Invoice]:
        return self.items.get("Invoice", [])

    @property
    def stocks(self) -> list[Stock]:
        return self.items.get("Stock", [])

    @property
    def carts(self) -> list[Cart]:
        return self.items.get("Cart", [])

    @property
    def accounts(self) -> list[CustomerAccount]:
        return self.items.get("CustomerAccount", [])

    def balance(self, time_zone: str = "UTC") -> Self:
        """Asserts everything that must agree."""
        self._balance_stock()
        self._balance_orders()
        self._balance_invoices(time_zone)
        self._balance_accounts()
        self._balance_points()
        self._balance_revenue()
        return self

    def _balance_stock(self) -> None:
        reserved: Counter[str] = Counter()
        for order in self.orders:
            for line in order.lines:
                if order.fulfilments[line.seller].status in IN_THE_WAREHOUSE:
                    reserved[line.product] += line.kept
        for stock in self.stocks:
            assert min(stock.available, stock.reserved, 0, *stock.warehouses.values()) == 0
            assert stock.available + stock.reserved == sum(stock.warehouses.values())
            assert stock.reserved == reserved.pop(stock.product, 0)
        assert not +reserved, "something was sold that is nowhere"

    def _balance_orders(self) -> None:
        invoices = {invoice.id: invoice for invoice in self.invoices if invoice.order_shard}
        parts: defaultdict[str, list[Fulfilment]] = defaultdict(list)
        for part in self.items.get("Fulfilment", []):
            parts[part.order].append(part)
        assert len(invoices) == len(self.orders), "each order has an invoice, and the reverse"
        assert parts.keys() == {order.id for order in self.orders}
        for order in self.orders:
            invoice, own = invoices[order.id], parts[order.id]
            assert (order.total, order.currency) == (invoice.total, invoice.currency)
            assert (order.customer, order.placed_at) == (invoice.customer, invoice.issued_at)
            assert (order.invoice_shard, order.shard) == (invoice.shard, invoice.order_shard)
            assert order.refunded == invoice.refunded
            assert (order.status is OrderStatus.PLACED) == (invoice.status is InvoiceStatus.OPEN)
            if invoice.status in PAID:
                parts_of = (progress.status for progress in order.fulfilments.values())
                assert order.status is status_following(parts_of)
            assert all(0 <= line.returned <= line.quantity for line in order.lines)
            assert order.booked_day == invoice.booked_day
            assert order.total + order.discount == sum(line.total for line in order.lines)
            assert order.total + order.discount == sum(part.subtotal for part in own)
            assert order.discount == loyalty.worth(order.points_redeemed)
            assert sorted(part.seller for part in own) == sorted(order.sellers)
            assert {part.seller: part.status for part in own} == {
                seller: progress.status for seller, progress in order.fulfilments.items()
            }
            assert sorted(map(repr, order.lines)) == sorted(
                repr(line) for part in own for line in part.lines
            )

    def _balance_invoices(self, time_zone: str) -> None:
        for invoice in self.invoices:
            assert invoice.refunded == sum(each.amount for each in invoice.refunds)
            assert 0 <= invoice.refunded <= invoice.total
            if invoice.status in PAID:
                assert invoice.paid_at is not None
                paid = datetime.fromisoformat(invoice.paid_at).astimezone(ZoneInfo(time_zone))
                assert invoice.booked_day == paid.date().isoformat()
                full = invoice.refunded == invoice.total
                assert full == (invoice.status is InvoiceStatus.REFUNDED)
                assert (invoice.refunded == 0) == (invoice.status is InvoiceStatus.PAID)
            else:
                assert (invoice.paid_at, invoice.booked_day, invoice.refunded) == (None, None, 0)

    def _balance_accounts(self) -> None:
        assert all(account.points >= 0 for account in self.accounts)
        counts = Counter((order.customer, str(order.status)) for order in self.orders)
        spend: Counter[tuple[str, str]] = Counter()
        for invoice in self.invoices:
            if invoice.status in PAID:
                spend[invoice.customer, invoice.currency] += invoice.total - invoice.refunded
        found = {(a.customer, key): n for a in self.accounts for key, n in a.orders.items() if n}
        assert found == counts
        found = {(a.customer, key): n for a in self.accounts for key, n in a.spend.items() if n}
        assert found == {key: amount for key, amount in spend.items() if amount}

    def _balance_points(self) -> None:
        points: Counter[str] = Counter()
        for invoice in self.invoices:
            gone = sum(each.points for each in invoice.refunds)
            if invoice.order_shard is not None and invoice.status in PAID:
                points[invoice.id] = loyalty.earned(invoice.total) - gone
            else:
                assert gone == 0
        held: Counter[str] = Counter()
        for order in self.orders:
            assert order.points_earned == points[order.id] >= 0
            held[order.customer] += order.points_earned
            if order.status is not OrderStatus.CANCELLED:
                held[order.customer] -= order.points_redeemed
        for account in self.accounts:
            assert account.points == held[account.customer] >= 0

    def _balance_revenue(self) -> None:
        total: list[RevenueTotal] = self.items.get("RevenueTotal", [])
        months: list[RevenueMonth] = self.items.get("RevenueMonth", [])
        assert _added((each.currency, "", each.paid, each.refunded) for each in total) == (
            self._booked(lambda _day: "")
        )
        assert _added((each.currency, each.month, each.paid, each.refunded) for each in months) == (
            self._booked(lambda day: day[:7])
        )
        assert _added(
            (
                each.currency,
                f"{each.month}-{name[:2]}",
                amount if name.endswith("_paid") else 0,
                amount if name.endswith("_refunded") else 0,
            )
            for each in months
            for name, amount in each.days.items()
        ) == self._booked(lambda day: day)

    def _booked(self, of_day: Callable[[str], str]) -> Sums:
        """The sums over the invoices, by currency and what `of_day` makes of the day."""
        return _added(
            (each.currency, of_day(each.booked_day), each.total, each.refunded)
            for each in self.invoices
            if each.booked_day is not None
        )


def _added(rows: Iterable[tuple[str, str, int, int]]) -> Sums:
    found: Sums = {}
    for currency, period, paid, refunded in rows:
        before = found.get((currency, period), (0, 0))
        found[currency, period] = (before[0] + paid, before[1] + refunded)
    return {key: sums for key, sums in found.items() if sums != (0, 0)}


def _comparable(item: RawItem) -> RawItem:
    """An item whose sets have an order."""
    return {
        name: {"SS": sorted(value["SS"])} if "SS" in value else value
        for name, value in item.items()
    }
