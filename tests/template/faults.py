"""Faults, the alarms that each of them raises together, and the pages that it is worth."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Fault:
    """What happens, the alarms that rise of it, and who is woken up by which page."""

    what: str
    alarms: frozenset[str]
    pages: frozenset[str]


def _fault(what: str, alarms: str, *pages: str) -> Fault:
    return Fault(what, frozenset(f"{name}Alarm" for name in alarms.split()), frozenset(pages))


_SLOW: Final = "ApiLatency GraphqlLatency"
_FAILING: Final = "ApiErrors Faults"
_BEHIND: Final = "StreamLag StreamErrors StreamDeadLetters"
_BLIND: Final = "CanarySilent"

FAULTS: Final = (
    _fault(
        "a table is throttled",
        f"ReadThrottles WriteThrottles {_SLOW} {_FAILING} {_BEHIND} {_BLIND}",
        "EndpointPage",
    ),
    _fault(
        "the control table is throttled",
        f"ControlThrottles {_SLOW} {_FAILING} AuthorizerFailures RefusedTokens {_BEHIND}",
        "EndpointPage",
    ),
    _fault(
        "DynamoDB fails",
        f"SystemErrors {_SLOW} {_FAILING} {_BEHIND} {_BLIND} AuthorizerFailures RefusedTokens",
        "EndpointPage",
    ),
    _fault(
        "STS gives no credentials", f"{_FAILING} {_BEHIND} {_BLIND} PlatformFaults", "EndpointPage"
    ),
    _fault("a release crashes", "GraphqlErrors ApiErrors", "EndpointPage"),
    _fault("the authorizer crashes", "AuthorizerErrors ApiErrors", "EndpointPage"),
    _fault("the issuer is away", "AuthorizerFailures RefusedTokens", "EndpointPage"),
    _fault("the issuer has changed", "RefusedTokens", "EndpointPage"),
    _fault(
        "the account has no instances left",
        "GraphqlThrottles AuthorizerThrottles PlatformThrottles StreamThrottles "
        "ApiErrors StreamLag",
        "EndpointPage",
    ),
    _fault("more requests than the API takes", "ApiThrottles", "EndpointPage"),
    _fault(
        "a release takes rights away",
        f"AccessDenied PlatformAccessDenied StreamAccessDenied {_BEHIND} {_BLIND}",
        "IsolationPage",
    ),
    _fault(
        "a tenant plants an index key",
        "ForeignIndexKey ForeignIndexRead Faults",
        "IsolationPage",
    ),
    _fault("a tenant reads what is another's", "CanaryBreach CanarySilent", "IsolationPage"),
    _fault("the canary does not run", _BLIND, "CanaryPage"),
    _fault("a record that no consumer takes", "StreamDeadLetters", "StreamPage"),
    _fault("a crowd of writes", "StreamLag", "StreamPage"),
    _fault("the operators' endpoint fails", "PlatformErrors PlatformFaults"),
    _fault("a tenant asks for too much", "BudgetRefusals"),
    _fault("the stack outgrows its quota", "ReadCapacity WriteCapacity"),
    _fault("a vault is full", "BackupFailures BackupCopyFailures"),
)


def paged(fault: Fault, pages: Mapping[str, tuple[str, str | None]]) -> set[str]:
    """The pages that a fault sends; `pages` has the rule and the suppressor of each composite.

    A rule is ALARM("x"), joined by OR. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
    """
    rising: set[str] = set()
    while True:
        more = {
            name
            for name, (rule, _) in pages.items()
            if any(child in fault.alarms | rising for child in children(rule))
        }
        if more == rising:
            break
        rising = more
    return {name for name in rising if pages[name][1] not in rising}


def children(rule: str) -> list[str]:
    """The alarms of a rule. Raises ValueError for a rule that is no list of alarms."""
    found: list[str] = []
    for part in rule.split(" OR "):
        if not (part.startswith('ALARM("') and part.endswith('")')):
            raise ValueError(f"more than ALARM and OR: {part}")
        found.append(part[len('ALARM("') : -len('")')])
    return found
