"""What the stream keeps up to date for the shop."""

from contextlib import suppress
from functools import partial
from typing import Final

from tenantql.accounts.model import User
from tenantql.commerce import (
    cards,
    carts,
    catalogue,
    favourites,
    fulfilments,
    journal,
    loyalty,
    search,
    spend,
    statistics,
)
from tenantql.commerce.model import (
    Cart,
    Category,
    CustomerAccount,
    Fulfilment,
    Order,
    Product,
    SellerProfile,
    Stock,
)
from tenantql.engine.carrying import Carry
from tenantql.engine.changes import Change, Consumers, Gathered
from tenantql.search import keep
from tenantql.table.errors import ConditionFailed
from tenantql.table.writes import Create, Delete


async def rank_customer(change: Change[CustomerAccount]) -> None:
    """Puts the customer where they belong among those who spent most (I5)."""
    if change.after is None:
        return
    for standing in spend.standings(change.after, change.shards_of("spend")):
        try:
            await standing
        except ConditionFailed:
            # A newer state is there already: this record came late, or a second time.
            continue


async def enter_points(change: Change[CustomerAccount]) -> None:
    """Enters what came to an account's points, or went, into its journal (U12)."""
    entry = None if change.after is None else loyalty.entry_of(change.before, change.after)
    if entry is not None:
        # An entry that is there already is of this same record: it came a second time.
        with suppress(ConditionFailed):
            await Create(entry)


async def copy_order(change: Change[Order]) -> None:
    """Carries an order's status and payment to the fulfilments of its sellers (O10)."""
    before, after = change.before, change.after
    if before is None or after is None:
        return
    if (before.status, before.booked_day) == (after.status, after.booked_day):
        return
    for copy in fulfilments.copied(after):
        # One that is newer is there already, or the part is gone.
        with suppress(ConditionFailed):
            await copy


async def forget(change: Change[User]) -> None:
    """Removes what a user who is gone had chosen (U5); what they bought is in the books."""
    if change.before is not None and change.after is None:
        tenant, customer = change.before.tenant, change.before.id
        await Delete(Cart, carts.key(tenant, customer))
        await favourites.remove_all(tenant, customer)


_statistics: Final = Gathered(statistics.seller_of, statistics.count)
"""Adds up what each seller offers and sells (P9)."""


async def enter_movement(change: Change[Stock]) -> None:
    """Enters what happened to a stock into its journal (P7)."""
    entry = None if change.after is None else journal.movement_of(change.before, change.after)
    if entry is not None:
        await journal.enter(entry)


consumers: Final[Consumers] = {
    CustomerAccount: (rank_customer, enter_points),
    User: (catalogue.user_changed, forget),
    SellerProfile: (catalogue.profile_changed,),
    Category: (catalogue.category_changed, partial(keep, search.CATEGORIES)),
    # Names are filled in once the cards are there: see `copies`.
    Product: (
        cards.product_changed,
        catalogue.product_changed,
        partial(keep, search.PRODUCTS),
        _statistics,
    ),
    Stock: (cards.stock_changed, catalogue.stock_changed, enter_movement),
    Fulfilment: (_statistics,),
    Order: (partial(keep, search.ORDERS), copy_order),
    Carry: (catalogue.carrying.resume,),
}
