"""Tables: keys, indexes, TTL, streams, recovery, encryption, protection, capacity."""

from collections.abc import Iterator
from typing import Any, Final

from cli.doctor.comparing import differences
from cli.doctor.deployed import Deployed
from cli.doctor.findings import Check, Found, Severity
from local.evaluation import Node

GROUP: Final = "tables"
SCALED: Final = ("Read", "Write")
REDEPLOY: Final = "Deploy the stack again, or set it by hand on a table beside the template."


def tables(stack: Deployed) -> Iterator[tuple[str, Node]]:
    """Each table by name with what the template says of it; of a further tenant table, the first's.

    A table that is not there has a check of its own.
    """
    first = stack.tables.get(stack.outputs["DataTableName"], {})
    existing = {*stack.pages("dynamodb", "list_tables", "TableNames")}
    for name in sorted({*stack.tables, *stack.data_tables} & existing):
        yield name, stack.tables.get(name, first)


def _active(stack: Deployed) -> Iterator[Found]:
    existing = {*stack.pages("dynamodb", "list_tables", "TableNames")}
    for name in stack.tables:
        if name not in existing:
            yield Found(name, "there is no such table")
    for name, _ in tables(stack):
        status = stack.table(name)["TableStatus"]
        if status != "ACTIVE":
            yield Found(name, f"is {status}")


def _keys(stack: Deployed) -> Iterator[Found]:
    for name, wanted in tables(stack):
        keys = {"KeySchema": _schema(wanted)}
        for each in differences(keys, {"KeySchema": _schema(stack.table(name))}):
            yield Found(name, each)


def _indexes(stack: Deployed) -> Iterator[Found]:
    for name, body in tables(stack):
        wanted, given = _by_name(body), _by_name(stack.table(name))
        for index in sorted(wanted.keys() | given.keys()):
            where = f"{name}/{index}"
            if index not in given:
                yield Found(where, "is missing")
            elif index not in wanted:
                yield Found(where, "is not in the template", Severity.NOTE)
            else:
                yield from _index(where, wanted[index], given[index])


def _index(where: str, wanted: Node, given: Node) -> Iterator[Found]:
    if given.get("IndexStatus") != "ACTIVE":
        yield Found(where, f"is {given.get('IndexStatus')}")
    shape = {"KeySchema": _schema(wanted), "Projection": wanted["Projection"]}
    found = {"KeySchema": _schema(given), "Projection": given["Projection"]}
    for each in differences(shape, found):
        yield Found(where, each)


def _by_name(table: Node) -> dict[str, Node]:
    found: list[Node] = table.get("GlobalSecondaryIndexes") or []
    return {each["IndexName"]: each for each in found}


def _schema(body: Node) -> dict[str, str]:
    """The attributes of a key by their part in it: their order counts."""
    return {part["KeyType"]: part["AttributeName"] for part in body.get("KeySchema", [])}


def _ttl(stack: Deployed) -> Iterator[Found]:
    for name, body in tables(stack):
        wanted = body.get("TimeToLiveSpecification")
        read = stack.read("dynamodb", "describe_time_to_live", TableName=name)
        given = read["TimeToLiveDescription"]
        if not wanted:
            continue
        if given.get("TimeToLiveStatus") not in {"ENABLED", "ENABLING"}:
            yield Found(name, f"expires nothing (TTL is {given.get('TimeToLiveStatus')})")
        elif given.get("AttributeName") != wanted["AttributeName"]:
            yield Found(name, f"expires by {given.get('AttributeName')}")


def _stream(stack: Deployed) -> Iterator[Found]:
    for name, body in tables(stack):
        wanted = body.get("StreamSpecification")
        given: Node = stack.table(name).get("StreamSpecification") or {}
        if not wanted:
            continue
        if not given.get("StreamEnabled"):
            yield Found(name, "has no stream")
        elif given.get("StreamViewType") != wanted["StreamViewType"]:
            yield Found(name, f"streams {given.get('StreamViewType')}")


