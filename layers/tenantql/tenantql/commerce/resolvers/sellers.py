"""Sellers: who becomes one, and what customers see of them."""

from typing import Any, Final

from tenantql.accounts.model import User
from tenantql.accounts.resolvers import USER
from tenantql.commerce import sellers
from tenantql.commerce.model import SellerProfile
from tenantql.commerce.sellers import NewSeller, Presentation
from tenantql.engine.binding import MutationType, ObjectType, QueryType
from tenantql.engine.context import Info
from tenantql.engine.nodes import NodeType, by_id, key_in
from tenantql.engine.user_errors import payload
from tenantql.engine.visibility import everybody
from tenantql.table.entity import entity_of
from tenantql.table.requests import Get

SELLER: Final = NodeType(SellerProfile, everybody)

_query = QueryType()
_mutation = MutationType()
_profile = ObjectType("SellerProfile")
_user = ObjectType("User")


@_query.field("sellerProfile")
async def _resolve_profile(
    _parent: None, info: Info, *, id: str | None = None
) -> SellerProfile | None:
    context = info.context
    if id is None:
        return await sellers.profile_of(context.tenant, context.identity.subject)
    return await by_id(context, id, SELLER)


@_user.field("sellerProfile")
async def _resolve_profile_of(user: User, _info: Info) -> SellerProfile | None:
    return await sellers.profile_of(user.tenant, user.id)


@_profile.field("user")
async def _resolve_user(profile: SellerProfile, _info: Info) -> User | None:
    return await Get(User, entity_of(User).key(tenant=profile.tenant, id=profile.seller))


@_mutation.field("makeSeller")
@payload("seller")
async def _resolve_make(_parent: None, info: Info, *, input: dict[str, Any]) -> SellerProfile:
    new = NewSeller(
        user=key_in(info.context, input["user_id"], USER)["id"],
        name=input["name"],
        description=input["description"],
    )
    return await sellers.make(info.context, new, input.get("idempotency_key"))


@_mutation.field("updateSellerProfile")
@payload("seller")
async def _resolve_update(_parent: None, info: Info, *, input: dict[str, Any]) -> SellerProfile:
    seller = key_in(info.context, input["id"], SELLER)["seller"]
    presentation = Presentation(name=input.get("name"), description=input.get("description"))
    return await sellers.present(info.context, seller, input["version"], presentation)


bindables: Final = [_query, _mutation, _profile, _user]
