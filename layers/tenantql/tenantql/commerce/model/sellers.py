"""Sellers: what a user who sells shows of themselves."""

from tenantql.table.entity import Item, entity


@entity(name="SellerProfile", pk="TENANT#{tenant}#SELLER#{seller}", sk="PROFILE")
class SellerProfile(Item, frozen=True, kw_only=True):
    """A seller as everybody sees them. `seller` is the id of the user."""

    seller: str
    name: str
    description: str = ""
