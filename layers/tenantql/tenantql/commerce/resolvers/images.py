"""Images of products."""

from typing import Any, Final

from tenantql.commerce import images
from tenantql.commerce.images import MAX_BYTES, ImageType
from tenantql.commerce.model import Product
from tenantql.commerce.resolvers.products import PRODUCT
from tenantql.engine.binding import EnumType, MutationType, ObjectType
from tenantql.engine.context import Context, Info
from tenantql.engine.nodes import key_in
from tenantql.engine.user_errors import payload
from tenantql.table.entity import timestamp

_mutation = MutationType()
_product = ObjectType("Product")


def image(context: Context, key: str) -> dict[str, object]:
    """The key of an image as the schema's `Image`."""
    return {"key": key, "url": context.uploads.url_of(key)}


@_product.field("images")
def _resolve_images(product: Product, info: Info) -> list[dict[str, object]]:
    return [image(info.context, key) for key in product.images]


@_mutation.field("requestImageUpload")
@payload("upload")
async def _resolve_upload(_parent: None, info: Info, *, input: dict[str, Any]) -> Any:
    form = images.upload(info.context, input["type"])
    return {
        "key": form.fields["key"],
        "url": form.url,
        "fields": [{"name": name, "value": value} for name, value in form.fields.items()],
        "max_bytes": MAX_BYTES,
        "expires_at": timestamp(form.expires_at),
    }


@_mutation.field("setProductImages")
@payload("product")
async def _resolve_images_of(_parent: None, info: Info, *, input: dict[str, Any]) -> Product | None:
    product = key_in(info.context, input["product_id"], PRODUCT)["id"]
    keys = tuple(input["images"])
    return await images.show(info.context, product, keys, input.get("idempotency_key"))


bindables: Final = [_mutation, _product, EnumType("ImageType", ImageType)]
