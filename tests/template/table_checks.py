"""What must hold for the tables: keys, indexes, stream, durability, capacity."""

from typing import Any, Final, cast

from benchmarks.scaling.demand import SIZES
from benchmarks.scaling.settings import Limits, limits
from benchmarks.scaling.writing import SETTINGS
from local.evaluation import VARIABLE
from tenantql.table.entity import TENANT_INDEXES
from tests.template.role_checks import KEY
from tests.template.stack import Node, Stack

TABLES: Final = ("DataTable", "ControlTable")
ACCESSES: Final = ("Read", "Write")
_PROVISIONED: Final = {"CapacityMode": "provisioned"}

type Key = tuple[tuple[str, str], ...]


def _key(*names: str) -> Key:
    return tuple(zip(names, ("HASH", "RANGE"), strict=False))


_INDEXES: Final[dict[str, tuple[Key, str]]] = {
    **{name: (_key(f"{name}PK", f"{name}SK"), "ALL") for name in TENANT_INDEXES},
    "directory": (_key("DIRPK", "PK"), "KEYS_ONLY"),
    "platform": (_key("PLATPK", "PLATSK"), "KEYS_ONLY"),
}


def _schema(body: Node) -> Key:
    return tuple((part["AttributeName"], part["KeyType"]) for part in body["KeySchema"])


def _indexes(stack: Stack, table: str) -> dict[str, Node]:
    found: list[Node] = stack.properties(table).get("GlobalSecondaryIndexes", [])
    return {body["IndexName"]: body for body in found}


def keys_are_those_of_the_model(template: Node) -> list[str]:
    """Table and index keys are what the package writes, all of them strings."""
    stack = Stack.of(template)
    found = [name for name in TABLES if _schema(stack.properties(name)) != _key("PK", "SK")]
    given = {
        name: (_schema(body), body["Projection"]["ProjectionType"])
        for name, body in _indexes(stack, "DataTable").items()
    }
    found += [name for name in {*given, *_INDEXES} if given.get(name) != _INDEXES.get(name)]
    for table in TABLES:
        types = stack.properties(table)["AttributeDefinitions"]
        found += [part["AttributeName"] for part in types if part["AttributeType"] != "S"]
    return found


def names_are_those_of_the_policies(template: Node) -> list[str]:
    """Table names follow the pattern that the role policies are written for."""
    stack = Stack.of(template)
    wanted = {"DataTable": "shop-data-basic-01", "ControlTable": "shop-control"}
    return [name for name in TABLES if stack.properties(name).get("TableName") != wanted[name]]


def changes_are_streamed(template: Node) -> list[str]:
    """The data table's stream has both images: consumers compare them."""
    stream = Stack.of(template).properties("DataTable").get("StreamSpecification", {})
    return [] if stream == {"StreamViewType": "NEW_AND_OLD_IMAGES"} else [str(stream)]


def items_expire(template: Node) -> list[str]:
    """TTL is on, by the attribute that the package writes."""
    stack = Stack.of(template)
    wanted = {"AttributeName": "expires_at", "Enabled": True}
    return [
        name for name in TABLES if stack.properties(name).get("TimeToLiveSpecification") != wanted
    ]


