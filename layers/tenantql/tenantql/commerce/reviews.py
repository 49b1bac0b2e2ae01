"""Reviews of products, and their stars added up in the product itself (P11)."""

from typing import Final

import msgspec

from tenantql.commerce.model import Product, Review
from tenantql.engine.context import Context
from tenantql.engine.errors import NotFound
from tenantql.engine.idempotency import Once, problems_of
from tenantql.engine.user_errors import Problem, UserError
from tenantql.table.entity import Key, entity_of
from tenantql.table.errors import ConditionFailed, Conflict
from tenantql.table.expressions import Increase, absent, equals
from tenantql.table.requests import Get, Query
from tenantql.table.writes import Create, Delete, Update

STARS: Final = range(1, 6)
AUTHOR_LENGTH: Final = 100
TEXT_LENGTH: Final = 2_000

REVIEW: Final = "review"


class NewReview(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer thinks of a product; `author` is the name to show."""

    product: str
    rating: int
    author: str
    text: str


class Withdrawal(msgspec.Struct, frozen=True, kw_only=True):
    """Which review goes, by its product and customer, and the stars that it was seen with."""

    product: str
    customer: str
    rating: int


def of_product(tenant: str, product: str) -> Query[Review]:
    """A product's reviews, the newest first (P11): one Query of GSI1."""
    pk = entity_of(Review).index("GSI1").pk.format({"tenant": tenant, "product": product})
    return Query(Review, pk, index="GSI1", descending=True)


async def add(context: Context, new: NewReview, idempotency_key: str | None) -> Review:
    """Adds the caller's review of a product and its stars, in one transaction (P11).

    Raises UserError if there is one of the caller's already, NotFound if there is no such product.
    """
    if problems := [*_problems(new), *problems_of(idempotency_key)]:
        raise UserError(problems)
    review = Review(
        **context.audit(),
        product=new.product,
        customer=context.identity.subject,
        rating=new.rating,
        author=new.author.strip(),
        text=new.text,
    )
    own = entity_of(Review).key_of(review)
    once = Once(context, "addReview", idempotency_key, new)
    actions = (Create(review, label=REVIEW), _rated(context, new.product, new.rating, 1))
    try:
        await once.transact(actions, own)
    except ConditionFailed as error:
        if REVIEW in error.labels:
            message = "You have reviewed this product; withdraw that review to write another."
            raise UserError([Problem("TAKEN", message, ("productId",))]) from None
        raise NotFound("there is no such product") from None
    if not once.repeated:
        return review
    found = await Get(Review, own)
    if found is None:
        raise Conflict("the first result is gone; use a new idempotency key")
    return found


async def withdraw(context: Context, what: Withdrawal, idempotency_key: str | None) -> Key:
    """Takes a review and its stars away, in one transaction; returns the product's key (P11).

    Raises UserError if the review has other stars than it was seen with, NotFound if it is gone.
    """
    if problems := problems_of(idempotency_key):
        raise UserError(problems)
    key = entity_of(Review).key(tenant=context.tenant, product=what.product, customer=what.customer)
    once = Once(context, "withdrawReview", idempotency_key, what)
    actions = (
        Delete(Review, key, equals("rating", what.rating), label=REVIEW),
        _rated(context, what.product, -what.rating, -1),
    )
    try:
        return await once.transact(actions, actions[1].key)
    except ConditionFailed as error:
        if REVIEW in error.labels and 0 in error.stored:
            message = "This review is another one by now; look at it again."
            raise UserError([Problem("CHANGED", message, ("rating",))]) from None
        raise NotFound("there is no such review") from None


def _rated(context: Context, product: str, stars: int, count: int) -> Update[Product]:
    changes = (Increase("rating_sum", stars), Increase("rating_count", count), *context.touch())
    key = entity_of(Product).key(tenant=context.tenant, id=product)
    return Update(Product, key, changes, absent("deleted_at"))


def _problems(new: NewReview) -> list[Problem]:
    problems: list[Problem] = []
    if new.rating not in STARS:
        message = f"A review gives {STARS[0]} to {STARS[-1]} stars."
        problems.append(Problem("INVALID", message, ("rating",)))
    if not 0 < len(new.author.strip()) <= AUTHOR_LENGTH:
        message = f"A name has 1 to {AUTHOR_LENGTH} characters."
        problems.append(Problem("INVALID", message, ("author",)))
    if len(new.text) > TEXT_LENGTH:
        message = f"A review has at most {TEXT_LENGTH} characters."
        problems.append(Problem("INVALID", message, ("text",)))
    return problems
