"""What customers ordered and spent, and the revenue of it."""

from typing import Any, Final

from tenantql.commerce import loyalty, spend
from tenantql.commerce.model import (
    CustomerAccount,
    CustomerSpend,
    Invoice,
    Order,
    OrderStatus,
    RevenueMonth,
    RevenueTotal,
)
from tenantql.commerce.rebuilds.mending import (
    add_numbers,
    named,
    set_numbers,
    spread,
    unchanged,
)
from tenantql.engine.rebuilds import Counts, Sums, Unequal, audit_of_now
from tenantql.table.entity import Key, entity_of
from tenantql.table.expressions import Remove
from tenantql.table.requests import Get
from tenantql.table.shards import shard_names
from tenantql.table.writes import Put
from tenantql.tenancy.routing import RoutingRecord, ShardCount

# Customers: how many orders in each status, what they spent, their points.


def _order(_: RoutingRecord, order: Order) -> Counts:
    yield order.customer, f"orders_{order.status}", 1
    yield order.customer, "points", order.points_earned
    # Those redeemed come back with an order that is cancelled.
    if order.status is not OrderStatus.CANCELLED:
        yield order.customer, "points", -order.points_redeemed


def _invoice_spend(_: RoutingRecord, invoice: Invoice) -> Counts:
    if invoice.booked_day is not None:
        name = f"spend_{invoice.currency}"
        yield invoice.customer, name, invoice.total - invoice.refunded


def _account(_: RoutingRecord, account: CustomerAccount) -> Counts:
    return named(account.customer, {"points": account.points, **spread(account)})


def _account_keys(route: RoutingRecord, customer: str) -> tuple[Key, ...]:
    return (loyalty.account_key(route.tenant, customer),)


async def _mend_account(difference: Unequal) -> None:
    blank = CustomerAccount(**audit_of_now(difference.route.tenant), customer=difference.owner)
    # A correction is no move of points, so it enters nothing into their journal.
    journal = (Remove("change"),) if "points" in difference.numbers else ()
    await set_numbers(difference, blank, *journal)


# Customers by spend: what their accounts say.


def _account_spend(_: RoutingRecord, account: CustomerAccount) -> Counts:
    for currency, amount in account.spend.items():
        yield f"{account.customer} {currency}", "spend", amount


def _entry(_: RoutingRecord, entry: CustomerSpend) -> Counts:
    yield f"{entry.customer} {entry.currency}", "spend", entry.spend


def _entry_keys(route: RoutingRecord, owner: str) -> tuple[Key, ...]:
    customer, _, currency = owner.partition(" ")
    key = entity_of(CustomerSpend).key(tenant=route.tenant, customer=customer, currency=currency)
    return (key,)


async def _mend_entry(difference: Unequal) -> None:
    """Raises ConditionFailed if the stream has been faster: it knows as much."""
    route = difference.route
    customer, _, currency = difference.owner.partition(" ")
    account = await Get(CustomerAccount, loyalty.account_key(route.tenant, customer))
    if account is None:
        return
    shards = route.shards.get("spend", ShardCount()).write
    for standing in spend.standings(account, shards):
        entry: Any = standing.value
        if entry.currency == currency:
            await Put(entry, unchanged(difference.items))


# Revenue: what was paid and given back, by the day of the payment.


def _invoice_month(_: RoutingRecord, invoice: Invoice) -> Counts:
    if invoice.booked_day is None:
        return
    owner, day = f"{invoice.currency} {invoice.booked_day[:7]}", invoice.booked_day[8:]
    for name, amount in (("paid", invoice.total), ("refunded", invoice.refunded)):
        yield owner, name, amount
        yield owner, f"d{day}_{name}", amount


def _month(_: RoutingRecord, month: RevenueMonth) -> Counts:
    return named(f"{month.currency} {month.month}", spread(month, "paid", "refunded"))


def _month_keys(route: RoutingRecord, owner: str) -> tuple[Key, ...]:
    currency, _, month = owner.partition(" ")
    entity = entity_of(RevenueMonth)
    return tuple(
        entity.key(tenant=route.tenant, shard=shard, currency=currency, month=month)
        for shard in _revenue_shards(route)
    )


async def _mend_month(difference: Unequal) -> None:
    currency, _, month = difference.owner.partition(" ")
    audit = audit_of_now(difference.route.tenant)
    blank = RevenueMonth(**audit, shard="00", currency=currency, month=month)
    await add_numbers(difference, blank)


def _invoice_total(_: RoutingRecord, invoice: Invoice) -> Counts:
    if invoice.booked_day is not None:
        yield invoice.currency, "paid", invoice.total
        yield invoice.currency, "refunded", invoice.refunded


def _total(_: RoutingRecord, total: RevenueTotal) -> Counts:
    return named(total.currency, {"paid": total.paid, "refunded": total.refunded})


def _total_keys(route: RoutingRecord, currency: str) -> tuple[Key, ...]:
    entity = entity_of(RevenueTotal)
    return tuple(
        entity.key(tenant=route.tenant, shard=shard, currency=currency)
        for shard in _revenue_shards(route)
    )


async def _mend_total(difference: Unequal) -> None:
    blank = RevenueTotal(
        **audit_of_now(difference.route.tenant), shard="00", currency=difference.owner
    )
    await add_numbers(difference, blank)


def _revenue_shards(route: RoutingRecord) -> list[str]:
    return shard_names(route.shards.get("revenue", ShardCount()).read)


ACCOUNTS: Final = Sums(
    "accounts",
    "customers' orders by status, spend by currency, and points",
    {Order: _order, Invoice: _invoice_spend},
    CustomerAccount,
    _account,
    _account_keys,
    _mend_account,
)


SPEND: Final = Sums(
    "spend",
    "the list of customers by spend",
    {CustomerAccount: _account_spend},
    CustomerSpend,
    _entry,
    _entry_keys,
    _mend_entry,
)


REVENUE_MONTHS: Final = Sums(
    "revenue-months",
    "revenue by month and day",
    {Invoice: _invoice_month},
    RevenueMonth,
    _month,
    _month_keys,
    _mend_month,
)


REVENUE_TOTALS: Final = Sums(
    "revenue-totals",
    "revenue of all time",
    {Invoice: _invoice_total},
    RevenueTotal,
    _total,
    _total_keys,
    _mend_total,
)
