"""Buckets that are open, in the clear, or full of leftovers."""

from typing import Final

from tests.template import bucket_checks as checks
from tests.template.breakage import Breakage, drop, of, put

_POLICY: Final = of("ImagesBucketPolicy", "PolicyDocument>Statement>TlsAlone")

BREAKAGES: Final = (
    Breakage(
        checks.buckets_are_private,
        "a policy may open it",
        put(of("ImagesBucket", "PublicAccessBlockConfiguration>BlockPublicPolicy"), value=False),
    ),
    Breakage(
        checks.buckets_are_private,
        "owners of objects",
        drop(of("ImagesBucket", "OwnershipControls")),
    ),
    Breakage(
        checks.buckets_are_encrypted, "no encryption", drop(of("ImagesBucket", "BucketEncryption"))
    ),
    Breakage(checks.buckets_are_encrypted, "objects without TLS", drop(f"{_POLICY}>Resource>1")),
    Breakage(
        checks.pages_upload_from_allowed_origins,
        "any origin",
        put(of("ImagesBucket", "CorsConfiguration>Fn::If>1>CorsRules>0>AllowedOrigins"), ["*"]),
    ),
    Breakage(
        checks.pages_upload_from_allowed_origins,
        "replacing by a page",
        put(of("ImagesBucket", "CorsConfiguration>Fn::If>1>CorsRules>0>AllowedMethods"), ["PUT"]),
    ),
    Breakage(
        checks.leftovers_end,
        "versions for ever",
        drop(of("ImagesBucket", "LifecycleConfiguration>Rules>0>NoncurrentVersionExpiration")),
    ),
)
