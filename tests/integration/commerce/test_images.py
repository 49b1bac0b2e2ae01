"""Images: uploaded past the API with a form of the tenant's, and then shown by a product."""

import json
from base64 import b64decode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import httpx
import pytest

from tenantql.commerce.images import MAX_BYTES, MAX_IMAGES
from tenantql.tenancy.policy import Level
from tenantql.tenancy.uploads import File, signed_form
from tests.integration.commerce.shop import PROBLEMS, Shop, codes
from tests.integration.installation import Answer, id_of
from tests.unit.commerce.builders import id_of_number

UPLOAD: Final = f"""mutation($i: RequestImageUploadInput!) {{ requestImageUpload(input: $i) {{
  upload {{ key url fields {{ name value }} maxBytes expiresAt }} {PROBLEMS} }} }}"""
SHOW: Final = f"""mutation($i: SetProductImagesInput!) {{ setProductImages(input: $i) {{
  product {{ images {{ key url }} }} {PROBLEMS} }} }}"""

PNG: Final = b"\x89PNG\r\n\x1a\n" + bytes(100)


def asked(shop: Shop, kind: str = "PNG") -> Answer:
    return shop.instance.ask(shop.seller, UPLOAD, i={"type": kind})


def form_of(answer: Answer) -> dict[str, Any]:
    return answer.data["requestImageUpload"]["upload"]


def post(
    form: dict[str, Any], content: bytes = PNG, changed: Mapping[str, str] | None = None
) -> int:
    """The status of an upload as a browser sends it, with fields changed."""
    fields = {field["name"]: field["value"] for field in form["fields"]} | dict(changed or {})
    with httpx.Client(trust_env=False) as client:
        answer = client.post(form["url"], data=fields, files={"file": ("image", content)})
    return answer.status_code


def stored(shop: Shop) -> dict[str, tuple[bytes, str]]:
    """What is under the tenant's prefix of the bucket: content and type by key."""
    s3: Any = shop.installation.cloud.client("s3")
    name = shop.installation.bucket.name
    listed = s3.list_objects_v2(Bucket=name, Prefix=f"{shop.tenant}/").get("Contents", [])
    objects = {each["Key"]: s3.get_object(Bucket=name, Key=each["Key"]) for each in listed}
    return {key: (each["Body"].read(), each["ContentType"]) for key, each in objects.items()}


@pytest.mark.pattern("P10")
def test_an_image_is_uploaded_with_a_form_that_cost_no_call(shop: Shop) -> None:
    answer = asked(shop)
    form = form_of(answer)
    assert answer.operations == []
    assert form["key"].startswith(f"{shop.tenant}/")
    assert form["maxBytes"] == MAX_BYTES
    assert post(form) == 204
    assert stored(shop) == {form["key"]: (PNG, "image/png")}


@pytest.mark.pattern("P10")
def test_a_form_takes_one_key_one_type_and_so_many_bytes(shop: Shop) -> None:
    form = form_of(asked(shop, "JPEG"))
    assert post(form, bytes(MAX_BYTES + 1)) == 400
    assert post(form, b"") == 400
    wrong: tuple[dict[str, str], ...] = (
        {"Content-Type": "text/html"},
        {"key": f"{shop.tenant}/another.jpeg"},
        {"x-amz-date": "20260101T000000Z"},
        {"acl": "public-read"},
    )
    for changed in wrong:
        assert post(form, changed=changed) in (400, 403), changed
    policy = json.loads(
        b64decode(next(f["value"] for f in form["fields"] if f["name"] == "policy"))
    )
    assert policy["expiration"][:19] == form["expiresAt"][:19]
    assert stored(shop) == {}
    assert post(form, bytes(MAX_BYTES)) == 204


@pytest.mark.parametrize("level", Level)
def test_iam_refuses_another_tenants_prefix(shop: Shop, level: Level) -> None:
    """Also to a form that is signed in order: with these credentials, whatever code believes."""
    installation = shop.installation
    other = installation.new_tenant()
    credentials = installation.vendor.access(
        shop.tenant, installation.stack.data_table, level
    ).credentials
    for prefix, status in (
        (shop.tenant, 204 if level is Level.WRITE else 403),
        (other, 403),
        (f"{shop.tenant}-eu", 403),
        ("", 403),
    ):
        file = File(f"{prefix}/1.png", "image/png", 1000)
        now = datetime.now(UTC)
        form = signed_form(installation.bucket, file, credentials, now)
        fields = [{"name": name, "value": value} for name, value in form.fields.items()]
        assert post({"url": form.url, "fields": fields}) == status, prefix


def test_a_product_shows_its_images_in_their_order(shop: Shop) -> None:
    product = shop.product(pieces=0)
    keys = [form_of(asked(shop))["key"] for _ in range(2)]
    answer = shop.instance.ask(shop.seller, SHOW, i={"productId": product, "images": keys})
    assert answer.operations == ["TransactWriteItems", "GetItem"]
    shown = answer.data["setProductImages"]["product"]["images"]
    assert shown == [{"key": key, "url": None} for key in keys]
    assert [stock.image for stock in shop.books().stocks] == [keys[0]]
    gone = shop.change(shop.seller, SHOW, productId=product, images=[])
    assert gone["product"] == {"images": []}
    assert [stock.image for stock in shop.books().stocks] == [None]


def test_only_own_uploads_are_shown_and_only_by_the_seller(shop: Shop) -> None:
    product = shop.product(pieces=0)
    name = f"{id_of_number(1)}.png"
    for wrong in (
        [f"acme/{name}"],
        [f"{shop.tenant}-eu/{name}"],
        [name],
        [f"{shop.tenant}/../acme/{name}"],
        [f"{shop.tenant}/{name}.exe"],
        [f"{shop.tenant}/{name}"] * 2,
        [f"{shop.tenant}/{id_of_number(n)}.png" for n in range(MAX_IMAGES + 1)],
    ):
        assert codes(shop.change(shop.seller, SHOW, productId=product, images=wrong)) == ["INVALID"]
    others = id_of(shop.stocked(seller="somebody-else"))
    fields = {"productId": others, "images": [f"{shop.tenant}/{name}"]}
    assert shop.instance.ask(shop.seller, SHOW, i=fields).codes == ["NOT_FOUND"]


def test_customers_upload_nothing(shop: Shop) -> None:
    answer = shop.instance.ask(shop.customer, UPLOAD, i={"type": "PNG"})
    assert answer.codes == ["FORBIDDEN"]
