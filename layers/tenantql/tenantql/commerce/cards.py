"""Cards: the lists that a product is in, kept by the stream.

A product has one card for each combination of filter and order that a list is offered in, so each
list is one Query of one partition key. What cards there are to be is computed from the product
and the stock as they are now, never from the record that came: records may come late, again, or
in another order.
"""

from collections.abc import Iterator
from hashlib import sha256
from itertools import product as combinations
from typing import Any, Final

import msgspec

from tenantql.commerce.model import Availability, CardSet, ListOrder, Product, ProductCard, Stock
from tenantql.commerce.model.lists import ALL
from tenantql.engine.changes import Change
from tenantql.table.entity import Key, entity_of
from tenantql.table.errors import ConditionFailed, Conflict
from tenantql.table.expressions import equals
from tenantql.table.requests import Get, together
from tenantql.table.writes import Action, Check, Create, Delete, Put, Transact, revise

ATTEMPTS: Final = 3
PRICE_DIGITS: Final = 18


async def product_changed(change: Change[Product]) -> None:
    """Follows what a product's cards show of it; anything else, such as a view more, costs nothing.

    Raises Conflict if other changes of the same cards were in the way again and again.
    """
    before, after = change.before, change.after
    changed = after or before
    # With a product that is gone, the set of its cards goes as well.
    if changed is not None and (after is None or _shown(before) != _shown(after)):
        await renew(changed.tenant, changed.id)


async def stock_changed(change: Change[Stock]) -> None:
    """Follows a product that can be bought for the first time, or not any more."""
    before, after = change.before, change.after
    changed = after or before
    if changed is not None and _buyable(before) is not _buyable(after):
        await renew(changed.tenant, changed.product)


async def renew(tenant: str, product: str) -> None:
    """Makes the cards of a product what they are to be: three reads and, if need be, a transaction.

    At most 16 deletes, 16 puts and one update. Raises Conflict.
    """
    for _ in range(ATTEMPTS):
        # Read before product and stock. Who has read these before a change has read the set before
        # that change's record was handled, and fails once it has been.
        known = await Get(CardSet, entity_of(CardSet).key(tenant=tenant, product=product))
        goods, stock = await _present(tenant, product)
        actions = _actions(known, goods, stock)
        if not actions:
            return None
        try:
            return await Transact(actions)
        except ConditionFailed:
            continue
    raise Conflict("the cards of a product are changed by others all the time")


async def _present(tenant: str, product: str) -> tuple[Product | None, Stock | None]:
    gets: list[Get[Any]] = [
        Get(Product, entity_of(Product).key(tenant=tenant, id=product)),
        Get(Stock, entity_of(Stock).key(tenant=tenant, product=product)),
    ]
    goods, stock = await together(gets)
    return goods, stock


def cards_of(product: Product, *, in_stock: bool) -> tuple[ProductCard, ...]:
    """The cards that a product is to have: none if it was taken off."""
    if product.deleted_at is not None:
        return ()
    return tuple(
        ProductCard(
            tenant=product.tenant,
            created_at=product.created_at,
            created_by=product.created_by,
            updated_at=product.updated_at,
            updated_by=product.updated_by,
            in_category=category,
            of_seller=seller,
            availability=availability,
            order=order,
            rank=_rank(product, order),
            product=product.id,
            seller=product.seller,
            title=product.title,
            price=product.price,
            currency=product.currency,
            in_stock=in_stock,
            image=next(iter(product.images), None),
            rating=average(product.rating_sum, product.rating_count),
            category=product.category,
            category_name=product.category_name,
            seller_name=product.seller_name,
        )
        for category, seller, availability, order in _lists(product, in_stock=in_stock)
    )


def wanted(
    product: Product | None, stock: Stock | None, known: CardSet | None
) -> tuple[tuple[ProductCard, ...], CardSet | None]:
    """The cards that a product is to have, and their set, which turns `known` into it."""
    made = () if product is None else cards_of(product, in_stock=_buyable(stock))
    if product is None or (known is None and not made):
        return made, None
    keys, digest = _keys(made), _digest(made)
    if known is None:
        return made, _set_of(product, keys, digest)
    return made, msgspec.structs.replace(known, cards=keys, digest=digest)


