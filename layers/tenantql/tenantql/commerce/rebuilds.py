"""The shop's aggregates, and what each must be by its sources."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from tenantql.commerce import loyalty, spend, statistics
from tenantql.commerce.model import (
    Category,
    CustomerAccount,
    CustomerSpend,
    Fulfilment,
    Invoice,
    Order,
    OrderStatus,
    Product,
    RevenueMonth,
    RevenueTotal,
    Review,
    SellerDay,
    SellerTotal,
)
from tenantql.engine.rebuilds import Counts, Difference, Rebuild
from tenantql.table.entity import Item, Key, entity_of, timestamp
from tenantql.table.expressions import Change, Increase, Remove, Set, absent, equals
from tenantql.table.requests import Get
from tenantql.table.shards import shard_names
from tenantql.table.writes import Put, Update
from tenantql.tenancy.routing import RoutingRecord, ShardCount

WRITER: Final = "rebuild"
"""Who mends, in the items."""


def _audit(route: RoutingRecord) -> dict[str, Any]:
    now = timestamp(datetime.now(UTC))
    by = {"created_at": now, "created_by": WRITER, "updated_at": now, "updated_by": WRITER}
    return {"tenant": route.tenant, **by}


def _touch() -> tuple[Change, ...]:
    return Set("updated_at", timestamp(datetime.now(UTC))), Set("updated_by", WRITER)


def _unchanged(items: tuple[Any, ...]) -> Any:
    """That the item which was read, if any, is as it was."""
    return equals("version", items[0].version) if items else absent("PK")


async def _set(difference: Difference, blank: Item, *more: Change) -> None:
    """Gives the owner's one item the numbers that it must have; `blank` is it, if it is not there.

    Raises ConditionFailed if it has changed.
    """
    numbers = (Set(name, wrong.expected) for name, wrong in difference.numbers.items())
    kind: type[Any] = type(blank)
    await Update(
        kind,
        entity_of(kind).key_of(blank),
        (*numbers, *more, *_touch()),
        _unchanged(difference.items),
        otherwise=blank,
    )


def _spread(item: Item, *fields: str) -> dict[str, int]:
    """The numbers of an item by their names as attributes."""
    kind = type(item)
    attributes = entity_of(kind).attributes(item)
    prefixes = tuple(entity_of(kind).spread.values())
    return {
        name: value
        for name, value in attributes.items()
        if name in fields or (name.startswith(prefixes) and isinstance(value, int))
    }


def _named(owner: str, numbers: Mapping[str, int]) -> Counts:
    return [(owner, name, number) for name, number in numbers.items()]


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
    return _named(account.customer, {"points": account.points, **_spread(account)})


def _account_keys(route: RoutingRecord, customer: str) -> tuple[Key, ...]:
    return (loyalty.account_key(route.tenant, customer),)


async def _mend_account(difference: Difference) -> None:
    blank = CustomerAccount(**_audit(difference.route), customer=difference.owner)
    # A correction is no move of points, so it enters nothing into their journal.
    journal = (Remove("change"),) if "points" in difference.numbers else ()
    await _set(difference, blank, *journal)


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


async def _mend_entry(difference: Difference) -> None:
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
            await Put(entry, _unchanged(difference.items))


# Revenue: what was paid and given back, by the day of the payment.


def _invoice_month(_: RoutingRecord, invoice: Invoice) -> Counts:
    if invoice.booked_day is None:
        return
    owner, day = f"{invoice.currency} {invoice.booked_day[:7]}", invoice.booked_day[8:]
    for name, amount in (("paid", invoice.total), ("refunded", invoice.refunded)):
        yield owner, name, amount
        yield owner, f"d{day}_{name}", amount


def _month(_: RoutingRecord, month: RevenueMonth) -> Counts:
    return _named(f"{month.currency} {month.month}", _spread(month, "paid", "refunded"))


def _month_keys(route: RoutingRecord, owner: str) -> tuple[Key, ...]:
    currency, _, month = owner.partition(" ")
    entity = entity_of(RevenueMonth)
    return tuple(
        entity.key(tenant=route.tenant, shard=shard, currency=currency, month=month)
        for shard in _revenue_shards(route)
    )


async def _mend_month(difference: Difference) -> None:
    currency, _, month = difference.owner.partition(" ")
    audit = _audit(difference.route)
    blank = RevenueMonth(**audit, shard="00", currency=currency, month=month)
    await _add(difference, blank)


def _invoice_total(_: RoutingRecord, invoice: Invoice) -> Counts:
    if invoice.booked_day is not None:
        yield invoice.currency, "paid", invoice.total
        yield invoice.currency, "refunded", invoice.refunded


def _total(_: RoutingRecord, total: RevenueTotal) -> Counts:
    return _named(total.currency, {"paid": total.paid, "refunded": total.refunded})


def _total_keys(route: RoutingRecord, currency: str) -> tuple[Key, ...]:
    entity = entity_of(RevenueTotal)
    return tuple(
        entity.key(tenant=route.tenant, shard=shard, currency=currency)
        for shard in _revenue_shards(route)
    )


async def _mend_total(difference: Difference) -> None:
    blank = RevenueTotal(**_audit(difference.route), shard="00", currency=difference.owner)
    await _add(difference, blank)


def _revenue_shards(route: RoutingRecord) -> list[str]:
    return shard_names(route.shards.get("revenue", ShardCount()).read)


async def _add(difference: Difference, blank: Item) -> None:
    """Adds what is missing to one of the shards: only their sum means something."""
    item = difference.items[0] if difference.items else blank
    kind: type[Any] = type(blank)
    numbers = (
        Increase(name, wrong.expected - wrong.found) for name, wrong in difference.numbers.items()
    )
    await Update(
        kind,
        entity_of(kind).key_of(item),
        (*numbers, *_touch()),
        _unchanged(difference.items),
        otherwise=blank if not difference.items else None,
    )


# Sellers: what they offer and sell.


def _counted_total(_: RoutingRecord, item: Product | Fulfilment) -> Counts:
    for (day, name), number in statistics.counted(item).items():
        if day == statistics.TOTAL:
            yield item.seller, name, number


def _seller_total(_: RoutingRecord, total: SellerTotal) -> Counts:
    return _named(total.seller, _spread(total, "products", "orders", "pieces"))


def _seller_total_keys(route: RoutingRecord, seller: str) -> tuple[Key, ...]:
    return (entity_of(SellerTotal).key(tenant=route.tenant, seller=seller),)


async def _mend_seller_total(difference: Difference) -> None:
    await _set(difference, SellerTotal(**_audit(difference.route), seller=difference.owner))


def _counted_day(_: RoutingRecord, part: Fulfilment) -> Counts:
    for (day, name), number in statistics.counted(part).items():
        if day != statistics.TOTAL and statistics.is_kept(day):
            yield f"{part.seller} {day}", name, number


def _seller_day(_: RoutingRecord, day: SellerDay) -> Counts:
    if not statistics.is_kept(day.date):
        return []
    return _named(f"{day.seller} {day.date}", _spread(day, "orders", "pieces"))


def _seller_day_keys(route: RoutingRecord, owner: str) -> tuple[Key, ...]:
    seller, _, day = owner.partition(" ")
    return (entity_of(SellerDay).key(tenant=route.tenant, seller=seller, date=day),)


async def _mend_seller_day(difference: Difference) -> None:
    seller, _, day = difference.owner.partition(" ")
    expires_at = statistics.expires_at(day)
    audit = _audit(difference.route)
    await _set(difference, SellerDay(**audit, seller=seller, date=day, expires_at=expires_at))


# Categories and products: how many there are, and what customers think.


def _of_category(_: RoutingRecord, product: Product) -> Counts:
    if product.category is not None:
        yield product.category, "products", 1


def _category(_: RoutingRecord, category: Category) -> Counts:
    yield category.id, "products", category.products


def _category_keys(route: RoutingRecord, category: str) -> tuple[Key, ...]:
    return (entity_of(Category).key(tenant=route.tenant, id=category),)


def _review(_: RoutingRecord, review: Review) -> Counts:
    yield review.product, "rating_sum", review.rating
    yield review.product, "rating_count", 1


def _rated(_: RoutingRecord, product: Product) -> Counts:
    yield product.id, "rating_sum", product.rating_sum
    yield product.id, "rating_count", product.rating_count


def _product_keys(route: RoutingRecord, product: str) -> tuple[Key, ...]:
    return (entity_of(Product).key(tenant=route.tenant, id=product),)


async def _mend_made_elsewhere(difference: Difference) -> None:
    item: Item = difference.items[0]
    numbers = (Set(name, wrong.expected) for name, wrong in difference.numbers.items())
    key = entity_of(type(item)).key_of(item)
    await Update(type(item), key, (*numbers, *_touch()), _unchanged(difference.items))


rebuilds: Final = (
    Rebuild(
        "accounts",
        "customers' orders by status, spend by currency, and points",
        {Order: _order, Invoice: _invoice_spend},
        CustomerAccount,
        _account,
        _account_keys,
        _mend_account,
    ),
    Rebuild(
        "spend",
        "the list of customers by spend",
        {CustomerAccount: _account_spend},
        CustomerSpend,
        _entry,
        _entry_keys,
        _mend_entry,
    ),
    Rebuild(
        "revenue-months",
        "revenue by month and day",
        {Invoice: _invoice_month},
        RevenueMonth,
        _month,
        _month_keys,
        _mend_month,
    ),
    Rebuild(
        "revenue-totals",
        "revenue of all time",
        {Invoice: _invoice_total},
        RevenueTotal,
        _total,
        _total_keys,
        _mend_total,
    ),
    Rebuild(
        "seller-totals",
        "what sellers offer and ever sold",
        {Product: _counted_total, Fulfilment: _counted_total},
        SellerTotal,
        _seller_total,
        _seller_total_keys,
        _mend_seller_total,
    ),
    Rebuild(
        "seller-days",
        "what was ordered of sellers by day",
        {Fulfilment: _counted_day},
        SellerDay,
        _seller_day,
        _seller_day_keys,
        _mend_seller_day,
    ),
    Rebuild(
        "categories",
        "how many products categories have",
        {Product: _of_category},
        Category,
        _category,
        _category_keys,
        _mend_made_elsewhere,
        made_elsewhere=True,
    ),
    Rebuild(
        "ratings",
        "stars and reviews of products",
        {Review: _review},
        Product,
        _rated,
        _product_keys,
        _mend_made_elsewhere,
        made_elsewhere=True,
    ),
)