def _recovery(stack: Deployed) -> Iterator[Found]:
    for name, _ in tables(stack):
        read = stack.read("dynamodb", "describe_continuous_backups", TableName=name)
        given: Any = read["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
        if given.get("PointInTimeRecoveryStatus") != "ENABLED":
            yield Found(name, "cannot be restored to a point in time")


def _encryption(stack: Deployed) -> Iterator[Found]:
    for name, body in tables(stack):
        wanted = body.get("SSESpecification", {})
        given = stack.table(name).get("SSEDescription", {})
        if wanted.get("KMSMasterKeyId") and (
            given.get("Status") not in {"ENABLED", "UPDATING"}
            or given.get("KMSMasterKeyArn") != wanted["KMSMasterKeyId"]
        ):
            key = given.get("KMSMasterKeyArn", "the key that AWS owns")
            yield Found(name, f"is encrypted with {key}, the template says otherwise")
        if "InaccessibleEncryptionDateTime" in given:
            yield Found(name, "cannot be read: its key is not accessible", Severity.CRITICAL)


def _protection(stack: Deployed) -> Iterator[Found]:
    for name, body in tables(stack):
        wanted = str(body.get("DeletionProtectionEnabled", False)).lower() == "true"
        if wanted and not stack.table(name).get("DeletionProtectionEnabled"):
            yield Found(name, "can be deleted by one call")


def _capacity(stack: Deployed) -> Iterator[Found]:
    for name, body in tables(stack):
        read = stack.table(name).get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")
        kept_up = stack.parameters.get("TableUpkeep", "stack") == "stack"
        if kept_up and read != body.get("BillingMode", "PROVISIONED"):
            yield Found(name, f"is {read}, the template says {body.get('BillingMode')}")
        elif read == "PROVISIONED":
            yield from _scaling(stack, name)


def _scaling(stack: Deployed, table: str) -> Iterator[Found]:
    of_dynamodb = {"ServiceNamespace": "dynamodb"}
    listed = stack.pages(
        "application-autoscaling", "describe_scalable_targets", "ScalableTargets", **of_dynamodb
    )
    policies = stack.pages(
        "application-autoscaling", "describe_scaling_policies", "ScalingPolicies", **of_dynamodb
    )
    targets = {(each["ResourceId"], each["ScalableDimension"]): each for each in listed}
    followed = {(each["ResourceId"], each["ScalableDimension"]) for each in policies}
    places = [(f"table/{table}", "table")]
    places += [(f"table/{table}/index/{index}", "index") for index in _by_name(stack.table(table))]
    for place, kind in places:
        for access in SCALED:
            target = (place, f"dynamodb:{kind}:{access}CapacityUnits")
            if target not in targets or target not in followed:
                yield Found(place.removeprefix("table/"), f"does not scale its {access.lower()}s")
            elif any(targets[target].get("SuspendedState", {}).values()):
                yield Found(place.removeprefix("table/"), f"{access}s: scaling is suspended")


def _check(id: str, holds: str, why: str, look: Any, severity: Severity = Severity.FAULT) -> Check:
    return Check(id, GROUP, holds, why, REDEPLOY, severity, look)


CHECKS: Final = (
    _check(
        "tables-active",
        "Each table is there and active",
        "A table that is being made, changed or deleted does not serve in full.",
        _active,
        Severity.CRITICAL,
    ),
    _check(
        "keys",
        "Tables have the template's keys",
        "A table with other keys was made by something else, and no policy fits it.",
        _keys,
        Severity.CRITICAL,
    ),
    _check(
        "indexes",
        "Indexes have the template's keys and projections, and are active",
        "A missing index fails its queries; a narrower projection answers with less.",
        _indexes,
    ),
    _check(
        "ttl",
        "Items expire",
        "Carts, idempotency records and revocations would stay for ever, and be paid for.",
        _ttl,
    ),
    _check(
        "streams",
        "The stream has old and new images",
        "Consumers, the search index and statistics follow it.",
        _stream,
    ),
    _check(
        "point-in-time-recovery",
        "Tables can be restored to any second of the last weeks",
        "Without it, what a defect or a person overwrites is gone.",
        _recovery,
    ),
    _check(
        "encryption",
        "Tables are encrypted with the key that the template names",
        "Whoever asked for a key of their own relies on being able to take it away.",
        _encryption,
    ),
    _check(
        "deletion-protection",
        "Tables of production cannot be deleted by one call",
        "One wrong command would delete every tenant of the table.",
        _protection,
    ),
    _check(
        "capacity",
        "Tables are billed as the template says; provisioned ones scale, indexes too",
        "A table that does not scale throttles at the next peak, or costs too much after it.",
        _capacity,
    ),
)
