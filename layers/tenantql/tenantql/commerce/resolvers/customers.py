"""What a customer has: a profile with orders, loyalty points, favourites."""

from typing import Any, Final

from tenantql.accounts.model import User
from tenantql.accounts.resolvers import USER
from tenantql.commerce import favourites, loyalty, orders, products, profiles
from tenantql.commerce.model import Favourite, LoyaltyEntry, Order, PointsReason, Product, Stock
from tenantql.commerce.resolvers.money import money
from tenantql.commerce.resolvers.products import PRODUCT
from tenantql.engine.binding import EnumType, MutationType, ObjectType, QueryType
from tenantql.engine.connections import Connection, Window, connection, sealer
from tenantql.engine.context import Context, Info
from tenantql.engine.errors import Forbidden
from tenantql.engine.nodes import key_in, own_key_in
from tenantql.engine.user_errors import payload
from tenantql.table import global_ids
from tenantql.table.cursors import Scope
from tenantql.table.entity import entity_of
from tenantql.table.requests import Get
from tenantql.tenancy.identity import Role

NOBODY: Final = "nobody"
"""Stands for a user of another tenant, who has nothing here."""

_query = QueryType()
_mutation = MutationType()
_user = ObjectType("User")
_loyalty = ObjectType("Loyalty")
_entry = ObjectType("LoyaltyEntry")
_favourite = ObjectType("Favourite")


def _customer(context: Context, user_id: str | None) -> str:
    """Whose things are asked for: the caller's, or those of `user_id`. Raises Forbidden."""
    if user_id is None:
        return context.identity.subject
    key = own_key_in(context, user_id, USER)
    customer = NOBODY if key is None else str(key["id"])
    if customer != context.identity.subject and not context.has(Role.STAFF, Role.ADMIN):
        raise Forbidden("this is another customer's")
    return customer


@_query.field("profile")
async def _resolve_profile(
    _parent: None, info: Info, *, first: int, user_id: str | None = None
) -> dict[str, Any] | None:
    context, count = info.context, Window(first=first).size
    customer = _customer(context, user_id)
    found = await profiles.profile(context, customer, count)
    if found is None:
        return None
    # The orders go on as the list of orders does.
    scope = Scope(context.tenant, orders.list_of_customer(customer), "", descending=True)
    return {"user": found.user, "orders": Connection(found.orders, sealer(context, scope))}


@_query.field("loyalty")
def _resolve_loyalty(_parent: None, info: Info, *, user_id: str | None = None) -> str:
    return _customer(info.context, user_id)


@_user.field("loyalty")
def _resolve_loyalty_of(user: User, info: Info) -> str:
    context = info.context
    if user.id != context.identity.subject and not context.has(Role.STAFF, Role.ADMIN):
        raise Forbidden("this is another customer's")
    return user.id


@_loyalty.field("points")
async def _resolve_points(customer: str, info: Info) -> int:
    account = await loyalty.account_of(info.context.tenant, customer)
    return 0 if account is None else account.points


@_loyalty.field("entries")
async def _resolve_entries(customer: str, info: Info, **window: Any) -> Connection[Any]:
    context = info.context
    queries = loyalty.entries_of(context, customer)
    return await connection(context, f"loyalty:{customer}", queries, Window(**window))


@_entry.field("order")
async def _resolve_order(entry: LoyaltyEntry, _info: Info) -> Order | None:
    key = entity_of(Order).key(
        tenant=entry.tenant, customer=entry.customer, placed_at=entry.placed_at, id=entry.order
    )
    return await Get(Order, key)


@_query.field("favourites")
async def _resolve_favourites(_parent: None, info: Info, **window: Any) -> Connection[Any]:
    context = info.context
    customer = context.identity.subject
    queries = favourites.of_customer(context.tenant, customer)
    return await connection(context, f"favourites:{customer}", queries, Window(**window))


@_favourite.field("productId")
def _resolve_product_id(favourite: Favourite, _info: Info) -> str:
    key = {"tenant": favourite.tenant, "id": favourite.product}
    return global_ids.naming(entity_of(Product), key)


async def _stock_of(favourite: Favourite) -> Stock | None:
    """What is offered of a favourite; None if nothing is, any more."""
    stock = await products.stock_of(favourite.tenant, favourite.product)
    return stock if stock is not None and stock.active else None


@_favourite.field("title")
async def _resolve_title(favourite: Favourite, _info: Info) -> str | None:
    stock = await _stock_of(favourite)
    return None if stock is None else stock.title


@_favourite.field("price")
async def _resolve_price(favourite: Favourite, _info: Info) -> dict[str, object] | None:
    stock = await _stock_of(favourite)
    return None if stock is None else money(stock.price, stock.currency)


@_favourite.field("inStock")
async def _resolve_in_stock(favourite: Favourite, _info: Info) -> bool:
    stock = await _stock_of(favourite)
    return stock is not None and stock.available > 0


@_mutation.field("addFavourite")
@payload("product_id")
async def _resolve_add(_parent: None, info: Info, *, input: dict[str, Any]) -> str:
    context, id = info.context, input["product_id"]
    await favourites.add(context, key_in(context, id, PRODUCT)["id"])
    return id


@_mutation.field("removeFavourite")
@payload("product_id")
async def _resolve_remove(_parent: None, info: Info, *, input: dict[str, Any]) -> str:
    context, id = info.context, input["product_id"]
    await favourites.remove(context, key_in(context, id, PRODUCT)["id"])
    return id


bindables: Final = [
    _query,
    _mutation,
    _user,
    _loyalty,
    _entry,
    _favourite,
    EnumType("PointsReason", {reason.name: reason for reason in PointsReason}),
]