def tables_can_be_restored(template: Node) -> list[str]:
    """Point-in-time recovery is on, in development too: that is where it is tried.

    It reaches back as far as it can, which costs no more than a day of it.
    """
    stack = Stack.of(template)
    wanted = {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": "35"}
    return [
        name
        for name in TABLES
        if stack.properties(name).get("PointInTimeRecoverySpecification") != wanted
    ]


def encryption_follows_the_key(template: Node) -> list[str]:
    """A customer key when one is given, else the key that AWS owns."""
    wanted: dict[str, Any] = {
        "": {"SSEEnabled": False},
        KEY: {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": KEY},
    }
    return [
        f"{name} with {key or 'no key'}"
        for key, expected in wanted.items()
        for name in TABLES
        if Stack.of(template, KmsKeyArn=key).properties(name).get("SSESpecification") != expected
    ]


def production_keeps_its_data(template: Node) -> list[str]:
    """Outside development tables and users are protected and stay; in development they go."""
    found: list[str] = []
    for environment, policy, kept in (
        ("development", "Delete", False),
        ("production", "Retain", True),
    ):
        stack = Stack.of(template, Environment=environment)
        protections: dict[str, tuple[str, Any]] = {
            **dict.fromkeys(TABLES, ("DeletionProtectionEnabled", kept)),
            "UserPool": ("DeletionProtection", "ACTIVE" if kept else "INACTIVE"),
        }
        for name, (setting, value) in protections.items():
            body = stack.resources[name]
            if body["Properties"].get(setting) != value:
                found.append(f"{environment}: {name}.{setting}")
            found += [
                f"{environment}: {name}.{attribute}"
                for attribute in ("DeletionPolicy", "UpdateReplacePolicy")
                if body.get(attribute) != policy
            ]
    return found


def capacity_follows_the_mode(template: Node) -> list[str]:
    """On demand, or provisioned: then every table and index has units of its own."""
    found: list[str] = []
    for parameters, mode in (({}, "PAY_PER_REQUEST"), (_PROVISIONED, "PROVISIONED")):
        stack = Stack.of(template, **parameters)
        for table in TABLES:
            body = stack.properties(table)
            found += [f"{table}: not {mode}"] if body.get("BillingMode") != mode else []
            for name, part in {table: body, **_indexes(stack, table)}.items():
                place = {"DataTable": "table", "ControlTable": "control"}.get(name, name)
                expected = {
                    f"{access}CapacityUnits": limits(SIZES[0])[place, access].least
                    for access in ACCESSES
                }
                if part.get("ProvisionedThroughput") != (expected if parameters else None):
                    found.append(f"{mode}: {name}")
    return found


def provisioned_capacity_scales(template: Node) -> list[str]:
    """Reads and writes of each table and index have a target and a policy; on demand, nothing."""
    stack = Stack.of(template, **_PROVISIONED)
    targets = stack.of_type("AWS::ApplicationAutoScaling::ScalableTarget")
    policies = stack.of_type("AWS::ApplicationAutoScaling::ScalingPolicy")
    wanted = {
        (f"table/{stack.properties(table)['TableName']}{place}", f"dynamodb:{kind}:{access}")
        for table in TABLES
        for kind, place in (
            ("table", ""),
            *(("index", f"/index/{name}") for name in _indexes(stack, table)),
        )
        for access in (f"{name}CapacityUnits" for name in ACCESSES)
    }
    given = {
        (body["Properties"]["ResourceId"], body["Properties"]["ScalableDimension"])
        for body in targets.values()
    }
    found = [f"{place} {dimension}" for place, dimension in sorted(given ^ wanted)]
    followed = {
        body["Properties"]["ScalingTargetId"]: body["Properties"][
            "TargetTrackingScalingPolicyConfiguration"
        ]["PredefinedMetricSpecification"]["PredefinedMetricType"]
        for body in policies.values()
    }
    for name, target in targets.items():
        access = "Read" if "Read" in target["Properties"]["ScalableDimension"] else "Write"
        if followed.get(name) != f"DynamoDB{access}CapacityUtilization":
            found.append(f"{name} has no policy of its own")
    idle = Stack.of(template)
    return found + [name for name in (*targets, *policies) if name in idle.resources]


def scaling_follows_the_load_model(template: Node) -> list[str]:
    """Limits, target and cooldowns are those that benchmarks/scaling derives, at each size."""
    found: list[str] = []
    for size in SIZES:
        stack = Stack.of(template, **_PROVISIONED, CapacityFor=size.name)
        targets = stack.of_type("AWS::ApplicationAutoScaling::ScalableTarget")
        given = {
            _part(body["Properties"]): Limits(
                body["Properties"]["MinCapacity"], body["Properties"]["MaxCapacity"]
            )
            for body in targets.values()
        }
        wanted = limits(size)
        found += [
            f"{size.name}: {place} {access} is not {wanted.get((place, access))}"
            for place, access in given.keys() | wanted.keys()
            if given.get((place, access)) != wanted.get((place, access))
        ]
        for name, body in stack.of_type("AWS::ApplicationAutoScaling::ScalingPolicy").items():
            tracking = body["Properties"]["TargetTrackingScalingPolicyConfiguration"]
            if {key: tracking.get(key) for key in SETTINGS} != SETTINGS:
                found.append(f"{size.name}: {name} is not {SETTINGS}")
    sizes = template["Parameters"]["CapacityFor"]["AllowedValues"]
    return found + [f"no {size.name}" for size in SIZES if size.name not in sizes]


def _part(target: Node) -> tuple[str, str]:
    """Table or index, and Read or Write, as the load model names them."""
    _, table, *index = target["ResourceId"].split("/")
    own = "control" if table.endswith("-control") else "table"
    access = target["ScalableDimension"].rpartition(":")[2].removesuffix("CapacityUnits")
    return (index[-1] if index else own), access


def insights_follow_the_parameter(template: Node) -> list[str]:
    """Contributor Insights for each table and index, or for none."""
    found: list[str] = []
    for value, expected in (("true", {"Enabled": True}), ("false", None)):
        stack = Stack.of(template, ContributorInsights=value)
        for table in TABLES:
            parts = {table: stack.properties(table), **_indexes(stack, table)}
            found += [
                f"{value}: {name}"
                for name, body in parts.items()
                if body.get("ContributorInsightsSpecification") != expected
            ]
    return found


def tables_and_roles_stand_alone(template: Node) -> list[str]:
    """Tables, bucket and roles refer to no function, API, queue or log group: a smaller stack."""
    kinds = ("AWS::DynamoDB::Table", "AWS::IAM::Role", "AWS::S3::Bucket")
    alone = {name for name, body in template["Resources"].items() if body["Type"] in kinds}
    return [
        f"{name} refers to {other}"
        for name in sorted(alone)
        for other in sorted(references(template["Resources"][name]))
        if other in template["Resources"] and other not in alone
    ]


def references(node: Any) -> set[str]:
    """All names that a part of the template refers to by Ref, GetAtt or Sub."""
    if isinstance(node, list):
        return {name for item in cast("list[Any]", node) for name in references(item)}
    if not isinstance(node, dict):
        return set()
    found: set[str] = set()
    for key, value in cast("Node", node).items():
        if key == "Ref":
            found.add(value)
        elif key == "Fn::GetAtt":
            found.add(value[0])
        elif key == "Fn::Sub" and isinstance(value, str):
            found |= {name.split(".")[0] for name in VARIABLE.findall(value)}
        else:
            found |= references(value)
    return found
