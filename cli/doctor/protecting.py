"""What is not protected: choices that a stack of production should not have left at that."""

from collections.abc import Iterator
from typing import Any, Final

from botocore.exceptions import ClientError

from cli.doctor.comparing import differences, parsed, policy, short
from cli.doctor.deployed import ALARM, COMPOSITE, FUNCTION, Deployed
from cli.doctor.findings import Check, Found, Severity
from local.evaluation import Node

GROUP: Final = "protection"
BUCKET: Final = "ImagesBucket"
TENANT_ATTRIBUTES: Final = ("custom:tenant", "custom:user")
"""What of an account decides who it is; nobody may write it but an administrator of the pool."""

YEAR: Final = 365


def _weight(stack: Deployed) -> Severity:
    """In production a fault, elsewhere for the eye."""
    return Severity.FAULT if stack.production else Severity.NOTE


def _development(stack: Deployed) -> Iterator[Found]:
    if not stack.production:
        yield Found(stack.name, "is a development stack: sam delete removes the data as well")


def _backups(stack: Deployed) -> Iterator[Found]:
    listed = stack.pages("backup", "list_protected_resources", "Results")
    kept = {each["ResourceArn"] for each in listed}
    for table in sorted({*stack.data_tables, *stack.tables}):
        if stack.table(table)["TableArn"] not in kept:
            yield Found(table, "is in no backup plan", _weight(stack))


def _key(stack: Deployed) -> Iterator[Found]:
    if not stack.parameters.get("KmsKeyArn"):
        yield Found("tables", "are encrypted with the key that AWS owns")


def _told(stack: Deployed) -> Iterator[Found]:
    alarms = {**stack.of_type(ALARM), **stack.of_type(COMPOSITE)}
    named = ("AlarmRule", "ActionsSuppressor")
    rules = " ".join(str(body.get(name, "")) for body in alarms.values() for name in named)
    for name, body in alarms.items():
        # What others are made of, or wait for, tells by them.
        if not body.get("AlarmActions") and stack.physical(name) not in rules:
            yield Found(name, "tells nobody", _weight(stack))
    topics = {topic for body in alarms.values() for topic in body.get("AlarmActions", [])}
    for topic in sorted(each for each in topics if ":sns:" in each):
        listed = stack.pages("sns", "list_subscriptions_by_topic", "Subscriptions", TopicArn=topic)
        if not any(each["SubscriptionArn"].startswith("arn:") for each in listed):
            yield Found(topic.rpartition(":")[2], "has nobody who listens", _weight(stack))


def _introspection(stack: Deployed) -> Iterator[Found]:
    for name in stack.of_type(FUNCTION):
        variables = stack.live(name).get("Environment", {}).get("Variables", {})
        if stack.production and variables.get("TENANTQL_INTROSPECTION") == "on":
            yield Found(name, "tells clients the whole schema, in production")


def _keys_of_tokens(stack: Deployed) -> Iterator[Found]:
    variables = stack.live("AuthorizerFunction").get("Environment", {}).get("Variables", {})
    for name in ("TENANTQL_ISSUER", "TENANTQL_JWKS_URI"):
        if not variables.get(name, "").startswith("https://"):
            yield Found("AuthorizerFunction", f"{name} is {variables.get(name)}", _weight(stack))


def _logs(stack: Deployed) -> Iterator[Found]:
    days = int(stack.parameters.get("LogRetentionDays", YEAR))
    if stack.production and days < YEAR:
        yield Found("logs", f"are kept for {days} days")


def _bucket(stack: Deployed) -> Iterator[Found]:
    wanted = stack.resources[BUCKET]["Properties"]
    name = {"Bucket": stack.physical(BUCKET)}
    blocked = _of_bucket(stack, "get_public_access_block", name, "PublicAccessBlockConfiguration")
    for each in differences(wanted["PublicAccessBlockConfiguration"], blocked):
        yield Found(BUCKET, f"may become public: {each}")
    versions = stack.read("s3", "get_bucket_versioning", **name)
    for each in differences(wanted["VersioningConfiguration"], versions):
        yield Found(BUCKET, f"keeps no old versions: {each}")
    rules: Any = _of_bucket(
        stack, "get_bucket_encryption", name, "ServerSideEncryptionConfiguration"
    )
    if not (rules or {}).get("Rules"):
        yield Found(BUCKET, "is not encrypted")
    given = _of_bucket(stack, "get_bucket_policy", name, "Policy")
    said = stack.resources["ImagesBucketPolicy"]["Properties"]["PolicyDocument"]
    if given is None or policy(parsed(given)) != policy(said):
        yield Found(BUCKET, f"has another policy than the template's: {short(given)}")


