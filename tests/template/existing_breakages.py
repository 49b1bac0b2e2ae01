"""Places that forget a table which the stack was given."""

from typing import Any, Final

from tests.template import existing_checks as checks
from tests.template.breakage import Breakage, drop, of, put

_DATA: Final[Any] = {"Ref": "DataTable"}
_CONTROL_ARN: Final[Any] = {"Fn::GetAtt": ["ControlTable", "Arn"]}
_VARIABLE: Final = "Globals>Function>Environment>Variables>TENANTQL_CONTROL_TABLE"
_ROUTES: Final = of("GraphqlRole", "Policies>0>PolicyDocument>Statement>RoutingRecords>Resource")
_STREAM: Final = of("StreamFunction", "Events>Changes>Properties>Stream")

BREAKAGES: Final = (
    Breakage(
        checks.tables_are_reached_by_the_choice,
        "a policy names the stack's own",
        put(_ROUTES, _CONTROL_ARN),
    ),
    Breakage(
        checks.tables_are_reached_by_the_choice,
        "a name that is put together",
        put(of("DataTableGSI1ReadTarget", "ResourceId"), {"Fn::Sub": "table/${DataTable}"}),
    ),
    Breakage(
        checks.tables_are_reached_by_the_choice,
        "the other table's choice",
        put(f"{_VARIABLE}>Fn::If>0", "HasOwnDataTable"),
    ),
    Breakage(
        checks.tables_are_reached_by_the_choice,
        "an output of the stack's own",
        put("Outputs>DataTableName>Value", _DATA),
    ),
    Breakage(
        checks.given_tables_take_the_place_of_own,
        "the table is made all the same",
        drop("Resources>DataTable>Condition"),
    ),
    Breakage(
        checks.given_tables_take_the_place_of_own,
        "a stream of another table",
        put(f"{_STREAM}>Fn::If>2", {"Ref": "ExistingDataTableStream"}),
    ),
    Breakage(
        checks.given_tables_take_the_place_of_own,
        "functions ask another table",
        put(f"{_VARIABLE}>Fn::If>2", {"Ref": "ExistingDataTable"}),
    ),
    Breakage(
        checks.own_tables_are_not_renamed_by_the_other,
        "one parameter for both",
        put("Resources>ControlTable>Condition", "HasOwnDataTable"),
    ),
    Breakage(
        checks.upkeep_is_one_sides,
        "a table is scaled twice",
        put("Conditions>ScalesTables", {"Condition": "IsProvisioned"}),
    ),
    Breakage(
        checks.upkeep_is_one_sides,
        "an alarm rings twice",
        drop("Resources>ReadThrottlesAlarm>Condition"),
    ),
    Breakage(checks.tables_are_given_whole, "no stream", drop("Rules>StreamGiven")),
    Breakage(checks.tables_are_given_whole, "a stream of nothing", drop("Rules>TableGiven")),
    Breakage(
        checks.tables_are_given_whole,
        "nobody keeps the control table up",
        drop("Rules>OwnTablesKeptUp>Assertions>1"),
    ),
)
