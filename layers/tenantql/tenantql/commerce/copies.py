"""Copied names: a product shows what its category and its seller are called.

A copy is written in a transaction that checks that the source still has this name. So however the
records of the stream come, late, again or side by side, no older name is written over a newer one.
The products that a rename concerns are found in their lists. A product is in those before its
names are filled in (`commerce.consumers` has that order): so a rename after that finds it.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec.structs

from tenantql.accounts.model import User
from tenantql.commerce import categories
from tenantql.commerce.model import (
    Availability,
    Category,
    ListOrder,
    Product,
    ProductCard,
    SellerProfile,
)
from tenantql.commerce.model.lists import ALL
from tenantql.engine.carrying import Carry
from tenantql.table.entity import entity_of
from tenantql.table.errors import ConditionFailed, Conflict
from tenantql.table.expressions import absent, equals
from tenantql.table.requests import Get, Position, Query, together
from tenantql.table.writes import Check, Transact, revise

ATTEMPTS: Final = 4
PAGE: Final = 10
"""Products of one page: each costs four reads and a transaction."""


async def fill(tenant: str, product: str) -> None:
    """Gives a product the names that its category and its seller have now.

    Raises Conflict if one or the other changed again and again meanwhile.
    """
    key = entity_of(Product).key(tenant=tenant, id=product)
    for _ in range(ATTEMPTS):
        found = await Get(Product, key)
        if found is None or found.deleted_at is not None:
            return None
        category, category_holds = await category_name(found)
        seller, seller_holds = await seller_name(found)
        if (category, seller) == (found.category_name, found.seller_name):
            return None
        named = msgspec.structs.replace(found, category_name=category, seller_name=seller)
        try:
            return await Transact((revise(found, named), *category_holds, *seller_holds))
        except ConditionFailed:
            continue
    raise Conflict("a product or the names of its category and seller change all the time")


async def of_category(carry: Carry) -> Position | None:
    """Fills the names of a page of a category's products."""
    return await _page(carry, {"in_category": carry.id, "of_seller": ALL})


async def of_seller(carry: Carry) -> Position | None:
    """Fills the names of a page of a seller's products."""
    return await _page(carry, {"in_category": ALL, "of_seller": carry.id})


async def _page(carry: Carry, narrowed: dict[str, str]) -> Position | None:
    everything = {"availability": Availability.ANY, "order": ListOrder.NEWEST}
    pk = entity_of(ProductCard).pk.format({"tenant": carry.tenant, **narrowed, **everything})
    after = carry.cursor or None
    # An eventual read could miss the card that stands there since just before the rename.
    page = await Query(ProductCard, pk, limit=PAGE, after=after, consistent=True)
    for card in page.items:
        await fill(carry.tenant, card.product)
    return page.resume


type Named = tuple[str | None, Sequence[Check]]
"""A name, and what must hold for it to be the present one."""


async def category_name(product: Product) -> Named:
    """What the category of a product is called: one GetItem."""
    if product.category is None:
        return None, ()
    found = await categories.by_id(product.tenant, product.category)
    if found is None:
        return None, ()
    same = equals("name", found.name)
    return found.name, (Check(Category, categories.key(found.tenant, found.id), same),)


async def seller_name(product: Product) -> Named:
    """What the seller's profile says; before there is one, the name of the user: two GetItems."""
    profile_key = entity_of(SellerProfile).key(tenant=product.tenant, seller=product.seller)
    user_key = entity_of(User).key(tenant=product.tenant, id=product.seller)
    gets: list[Get[Any]] = [Get(SellerProfile, profile_key), Get(User, user_key)]
    found: tuple[SellerProfile | None, User | None] = await together(gets)  # pyright: ignore[reportAssignmentType] - two types at once
    profile, user = found
    if profile is not None:
        return profile.name, (Check(SellerProfile, profile_key, equals("name", profile.name)),)
    none = Check(SellerProfile, profile_key, absent("PK"))
    if user is None:
        return None, (none,)
    return user.display_name, (
        none,
        Check(User, user_key, equals("display_name", user.display_name)),
    )
