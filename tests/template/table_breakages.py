"""Tables that the package could not use, or that would lose data."""

from typing import Any, Final

from tests.template import table_checks as checks
from tests.template.breakage import Breakage, add, both, drop, of, put

_INDEXES: Final = of("DataTable", "GlobalSecondaryIndexes")
_ALWAYS_DELETED: Final[Any] = {"Fn::If": ["IsDevelopment", "Delete", "Delete"]}

BREAKAGES: Final = (
    Breakage(
        checks.keys_are_those_of_the_model,
        "no sort key",
        drop(of("ControlTable", "KeySchema>1")),
    ),
    Breakage(
        checks.keys_are_those_of_the_model,
        "an index with another key",
        put(f"{_INDEXES}>directory>KeySchema>1>AttributeName", "SK"),
    ),
    Breakage(
        checks.keys_are_those_of_the_model,
        "an index with keys alone",
        put(f"{_INDEXES}>GSI2>Projection>ProjectionType", "KEYS_ONLY"),
    ),
    Breakage(checks.keys_are_those_of_the_model, "an index less", drop(f"{_INDEXES}>GSI3")),
    Breakage(
        checks.keys_are_those_of_the_model,
        "a key that is a number",
        put(of("DataTable", "AttributeDefinitions>1>AttributeType"), "N"),
    ),
    Breakage(
        checks.names_are_those_of_the_policies,
        "a name without a tier",
        put(of("DataTable", "TableName"), {"Fn::Sub": "${AWS::StackName}-data"}),
    ),
    Breakage(
        checks.changes_are_streamed,
        "new images alone",
        put(of("DataTable", "StreamSpecification>StreamViewType"), "NEW_IMAGE"),
    ),
    *(
        Breakage(
            checks.items_expire,
            f"{table} by another attribute",
            put(of(table, "TimeToLiveSpecification>AttributeName"), "ttl"),
        )
        for table in checks.TABLES
    ),
    *(
        Breakage(
            checks.tables_can_be_restored,
            f"{table} without point-in-time recovery",
            put(of(table, "PointInTimeRecoverySpecification>PointInTimeRecoveryEnabled"), False),
        )
        for table in checks.TABLES
    ),
    Breakage(
        checks.tables_can_be_restored,
        "recovery that reaches back a week",
        put("Parameters>RecoveryPeriodInDays>Default", 7),
    ),
    *(
        Breakage(
            checks.encryption_follows_the_key,
            f"{table} ignores the key",
            drop(of(table, "SSESpecification")),
        )
        for table in checks.TABLES
    ),
    *(
        Breakage(
            checks.production_keeps_its_data,
            f"{resource} is deleted",
            put(f"Resources>{resource}>DeletionPolicy", _ALWAYS_DELETED),
        )
        for resource in (*checks.TABLES, "UserPool")
    ),
    Breakage(
        checks.production_keeps_its_data,
        "a replacement deletes the old table",
        put("Resources>DataTable>UpdateReplacePolicy", "Delete"),
    ),
    Breakage(
        checks.production_keeps_its_data,
        "no protection",
        drop(of("DataTable", "DeletionProtectionEnabled")),
    ),
    Breakage(
        checks.production_keeps_its_data,
        "a development stack that stays",
        put(of("ControlTable", "DeletionProtectionEnabled"), True),
    ),
    Breakage(
        checks.capacity_follows_the_mode,
        "always on demand",
        put(of("DataTable", "BillingMode"), "PAY_PER_REQUEST"),
    ),
    Breakage(
        checks.capacity_follows_the_mode,
        "an index without units",
        drop(f"{_INDEXES}>platform>ProvisionedThroughput"),
    ),
    Breakage(
        checks.provisioned_capacity_scales,
        "writes of an index do not scale",
        both(
            drop("Resources>DataTableGSI2WriteTarget"),
            drop("Resources>DataTableGSI2WriteScaling"),
        ),
    ),
    Breakage(
        checks.provisioned_capacity_scales,
        "a target without a policy",
        drop("Resources>DataTablePlatformReadScaling"),
    ),
    Breakage(
        checks.provisioned_capacity_scales,
        "writes follow reads",
        put(
            of(
                "ControlTableWriteScaling",
                "TargetTrackingScalingPolicyConfiguration>PredefinedMetricSpecification",
            ),
            {"PredefinedMetricType": "DynamoDBReadCapacityUtilization"},
        ),
    ),
    Breakage(
        checks.provisioned_capacity_scales,
        "targets for a table on demand",
        drop("Resources>ControlTableReadTarget>Condition"),
    ),
    Breakage(
        checks.scaling_follows_the_load_model,
        "an index that stops too early",
        put("Mappings>DataTableGSI2Write>10M>Most", 100),
    ),
    Breakage(
        checks.scaling_follows_the_load_model,
        "another target",
        put(of("DataTableReadScaling", "TargetTrackingScalingPolicyConfiguration>TargetValue"), 80),
    ),
    Breakage(
        checks.scaling_follows_the_load_model,
        "a cooldown that is not told",
        drop(
            of(
                "ControlTableReadScaling",
                "TargetTrackingScalingPolicyConfiguration>ScaleInCooldown",
            )
        ),
    ),
    Breakage(
        checks.insights_follow_the_parameter,
        "an index without insights",
        drop(f"{_INDEXES}>GSI1>ContributorInsightsSpecification"),
    ),
    Breakage(
        checks.tables_and_roles_stand_alone,
        "a role refers to the queue",
        add(
            of("StreamRole", "Policies>0>PolicyDocument>Statement>DeadLetters>Resource"),
            {"Fn::GetAtt": ["StreamDeadLetterQueue", "Arn"]},
        ),
    ),
)