def _of_bucket(stack: Deployed, operation: str, name: Node, member: str) -> Any:
    """A setting of the bucket; None if it has none."""
    try:
        return stack.read("s3", operation, **name)[member]
    except ClientError as error:
        if error.response.get("Error", {}).get("Code", "").startswith("NoSuch"):
            return None
        if "NotFound" in error.response.get("Error", {}).get("Code", ""):
            return None
        raise


def _pool(stack: Deployed) -> Iterator[Found]:
    pool = stack.outputs.get("UserPoolId")
    if pool is None:
        return
    clients = stack.pages(
        "cognito-idp", "list_user_pool_clients", "UserPoolClients", UserPoolId=pool
    )
    for each in clients:
        found = stack.read(
            *("cognito-idp", "describe_user_pool_client"),
            UserPoolId=pool,
            ClientId=each["ClientId"],
        )["UserPoolClient"]
        writable = found.get("WriteAttributes")
        # Without a list a client writes every attribute.
        for name in TENANT_ATTRIBUTES if writable is None else {*writable} & {*TENANT_ATTRIBUTES}:
            yield Found(f"client {each['ClientId']}", f"lets users write {name}", Severity.CRITICAL)
    described = stack.read("cognito-idp", "describe_user_pool", UserPoolId=pool)["UserPool"]
    if described.get("MfaConfiguration", "OFF") == "OFF":
        yield Found("UserPool", "has no second factor")
    if not described.get("AdminCreateUserConfig", {}).get("AllowAdminCreateUserOnly"):
        yield Found("UserPool", "lets anybody make an account")


CHECKS: Final = (
    Check(
        "production",
        GROUP,
        "The stack is deployed as one of production",
        "Then tables and accounts stay when the stack goes, and are protected against deletion.",
        "Environment=production, for what holds customers' data.",
        Severity.NOTE,
        _development,
    ),
    Check(
        "backup-plan",
        GROUP,
        "AWS Backup keeps copies of each table",
        "Point-in-time recovery goes with the account and reaches back 35 days.",
        "The parameters of docs/backup.md turn a plan on.",
        Severity.FAULT,
        _backups,
    ),
    Check(
        "customer-key",
        GROUP,
        "Tables are encrypted with a key of the customer's",
        "Only such a key can be taken away, and its use is seen in CloudTrail.",
        "KmsKeyArn, if a rule asks for it; it costs a request to KMS now and then.",
        Severity.NOTE,
        _key,
    ),
    Check(
        "alarm-topic",
        GROUP,
        "Alarms tell somebody, whose address is confirmed",
        "An alarm that tells nobody is a line in a console.",
        "Give the stack AlarmEmail, or topics that somebody reads; docs/monitoring.md.",
        Severity.FAULT,
        _told,
    ),
    Check(
        "introspection",
        GROUP,
        "The schema is not told to clients in production",
        "It is a map of what can be tried.",
        "Introspection=by-environment.",
        Severity.NOTE,
        _introspection,
    ),
    Check(
        "keys-of-tokens",
        GROUP,
        "Signing keys come over TLS",
        "Who stands between can put a key of their own, and sign any tenant's tokens.",
        "An issuer with https; plain http is for this machine.",
        Severity.FAULT,
        _keys_of_tokens,
    ),
    Check(
        "log-period",
        GROUP,
        "Logs of production are kept for a year",
        "Incidents are often found months after they began.",
        "LogRetentionDays=365.",
        Severity.NOTE,
        _logs,
    ),
    Check(
        "images-bucket",
        GROUP,
        "The bucket of images is private, encrypted, versioned, and reached over TLS alone",
        "Uploads of all tenants are in it.",
        "Deploy the stack again.",
        Severity.FAULT,
        _bucket,
    ),
    Check(
        "user-pool",
        GROUP,
        "No client of the user pool lets users write who they are",
        "custom:tenant decides the tenant: whoever writes it chooses one.",
        "aws cognito-idp update-user-pool-client with WriteAttributes email and name.",
        Severity.FAULT,
        _pool,
    ),
)
