"""What must hold for the canary: what it may become, when it runs, that its silence is heard."""

from typing import Any, Final

from tenantql.tenancy.identity import CANARIES
from tests.template.policies import trust
from tests.template.role_checks import role_stack
from tests.template.stack import ACCOUNT, Node, Stack
from tests.template.trust_checks import trusts

_RATES: Final = {
    "5": ("rate(5 minutes)", 300),
    "15": ("rate(15 minutes)", 900),
    "60": ("rate(1 hour)", 3600),
}


def the_canary_is_trusted_for_nobodys_tenants(template: Node) -> list[str]:
    """A statement of its own, with a list of ids: it assumes no role for a tenant that there is."""
    _, *others = trust(role_stack(template), "TenantRole")
    if len(others) != 1:
        return [f"{len(others)} further statements"]
    (statement,) = others
    arn = f"arn:aws:iam::{ACCOUNT}:role/CanaryRole"
    found = [] if statement.principals == (arn,) else [f"trusts {statement.principals}"]
    more = [one for one in trust(role_stack(template), "TenantRole")[:1] if arn in one.principals]
    found += ["it is trusted as the functions are"] if more else []
    found += [f"refuses {name}" for name in CANARIES if not trusts(statement, name)]
    bad = ["acme", "tenantql-canary-3", "tenantql", f"{CANARIES[0]}*", CANARIES[0].upper(), ""]
    found += [f"accepts {name!r}" for name in bad if trusts(statement, name)]
    found += ["accepts no tag"] if trusts(statement) else []
    found += ["accepts another tag"] if trusts(statement, CANARIES[0], Other="1") else []
    return found


def the_canary_runs_as_often_as_asked(template: Node) -> list[str]:
    """By a rule that calls its alias, over the table that the stack uses."""
    found: list[str] = []
    for minutes, (rate, _) in _RATES.items():
        stack = Stack.of(template, CanaryMinutes=minutes)
        rules = list(stack.of_type("AWS::Events::Rule").values())
        given = [(rule["Properties"]["ScheduleExpression"], _targets(rule)) for rule in rules]
        if given != [(rate, ["CanaryFunctionAliaslive"])]:
            found.append(f"{minutes}: {given}")
    asked = template["Parameters"]["CanaryMinutes"]["AllowedValues"]
    found += [] if asked == [*_RATES] else [f"asked for {asked}"]
    variables = Stack.of(template).properties("CanaryFunction")["Environment"]["Variables"]
    table = variables.get("TENANTQL_CANARY_TABLE")
    return found + ([] if table == "shop-data-basic-01" else [f"looks at {table}"])


def _targets(rule: Node) -> list[Any]:
    return [target["Arn"] for target in rule["Properties"]["Targets"]]


def the_canarys_silence_is_heard(template: Node) -> list[str]:
    """Three runs that did not hold, or were not, and the page; not before a first run."""
    found: list[str] = []
    for minutes, (_, seconds) in _RATES.items():
        stack = Stack.of(template, CanaryMinutes=minutes)
        silent, breach = (stack.properties(f"Canary{name}Alarm") for name in ("Silent", "Breach"))
        page = stack.properties("CanaryPage")
        waits = [page.get(f"ActionsSuppressor{name}Period", 0) for name in ("Wait", "Extension")]
        holds = {
            "three runs": (silent["Period"], silent["EvaluationPeriods"]) == (seconds, 3),
            "any of them": "DatapointsToAlarm" not in silent,
            "none is too few": silent["TreatMissingData"] == "breaching",
            "less than one": (silent["ComparisonOperator"], silent["Threshold"])
            == ("LessThanThreshold", 1),
            "up until the next run": breach["Period"] == seconds,
            "longer than a run": all(wait > seconds for wait in waits),
        }
        found += [f"{minutes}, not: {name}" for name, truth in holds.items() if not truth]
    return found