def average(total: int, count: int) -> int | None:
    """The average of so many stars in tenths, half a tenth rounded up; None without any."""
    return (20 * total + count) // (2 * count) if count else None


def price_rank(currency: str, price: int) -> str:
    """Where a price stands in a list by price: by currency, then by amount."""
    return f"{currency}{price:0{PRICE_DIGITS}d}"


def _lists(
    product: Product, *, in_stock: bool
) -> Iterator[tuple[str, str, Availability, ListOrder]]:
    categories = (ALL,) if product.category is None else (ALL, product.category)
    availabilities = list(Availability) if in_stock else [Availability.ANY]
    return combinations(categories, (ALL, product.seller), availabilities, ListOrder)


def _rank(product: Product, order: ListOrder) -> str:
    by_price = order is ListOrder.PRICE
    return price_rank(product.currency, product.price) if by_price else product.created_at


def _actions(
    known: CardSet | None, product: Product | None, stock: Stock | None
) -> tuple[Action, ...]:
    """What leads from the cards that are known to those that are to be; nothing if they are."""
    cards = () if product is None else cards_of(product, in_stock=_buyable(stock))
    keys = _keys(cards)
    digest = _digest(cards)
    old = {} if known is None else known.cards
    if product is None:
        # Nothing brings it back, so the set goes with the last card.
        last = () if known is None else (_gone(known),)
        return (*_deletions(old, keys), *last)
    if known is None:
        return _first_actions(product, cards, _set_of(product, keys, digest)) if cards else ()
    if (known.cards, known.digest) == (keys, digest):
        return ()
    other = digest != known.digest
    puts = [card for card in cards if other or not _has(old, card)]
    return (
        *_deletions(old, keys),
        *map(Put, puts),
        revise(known, msgspec.structs.replace(known, cards=keys, digest=digest)),
    )


def _first_actions(
    product: Product, cards: tuple[ProductCard, ...], made: CardSet
) -> tuple[Action, ...]:
    # There is no set yet whose version would tell of a product that went meanwhile.
    key = entity_of(Product).key_of(product)
    still = Check(Product, key, equals("version", product.version))
    return (*map(Put, cards), Create(made), still)


def _deletions(old: dict[str, str], keys: dict[str, str]) -> Iterator[Action]:
    return (Delete(ProductCard, Key(pk, sk)) for pk, sk in old.items() if keys.get(pk) != sk)


def _has(old: dict[str, str], card: ProductCard) -> bool:
    key = entity_of(ProductCard).key_of(card)
    return old.get(key.pk) == key.sk


def _gone(known: CardSet) -> Action:
    return Delete(CardSet, entity_of(CardSet).key_of(known), equals("version", known.version))


def _set_of(product: Product, keys: dict[str, str], digest: str) -> CardSet:
    return CardSet(
        tenant=product.tenant,
        created_at=product.created_at,
        created_by=product.created_by,
        updated_at=product.updated_at,
        updated_by=product.updated_by,
        product=product.id,
        cards=keys,
        digest=digest,
    )


def _keys(cards: tuple[ProductCard, ...]) -> dict[str, str]:
    return {key.pk: key.sk for key in map(entity_of(ProductCard).key_of, cards)}


def _digest(cards: tuple[ProductCard, ...]) -> str:
    """What distinguishes cards of the same keys: all that they show."""
    return sha256(msgspec.json.encode(_face(cards[0]))).hexdigest() if cards else ""


def _face(card: ProductCard) -> tuple[object, ...]:
    return (
        *(card.title, card.price, card.currency, card.in_stock, card.image, card.rating),
        *(card.category, card.category_name, card.seller_name),
    )


def _shown(product: Product | None) -> object:
    """What of a product decides about its cards."""
    if product is None or not (cards := cards_of(product, in_stock=False)):
        return None
    return {*map(entity_of(ProductCard).key_of, cards)}, _face(cards[0])


def _buyable(stock: Stock | None) -> bool:
    return stock is not None and stock.buyable
