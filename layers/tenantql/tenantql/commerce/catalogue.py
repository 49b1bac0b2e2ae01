"""What the stream keeps up to date in the catalogue: copied names, paths, and what is left over."""

from typing import Final

from tenantql.accounts.model import User
from tenantql.commerce import category_paths, copies, release
from tenantql.commerce.model import Category, Product, SellerProfile, Stock
from tenantql.engine.carrying import Carrying
from tenantql.engine.changes import Change
from tenantql.tenancy.identity import Role

CATEGORY_NAME: Final = "category_name"
SELLER_NAME: Final = "seller_name"
CATEGORY_PATH: Final = "category_path"
PRODUCT_REST: Final = "product_rest"

carrying: Final = Carrying(
    {
        CATEGORY_NAME: copies.of_category,
        SELLER_NAME: copies.of_seller,
        CATEGORY_PATH: category_paths.page,
        PRODUCT_REST: release.purge,
    }
)


async def category_changed(change: Change[Category]) -> None:
    """Follows a name or a place to the paths, and a name to the products."""
    before, after = change.before, change.after
    if after is None:
        if before is not None:
            await category_paths.forget(before)
    elif category_paths.concerns(before, after):
        await carrying.begin(CATEGORY_PATH, after.id, after)
        if before is not None and before.name != after.name:
            await carrying.begin(CATEGORY_NAME, after.id, after)


async def profile_changed(change: Change[SellerProfile]) -> None:
    """Follows a seller's name to their products; the first profile is another name as well."""
    before, after = change.before, change.after
    if after is not None and (before is None or before.name != after.name):
        await carrying.begin(SELLER_NAME, after.seller, after)


async def user_changed(change: Change[User]) -> None:
    """Follows the name of a user to the products of one who sells without a profile."""
    before, after = change.before, change.after
    if before is None or after is None or Role.SELLER not in after.roles:
        return
    if before.display_name != after.display_name:
        await carrying.begin(SELLER_NAME, after.id, after)


async def product_changed(change: Change[Product]) -> None:
    """Fills in the names of a product that is new or elsewhere; lets go of one that was taken off.

    Its cards have to be there before: see `copies`.
    """
    before, after = change.before, change.after
    await release.moved(change)
    if after is None:
        if before is not None:
            await carrying.begin(PRODUCT_REST, before.id, before)
    elif after.deleted_at is not None:
        await release.remove(after.tenant, after.id)
    elif before is None or before.category != after.category:
        await copies.fill(after.tenant, after.id)


async def stock_changed(change: Change[Stock]) -> None:
    """Lets go of a product that was taken off once nothing of it is reserved."""
    after = change.after
    if after is not None and not after.active and after.reserved == 0:
        await release.remove(after.tenant, after.product)
