"""Images of products: uploaded to the bucket by a form, then named by their keys (P10)."""

import re
from enum import StrEnum
from typing import Final

import msgspec

from tenantql.commerce.model import Product, Stock
from tenantql.commerce.products import stock_key
from tenantql.engine.context import Context
from tenantql.engine.errors import NotFound
from tenantql.engine.idempotency import Once, problems_of
from tenantql.engine.user_errors import Problem, UserError
from tenantql.table.entity import entity_of
from tenantql.table.errors import ConditionFailed
from tenantql.table.expressions import Change, Remove, Set, absent, all_of, equals
from tenantql.table.requests import Get
from tenantql.table.writes import Update
from tenantql.tenancy.uploads import Form

MAX_IMAGES: Final = 12
MAX_BYTES: Final = 5 * 1024 * 1024


class ImageType(StrEnum):
    """The file formats of images, by their media types."""

    AVIF = "image/avif"
    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"


_NAME: Final = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}\.(avif|jpeg|png|webp)")


class _Images(msgspec.Struct, frozen=True, kw_only=True):
    product: str
    images: tuple[str, ...]


def upload(context: Context, kind: ImageType) -> Form:
    """A form to upload one new image with, of this type and at most 5 MiB (P10): no call.

    Its key is new, so no image is ever replaced by another's upload.
    """
    name = f"{context.new_id(context.now)}.{kind.name.lower()}"
    return context.uploads.form(name, kind, MAX_BYTES, context.now)


def problems(context: Context, images: tuple[str, ...]) -> list[Problem]:
    """What is wrong with the keys of a product's images."""
    if len(images) > MAX_IMAGES or len({*images}) < len(images):
        message = f"A product has at most {MAX_IMAGES} images, each once."
        return [Problem("INVALID", message, ("images",))]
    own = context.uploads
    if all(own.owns(key) and _NAME.fullmatch(key.removeprefix(own.prefix)) for key in images):
        return []
    message = "An image is the key of an upload of this organisation."
    return [Problem("INVALID", message, ("images",))]


async def show(
    context: Context, product: str, images: tuple[str, ...], idempotency_key: str | None
) -> Product | None:
    """Gives a product of the caller's these images, in this order, and returns it.

    One transaction, since the stock has a copy of the first, and a read of what came of it: None
    for a product that is gone by then. Raises UserError, and NotFound for a product that is not
    the caller's.
    """
    if found := [*problems(context, images), *problems_of(idempotency_key)]:
        raise UserError(found)
    key = entity_of(Product).key(tenant=context.tenant, id=product)
    mine = all_of(equals("seller", context.identity.subject), absent("deleted_at"))
    first: Change = Set("image", images[0]) if images else Remove("image")
    actions = (
        Update(Product, key, (Set("images", images), *context.touch()), mine),
        Update(Stock, stock_key(context.tenant, product), (first, *context.touch())),
    )
    wanted = _Images(product=product, images=images)
    once = Once(context, "setProductImages", idempotency_key, wanted)
    try:
        return await Get(Product, await once.transact(actions, key))
    except ConditionFailed:
        raise NotFound("there is no such product of yours") from None
