"""What sellers offer and sell, what is in categories, what customers think, what is reserved."""

from typing import Final

from tenantql.commerce import statistics
from tenantql.commerce.model import (
    Category,
    Fulfilment,
    Order,
    Product,
    Review,
    SellerDay,
    SellerTotal,
    Stock,
)
from tenantql.commerce.rebuilds.mending import (
    mend_in_place,
    named,
    set_numbers,
    spread,
    touch,
    unchanged,
)
from tenantql.commerce.returns import IN_THE_WAREHOUSE
from tenantql.engine.rebuilds import CannotMend, Counts, Sums, Unequal, audit_of_now
from tenantql.table.entity import Key, entity_of
from tenantql.table.expressions import Set
from tenantql.table.writes import Update
from tenantql.tenancy.routing import RoutingRecord

# Sellers: what they offer and sell.


def _counted_total(_: RoutingRecord, item: Product | Fulfilment) -> Counts:
    for (day, name), number in statistics.counted(item).items():
        if day == statistics.TOTAL:
            yield item.seller, name, number


def _seller_total(_: RoutingRecord, total: SellerTotal) -> Counts:
    return named(total.seller, spread(total, "products", "orders", "pieces"))


def _seller_total_keys(route: RoutingRecord, seller: str) -> tuple[Key, ...]:
    return (entity_of(SellerTotal).key(tenant=route.tenant, seller=seller),)


async def _mend_seller_total(difference: Unequal) -> None:
    await set_numbers(
        difference, SellerTotal(**audit_of_now(difference.route.tenant), seller=difference.owner)
    )


def _counted_day(_: RoutingRecord, part: Fulfilment) -> Counts:
    for (day, name), number in statistics.counted(part).items():
        if day != statistics.TOTAL and statistics.is_kept(day):
            yield f"{part.seller} {day}", name, number


def _seller_day(_: RoutingRecord, day: SellerDay) -> Counts:
    if not statistics.is_kept(day.date):
        return []
    return named(f"{day.seller} {day.date}", spread(day, "orders", "pieces"))


def _seller_day_keys(route: RoutingRecord, owner: str) -> tuple[Key, ...]:
    seller, _, day = owner.partition(" ")
    return (entity_of(SellerDay).key(tenant=route.tenant, seller=seller, date=day),)


async def _mend_seller_day(difference: Unequal) -> None:
    seller, _, day = difference.owner.partition(" ")
    expires_at = statistics.expires_at(day)
    audit = audit_of_now(difference.route.tenant)
    await set_numbers(
        difference, SellerDay(**audit, seller=seller, date=day, expires_at=expires_at)
    )


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


# Stock: what is reserved for orders that are in the warehouse.


def _reserved(_: RoutingRecord, order: Order) -> Counts:
    for line in order.lines:
        if order.fulfilments[line.seller].status in IN_THE_WAREHOUSE:
            yield line.product, "reserved", line.kept


def _stock(_: RoutingRecord, stock: Stock) -> Counts:
    yield stock.product, "reserved", stock.reserved
    pieces = sum(stock.warehouses.values())
    yield stock.product, "more than in warehouses", stock.available + stock.reserved - pieces


def _stock_keys(route: RoutingRecord, product: str) -> tuple[Key, ...]:
    return (entity_of(Stock).key(tenant=route.tenant, product=product),)


async def _mend_stock(difference: Unequal) -> None:
    """The warehouses are counted by people, and what is reserved follows from the orders."""
    stock: Stock = difference.items[0]
    wrong = difference.numbers.get("reserved")
    reserved = stock.reserved if wrong is None else wrong.expected
    available = sum(stock.warehouses.values()) - reserved
    if available < 0:
        raise CannotMend("orders are for more pieces than there are: count the warehouses")
    await Update(
        Stock,
        entity_of(Stock).key_of(stock),
        (Set("reserved", reserved), Set("available", available), *touch()),
        unchanged(difference.items),
    )


SELLER_TOTALS: Final = Sums(
    "seller-totals",
    "what sellers offer and ever sold",
    {Product: _counted_total, Fulfilment: _counted_total},
    SellerTotal,
    _seller_total,
    _seller_total_keys,
    _mend_seller_total,
)


SELLER_DAYS: Final = Sums(
    "seller-days",
    "what was ordered of sellers by day",
    {Fulfilment: _counted_day},
    SellerDay,
    _seller_day,
    _seller_day_keys,
    _mend_seller_day,
)


CATEGORIES: Final = Sums(
    "categories",
    "how many products categories have",
    {Product: _of_category},
    Category,
    _category,
    _category_keys,
    mend_in_place,
    made_elsewhere=True,
)


RATINGS: Final = Sums(
    "ratings",
    "stars and reviews of products",
    {Review: _review},
    Product,
    _rated,
    _product_keys,
    mend_in_place,
    made_elsewhere=True,
)

RESERVED: Final = Sums(
    "reserved",
    "pieces that are reserved for orders, and those that can be bought",
    {Order: _reserved},
    Stock,
    _stock,
    _stock_keys,
    _mend_stock,
    made_elsewhere=True,
)
