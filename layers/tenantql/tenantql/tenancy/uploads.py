"""Uploads past the API: forms that let a client put one file under the tenant's prefix of a bucket.

A form is signed with the tenant's credentials, so it can do no more than they: S3 asks IAM for the
right to that key when the file comes, and IAM knows the tenant's prefix alone. Key, type and
size are conditions of the form's policy, which is part of what is signed.
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
"""

import hmac
import json
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from tenantql.table.access import Access, Credentials
from tenantql.table.direct.signing import signing_key
from tenantql.tenancy.errors import VendingFailed

LIFETIME: Final = timedelta(minutes=5)
"""Of a form: no longer than the credentials that signed it have at least."""

_ALGORITHM: Final = "AWS4-HMAC-SHA256"


class Bucket(msgspec.Struct, frozen=True):
    """Where uploads go. `url` takes the form; `shown_at` is where its objects are served, if so."""

    name: str
    region: str
    url: str
    shown_at: str | None = None

    def arn(self, partition: str) -> str:
        """The bucket's ARN."""
        return f"arn:{partition}:s3:::{self.name}"


class File(msgspec.Struct, frozen=True):
    """What may be uploaded: one object of this key and media type, of 1 byte to `most_bytes`."""

    key: str
    media_type: str
    most_bytes: int


class Form(msgspec.Struct, frozen=True):
    """What a client posts to `url`, as multipart/form-data: these fields, then the `file`."""

    url: str
    fields: dict[str, str]
    expires_at: datetime


class Uploads(msgspec.Struct, frozen=True):
    """What an operation can let its client upload, and where that is shown.

    Without a bucket there is nothing to upload to. `access` is called when a form is signed.
    """

    bucket: Bucket | None
    prefix: str
    access: Callable[[], Access]

    def form(self, name: str, media_type: str, most_bytes: int, now: datetime) -> Form:
        """A form for one file of this name, under the prefix. Raises VendingFailed."""
        if self.bucket is None:
            raise VendingFailed("this deployment has no bucket for uploads")
        file = File(self.prefix + name, media_type, most_bytes)
        return signed_form(self.bucket, file, self.access().credentials, now)

    def owns(self, key: str) -> bool:
        """Whether a key is under the tenant's prefix."""
        return key.startswith(self.prefix)

    def url_of(self, key: str) -> str | None:
        """Where an object is served; None if the deployment serves none."""
        shown_at = None if self.bucket is None else self.bucket.shown_at
        return None if shown_at is None else f"{shown_at.rstrip('/')}/{key}"


def no_uploads() -> Uploads:
    """For operations without a tenant: there is no prefix."""

    def no_access() -> Access:
        raise VendingFailed("this operation has no tenant")

    return Uploads(None, "", no_access)


def signed_form(bucket: Bucket, file: File, credentials: Credentials, now: datetime) -> Form:
    """A form for `file`, signed with `credentials`."""
    expires_at = now + LIFETIME
    day, moment = f"{now:%Y%m%d}", f"{now:%Y%m%dT%H%M%SZ}"
    scope = f"{day}/{bucket.region}/s3/aws4_request"
    fixed = {
        "x-amz-algorithm": _ALGORITHM,
        "x-amz-credential": f"{credentials.access_key}/{scope}",
        "x-amz-date": moment,
        **({"x-amz-security-token": credentials.token} if credentials.token else {}),
    }
    conditions: list[Any] = [
        {"Content-Type": file.media_type},
        ["content-length-range", 1, file.most_bytes],
        {"bucket": bucket.name},
        {"key": file.key},
        *({name: value} for name, value in fixed.items()),
    ]
    policy = {"expiration": f"{expires_at:%Y-%m-%dT%H:%M:%SZ}", "conditions": conditions}
    encoded = b64encode(json.dumps(policy).encode()).decode()
    key = signing_key(credentials.secret_key, day, bucket.region, "s3")
    signature = hmac.digest(key, encoded.encode(), "sha256").hex()
    fields = {
        "key": file.key,
        "Content-Type": file.media_type,
        **fixed,
        "policy": encoded,
        "x-amz-signature": signature,
    }
    return Form(bucket.url, fields, expires_at)
