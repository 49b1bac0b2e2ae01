"""A canary that may do more than it should, or that dies unheard."""

from typing import Final

from tests.template import canary_checks as checks
from tests.template.breakage import Breakage, add, drop, of, put

_TRUST: Final = of("TenantRole", "AssumeRolePolicyDocument>Statement>1")
_IDS: Final = f"{_TRUST}>Condition>StringEquals>aws:RequestTag/TenantId"
_ROLE: Final = {"Fn::GetAtt": ["CanaryRole", "Arn"]}

BREAKAGES: Final = (
    Breakage(
        checks.the_canary_is_trusted_for_nobodys_tenants,
        "a tenant that there is",
        add(_IDS, "acme"),
    ),
    Breakage(
        checks.the_canary_is_trusted_for_nobodys_tenants,
        "ids by a pattern",
        put(f"{_TRUST}>Condition", {"StringLike": {"aws:RequestTag/TenantId": "tenantql-*"}}),
    ),
    Breakage(
        checks.the_canary_is_trusted_for_nobodys_tenants,
        "any tenant, as the functions",
        add(
            of("TenantRole", "AssumeRolePolicyDocument>Statement>0>Principal>AWS"),
            _ROLE,
        ),
    ),
    Breakage(
        checks.the_canary_is_trusted_for_nobodys_tenants,
        "another function as well",
        put(f"{_TRUST}>Principal>AWS", [_ROLE, {"Fn::GetAtt": ["AuthorizerRole", "Arn"]}]),
    ),
    Breakage(
        checks.the_canary_is_trusted_for_nobodys_tenants,
        "another tag comes along",
        drop(f"{_TRUST}>Condition>ForAllValues:StringEquals"),
    ),
    Breakage(
        checks.the_canary_is_trusted_for_nobodys_tenants,
        "one of its tenants only",
        drop(f"{_IDS}>1"),
    ),
    Breakage(
        checks.the_canary_runs_as_often_as_asked,
        "always as often",
        put(of("CanaryFunction", "Events>Schedule>Properties>Schedule"), "rate(5 minutes)"),
    ),
    Breakage(
        checks.the_canary_runs_as_often_as_asked,
        "over another table",
        put(of("CanaryFunction", "Environment>Variables>TENANTQL_CANARY_TABLE"), "other"),
    ),
    Breakage(
        checks.the_canarys_silence_is_heard,
        "no data is no fault",
        put(of("CanarySilentAlarm", "TreatMissingData"), "notBreaching"),
    ),
    Breakage(
        checks.the_canarys_silence_is_heard,
        "a period with no run in it",
        put("Mappings>Canary>60>Period", 300),
    ),
    Breakage(
        checks.the_canarys_silence_is_heard,
        "a page for each new stack",
        put("Mappings>Canary>15>Wait", 60),
    ),
    Breakage(
        checks.the_canarys_silence_is_heard,
        "a breach comes and goes",
        put(of("CanaryBreachAlarm", "Period"), 60),
    ),
)
