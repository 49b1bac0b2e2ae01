"""What must hold for the bucket of images: private, encrypted, and only by TLS."""

from typing import Any, Final

from tests.template.stack import Node, Stack

BUCKET: Final = "ImagesBucket"
_BLOCKS: Final = (
    "BlockPublicAcls",
    "BlockPublicPolicy",
    "IgnorePublicAcls",
    "RestrictPublicBuckets",
)


def buckets_are_private(template: Node) -> list[str]:
    """No list and no policy can open one, and no object has an owner of its own."""
    stack = Stack.of(template)
    found: list[str] = []
    for name in stack.of_type("AWS::S3::Bucket"):
        properties = stack.properties(name)
        blocks = properties.get("PublicAccessBlockConfiguration", {})
        found += [f"{name}: {block}" for block in _BLOCKS if blocks.get(block) is not True]
        rules: list[Node] = properties.get("OwnershipControls", {}).get("Rules", [])
        if [rule["ObjectOwnership"] for rule in rules] != ["BucketOwnerEnforced"]:
            found.append(f"{name}: lists of access count")
    return found


def buckets_are_encrypted(template: Node) -> list[str]:
    """Where it is stored, and on the way."""
    stack = Stack.of(template)
    guarded = [_guarded(stack, name) for name in stack.of_type("AWS::S3::BucketPolicy")]
    found: list[str] = []
    for name in stack.of_type("AWS::S3::Bucket"):
        encryption: Any = stack.properties(name).get("BucketEncryption", {})
        if not encryption.get("ServerSideEncryptionConfiguration"):
            found.append(f"{name} is stored in the clear")
        if name not in guarded:
            found.append(f"{name} takes requests without TLS")
    return found


def _guarded(stack: Stack, policy: str) -> str | None:
    """The bucket whose objects a policy denies to requests without TLS."""
    properties = stack.properties(policy)
    bucket = properties["Bucket"]
    arn = f"arn:aws:s3:::{bucket}"
    wanted = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    bodies: list[Node] = properties["PolicyDocument"]["Statement"]
    denies = any({**body, "Sid": ""} == {**wanted, "Sid": ""} for body in bodies)
    return bucket if denies else None


def pages_upload_from_allowed_origins(template: Node) -> list[str]:
    """The origins of the API may post forms, and no others; without any there is no CORS."""
    origins = ["https://a.example", "https://b.example"]
    given = Stack.of(template, AllowedOrigins=",".join(origins)).properties(BUCKET)
    rules: list[Node] = given.get("CorsConfiguration", {}).get("CorsRules", [])
    found = [f"{rule}" for rule in rules if rule["AllowedMethods"] != ["POST"]]
    if [rule["AllowedOrigins"] for rule in rules] != [origins]:
        found.append(f"{rules}")
    plain = Stack.of(template).properties(BUCKET)
    return found + (["CORS for nobody"] if "CorsConfiguration" in plain else [])


def leftovers_end(template: Node) -> list[str]:
    """What replaced an image keeps it for a while, and parts of uploads do not stay."""
    properties = Stack.of(template).properties(BUCKET)
    rules: list[Node] = properties.get("LifecycleConfiguration", {}).get("Rules", [])
    rule: Node = {}
    for one in rules:
        rule |= one if one["Status"] == "Enabled" else {}
    found = [
        name
        for name in ("AbortIncompleteMultipartUpload", "NoncurrentVersionExpiration")
        if name not in rule
    ]
    versions = properties.get("VersioningConfiguration", {}).get("Status")
    return found + ([] if versions == "Enabled" else ["no versions"])
