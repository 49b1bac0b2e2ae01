"""Alarms and logs: that they are there, tell somebody, and are kept as long as was said."""

from collections.abc import Iterator
from typing import Final

from cli.doctor.comparing import differences
from cli.doctor.deployed import ALARM, COMPOSITE, LOG_GROUP, Deployed
from cli.doctor.findings import Check, Found, Severity
from local.evaluation import Node

GROUP: Final = "watching"
COMPARED: Final = (
    *("ComparisonOperator", "Dimensions", "EvaluationPeriods", "DatapointsToAlarm", "MetricName"),
    *("Namespace", "Period", "Statistic", "ExtendedStatistic", "Threshold", "TreatMissingData"),
    "AlarmRule",
)
ACTIONS: Final = ("AlarmActions", "OKActions", "InsufficientDataActions")


def _alarms(stack: Deployed) -> dict[str, Node]:
    """All alarms of the account and region, by name."""
    kinds = ["MetricAlarm", "CompositeAlarm"]
    found: dict[str, Node] = {}
    for member in ("MetricAlarms", "CompositeAlarms"):
        listed = stack.pages("cloudwatch", "describe_alarms", member, AlarmTypes=kinds)
        found |= {each["AlarmName"]: each for each in listed}
    return found


def _wanted(stack: Deployed) -> Iterator[tuple[str, Node, Node | None]]:
    """Each alarm of the template: its logical id, what it should be like, what it is like."""
    given = _alarms(stack)
    for name, wanted in {**stack.of_type(ALARM), **stack.of_type(COMPOSITE)}.items():
        yield name, wanted, given.get(stack.physical(name))


def _there(stack: Deployed) -> Iterator[Found]:
    for name, wanted, given in _wanted(stack):
        if given is None:
            yield Found(name, "is not there")
            continue
        compared = {each: wanted[each] for each in COMPARED if each in wanted}
        for each in differences(compared, given):
            yield Found(name, each)


def _telling(stack: Deployed) -> Iterator[Found]:
    for name, wanted, given in _wanted(stack):
        if given is None:
            continue
        for kind in ACTIONS:
            missing = {*wanted.get(kind, [])} - {*given.get(kind, [])}
            if missing:
                yield Found(name, f"tells no more: {', '.join(sorted(missing))}")
        if not given.get("ActionsEnabled", True):
            yield Found(name, "its actions are switched off")


def _quiet(stack: Deployed) -> Iterator[Found]:
    for name, _, given in _wanted(stack):
        if given is not None and given.get("StateValue") == "ALARM":
            yield Found(name, str(given.get("StateReason", "is in alarm")))


def _kept(stack: Deployed) -> Iterator[Found]:
    groups = {
        each["logGroupName"]: each
        for prefix in ("/tenantql/", "/aws/vendedlogs/tenantql/")
        for each in stack.pages(
            *("logs", "describe_log_groups", "logGroups"),
            logGroupNamePrefix=f"{prefix}{stack.name}/",
        )
    }
    for name, wanted in stack.of_type(LOG_GROUP).items():
        given = groups.get(stack.physical(name))
        days = None if given is None else given.get("retentionInDays")
        if given is None:
            yield Found(name, "is not there")
        elif days is None:
            yield Found(name, "keeps logs for ever")
        elif str(days) != str(wanted["RetentionInDays"]):
            yield Found(name, f"keeps {days} days, the template says {wanted['RetentionInDays']}")


CHECKS: Final = (
    Check(
        "alarms",
        GROUP,
        "Each alarm of the template is there, on its metric and threshold",
        "A fault that nothing watches is found by the customers.",
        "Deploy the stack again.",
        Severity.FAULT,
        _there,
    ),
    Check(
        "alarm-actions",
        GROUP,
        "Each alarm tells whom the template names",
        "An alarm that tells nobody is none.",
        "Deploy the stack again; aws cloudwatch enable-alarm-actions --alarm-names NAME.",
        Severity.FAULT,
        _telling,
    ),
    Check(
        "alarms-quiet",
        GROUP,
        "No alarm is raised at the moment",
        "Something is wrong now, whatever the configuration says.",
        "See the alarm's description and its runbook.",
        Severity.FAULT,
        _quiet,
    ),
    Check(
        "log-retention",
        GROUP,
        "Each log group is there and keeps what it was told",
        "Logs kept for ever cost for ever and are a liability; shorter ones are missing later.",
        "Deploy the stack again.",
        Severity.FAULT,
        _kept,
    ),
)
