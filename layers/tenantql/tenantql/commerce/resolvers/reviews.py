"""Reviews of products."""

from typing import Any, Final

from tenantql.commerce import reviews
from tenantql.commerce.cards import average
from tenantql.commerce.model import Product, Review
from tenantql.commerce.resolvers.products import PRODUCT
from tenantql.commerce.reviews import NewReview, Withdrawal
from tenantql.engine.binding import MutationType, ObjectType, QueryType
from tenantql.engine.connections import Connection, Window, connection
from tenantql.engine.context import Context, Info
from tenantql.engine.errors import NotFound
from tenantql.engine.nodes import NodeType, key_in, own_key_in
from tenantql.engine.user_errors import payload
from tenantql.engine.visibility import everybody
from tenantql.table.requests import Get
from tenantql.tenancy.identity import Role

REVIEW: Final = NodeType(Review, everybody)

NOTHING: Final = "nothing"
"""Stands for a product of another tenant, of which there are no reviews here."""

_query = QueryType()
_mutation = MutationType()
_product = ObjectType("Product")
_withdrawn = ObjectType("WithdrawReviewPayload")


@_product.field("rating")
def _resolve_rating(product: Product, _info: Info) -> dict[str, object] | None:
    tenths = average(product.rating_sum, product.rating_count)
    return None if tenths is None else {"average": tenths / 10, "count": product.rating_count}


@_product.field("reviews")
async def _resolve_reviews(product: Product, info: Info, **window: Any) -> Connection[Any]:
    return await _reviews_of(info.context, product.id, Window(**window))


@_query.field("reviews")
async def _resolve_reviews_of(
    _parent: None, info: Info, *, product_id: str, **window: Any
) -> Connection[Any]:
    key = own_key_in(info.context, product_id, PRODUCT)
    product = NOTHING if key is None else key["id"]
    return await _reviews_of(info.context, product, Window(**window))


async def _reviews_of(context: Context, product: str, window: Window) -> Connection[Any]:
    queries = [reviews.of_product(context.tenant, product)]
    return await connection(context, f"reviews of:{product}", queries, window)


@_mutation.field("addReview")
@payload("review")
async def _resolve_add(_parent: None, info: Info, *, input: dict[str, Any]) -> Review:
    context = info.context
    new = NewReview(
        product=key_in(context, input["product_id"], PRODUCT)["id"],
        rating=input["rating"],
        author=input["author"],
        text=input["text"],
    )
    return await reviews.add(context, new, input.get("idempotency_key"))


@_mutation.field("withdrawReview")
@payload("product_key")
async def _resolve_withdraw(_parent: None, info: Info, *, input: dict[str, Any]) -> Any:
    context = info.context
    key = key_in(context, input["id"], REVIEW)
    if key["customer"] != context.identity.subject and not context.has(Role.STAFF, Role.ADMIN):
        raise NotFound("there is no such review of yours")
    what = Withdrawal(product=key["product"], customer=key["customer"], rating=input["rating"])
    return await reviews.withdraw(context, what, input.get("idempotency_key"))


@_withdrawn.field("product")
async def _resolve_rated(found: dict[str, Any], _info: Info) -> Product | None:
    if found["product_key"] is None:
        return None
    return await Get(Product, found["product_key"])


bindables: Final = [_query, _mutation, _product, _withdrawn]
