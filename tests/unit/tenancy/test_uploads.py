"""Forms for uploads: what botocore signs, to the letter, and only under the tenant's prefix."""

import json
from base64 import b64decode
from datetime import datetime
from typing import Any

import boto3
import pytest
from botocore import auth
from hypothesis import given
from hypothesis import strategies as st

from tenantql.table.access import Access, Credentials
from tenantql.tenancy.errors import VendingFailed
from tenantql.tenancy.uploads import LIFETIME, Bucket, File, Uploads, no_uploads, signed_form
from tests.unit.builders import NOW, access

URL = "https://images.s3.eu-central-1.amazonaws.com/"
BUCKET = Bucket("images", "eu-central-1", URL)


def _at(now: datetime) -> Any:
    def current(*_: object) -> datetime:
        return now

    return current


def signed_by_botocore(file: File, credentials: Credentials, now: datetime) -> dict[str, Any]:
    """The form as `generate_presigned_post` makes it at that time."""
    make: Any = boto3.client  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    client = make(
        "s3",
        region_name=BUCKET.region,
        aws_access_key_id=credentials.access_key,
        aws_secret_access_key=credentials.secret_key,
        aws_session_token=credentials.token,
    )
    type_of = {"Content-Type": file.media_type}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(auth, "get_current_datetime", _at(now))
        patch.setattr("botocore.signers.get_current_datetime", _at(now.replace(tzinfo=None)))
        return client.generate_presigned_post(
            BUCKET.name,
            file.key,
            Fields=type_of,
            Conditions=[type_of, ["content-length-range", 1, file.most_bytes]],
            ExpiresIn=int(LIFETIME.total_seconds()),
        )


secrets = st.text("abcXYZ019+/=", min_size=1, max_size=40)


@given(secret=secrets, token=st.none() | secrets, number=st.integers(0, 10**6))
def test_a_form_is_the_one_that_botocore_signs(secret: str, token: str | None, number: int) -> None:
    file = File(f"acme/{number}.png", "image/png", 1 + number)
    credentials = Credentials("AKID", secret, token)
    form = signed_form(BUCKET, file, credentials, NOW)
    assert form.fields == signed_by_botocore(file, credentials, NOW)["fields"]
    assert form.expires_at == NOW + LIFETIME


def test_key_type_and_size_are_conditions_of_what_is_signed() -> None:
    uploads = Uploads(BUCKET, "acme/", access)
    form = uploads.form("1.png", "image/png", 1000, NOW)
    policy = json.loads(b64decode(form.fields["policy"]))
    assert policy["expiration"] == "2026-11-21T09:35:00Z"
    assert {"key": "acme/1.png"} in policy["conditions"]
    assert {"Content-Type": "image/png"} in policy["conditions"]
    assert {"bucket": "images"} in policy["conditions"]
    assert ["content-length-range", 1, 1000] in policy["conditions"]
    assert form.url == URL


@pytest.mark.parametrize(
    ("key", "own"),
    [
        ("acme/1.png", True),
        ("acme-eu/1.png", False),
        ("acme", False),
        ("", False),
        ("/acme/", False),
    ],
)
def test_a_key_is_the_tenants_by_its_prefix(key: str, own: bool) -> None:
    assert Uploads(BUCKET, "acme/", access).owns(key) is own


def test_an_object_has_an_address_where_one_is_served() -> None:
    shown = Bucket("images", "eu-central-1", URL, "https://cdn.example.com/images/")
    assert Uploads(shown, "acme/", access).url_of("acme/1.png") == (
        "https://cdn.example.com/images/acme/1.png"
    )
    for bucket in (BUCKET, None):
        assert Uploads(bucket, "acme/", access).url_of("acme/1.png") is None


def test_without_a_bucket_or_a_tenant_there_is_no_form() -> None:
    def not_asked() -> Access:
        raise AssertionError

    for uploads in (no_uploads(), Uploads(None, "acme/", not_asked)):
        with pytest.raises(VendingFailed):
            uploads.form("1.png", "image/png", 1000, NOW)
