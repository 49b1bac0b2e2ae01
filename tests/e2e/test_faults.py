"""The deployed stack's alarms: each fault that a local cloud can have raises alarm and page.

Of the others, which it has not, tests/template looks at the definitions.
"""

import json
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from local.deployment import Deployment
from local.deployment.stack import Stack
from tenantql.emf import NAMESPACE
from tests.e2e.alarm_causes import CAUSES, DEAR, Cause, ask, run_canary, small_budget
from tests.e2e.faults import client, name_of
from tests.template.alarm_checks import METRIC_ALARM
from tests.template.stack import Stack as Evaluated
from tests.template.stack import read_template
from tests.template.told_metrics import watched_by

pytestmark = pytest.mark.xdist_group("build")

PATIENCE: Final = 30.0

LATENCIES: Final = ("GraphqlLatencyAlarm", "ApiLatencyAlarm")
SMALLER: Final = ("BudgetRefusalsAlarm", *LATENCIES)
"""Alarms that a whole load would raise; here with a threshold of 1, which one request exceeds."""
IN_CHECKS: Final = {"ForeignIndexKeyAlarm"}
"""Seen in local/deployment/planted.py."""
NOT_LOCAL: Final = {
    # Throttles, errors and units of DynamoDB, positions in a stream, metrics of SQS and Backup.
    *("ReadThrottlesAlarm", "WriteThrottlesAlarm", "ControlThrottlesAlarm", "SystemErrorsAlarm"),
    *("ReadCapacityAlarm", "WriteCapacityAlarm", "StreamLagAlarm", "StreamDeadLettersAlarm"),
    *("BackupFailuresAlarm", "BackupCopyFailuresAlarm"),
    # The access log of an API, and with it filters on it.
    *("ApiThrottlesAlarm", "RefusedTokensAlarm"),
    # As those of the tenants' endpoint, whose alarms differ in the function's name alone.
    *("PlatformFaultsAlarm", "PlatformThrottlesAlarm", "AuthorizerThrottlesAlarm"),
    *("StreamThrottlesAlarm", "StreamErrorsAlarm"),
}
"""What no local cloud has, or has in another alarm of this module."""


def states(stack: Stack) -> dict[str, str]:
    """The state of each alarm and page, by its logical id."""
    paginator = client(stack, "cloudwatch").get_paginator("describe_alarms")
    pages = list(paginator.paginate(AlarmTypes=["MetricAlarm", "CompositeAlarm"]))
    found = {
        alarm["AlarmName"]: alarm["StateValue"]
        for page in pages
        for alarm in (*page["MetricAlarms"], *page["CompositeAlarms"])
    }
    return {id: found[name] for id, name in stack.resources.items() if name in found}


def wait(what: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE
    while not (held := what()) and time.monotonic() < end:
        time.sleep(0.1)
    return held


@contextmanager
def threshold(stack: Stack, alarm: str, value: float) -> Generator[None]:
    """An alarm with another threshold for a while."""
    cloudwatch = client(stack, "cloudwatch")
    (before,) = cloudwatch.describe_alarms(AlarmNames=[name_of(stack, alarm)])["MetricAlarms"]
    members = cloudwatch.meta.service_model.operation_model("PutMetricAlarm").input_shape.members
    kept = {member: before[member] for member in members if before.get(member) not in (None, [])}
    if "ExtendedStatistic" in kept:
        kept.pop("Statistic", None)
    cloudwatch.put_metric_alarm(**{**kept, "Threshold": value})
    try:
        yield
    finally:
        cloudwatch.put_metric_alarm(**kept)


@pytest.fixture(scope="module", autouse=True)
def patient(deployed: Deployment) -> Iterator[None]:
    """A machine that is busy is no fault: nothing is too slow here."""
    with ExitStack() as changed:
        for alarm in LATENCIES:
            changed.enter_context(threshold(deployed.stack, alarm, 1e6))
        yield


@pytest.fixture
def quiet(deployed: Deployment) -> Iterator[Deployment]:
    """The stack with every alarm down, whatever was before."""
    _calm(deployed.stack)
    yield deployed
    _calm(deployed.stack)


def _calm(stack: Stack) -> None:
    """Makes up for what was counted: an alarm looks back, and would rise again."""
    cloudwatch = client(stack, "cloudwatch")
    listed = cloudwatch.get_paginator("describe_alarms").paginate(StateValue="ALARM")
    for alarm in [each for page in listed for each in page["MetricAlarms"]]:
        metric = {name: alarm[name] for name in ("MetricName", "Dimensions")}
        counted = cloudwatch.get_metric_statistics(
            **metric,
            Namespace=alarm["Namespace"],
            StartTime=datetime.now(UTC) - timedelta(hours=1),
            EndTime=datetime.now(UTC) + timedelta(minutes=1),
            Period=86_400,
            Statistics=["Sum"],
        )
        total = sum(each["Sum"] for each in counted["Datapoints"])
        wanted = 1 if alarm["ComparisonOperator"] == "LessThanThreshold" else 0
        cloudwatch.put_metric_data(
            Namespace=alarm["Namespace"], MetricData=[{**metric, "Value": wanted - total}]
        )
    assert wait(lambda: "ALARM" not in states(stack).values()), states(stack)


MAY_SEND: Final[dict[str, Any]] = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": "*",
        }
    ],
}


class Mail:
    """What a topic has told, through a queue that listens to it."""

    def __init__(self, stack: Stack, topic: str) -> None:
        self._sqs: Any = client(stack, "sqs")
        self._queue = self._sqs.create_queue(
            QueueName=f"reads-{topic}", Attributes={"Policy": json.dumps(MAY_SEND)}
        )["QueueUrl"]
        named = {"QueueUrl": self._queue, "AttributeNames": ["QueueArn"]}
        arn = self._sqs.get_queue_attributes(**named)["Attributes"]["QueueArn"]
        client(stack, "sns").subscribe(TopicArn=name_of(stack, topic), Protocol="sqs", Endpoint=arn)

    def read(self) -> list[tuple[str, str]]:
        """Who has told, and what state it is in, since the last time."""
        found: list[tuple[str, str]] = []
        while True:
            answer = self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10)
            for message in answer.get("Messages", []):
                told = json.loads(json.loads(message["Body"])["Message"])
                found.append((told["AlarmName"], told["NewStateValue"]))
                handle = message["ReceiptHandle"]
                self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=handle)
            if not answer.get("Messages"):
                return found


@pytest.fixture(scope="module")
def pages(deployed: Deployment) -> Mail:
    return Mail(deployed.stack, "AlarmTopic")


@pytest.fixture(scope="module")
def notices(deployed: Deployment) -> Mail:
    return Mail(deployed.stack, "NoticeTopic")


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.name)
def test_a_fault_raises_its_alarms_and_its_page(cause: Cause, quiet: Deployment) -> None:
    wanted = {*cause.alarms, *cause.pages}
    with cause.make(quiet):
        risen = wait(lambda: all(states(quiet.stack)[id] == "ALARM" for id in wanted))
    assert risen, {id: states(quiet.stack)[id] for id in wanted}


def test_a_fault_pages_once_and_what_can_wait_tells_the_other_topic(
    quiet: Deployment, pages: Mail, notices: Mail
) -> None:
    pages.read()
    notices.read()
    crash = next(cause for cause in CAUSES if cause.name == "a_release_that_does_not_start")
    with crash.make(quiet):
        assert wait(lambda: states(quiet.stack)["EndpointPage"] == "ALARM")
        for _ in range(3):
            ask(quiet)
    assert pages.read() == [(name_of(quiet.stack, "EndpointPage"), "ALARM")]
    assert notices.read() == [(name_of(quiet.stack, "GraphqlErrorsAlarm"), "ALARM")]


@pytest.mark.parametrize("alarm", SMALLER)
def test_a_load_raises_its_alarm(alarm: str, quiet: Deployment) -> None:
    with threshold(quiet.stack, alarm, 1), small_budget(quiet):
        for _ in range(20):
            if "RATE_LIMITED" in ask(quiet, DEAR).text or alarm in LATENCIES:
                break

        def risen() -> bool:
            # An instance tells of what it has added up with a later request.
            ask(quiet)
            return states(quiet.stack)[alarm] == "ALARM"

        assert wait(risen)


def test_the_canary_holds(quiet: Deployment) -> None:
    run_canary(quiet)
    name = name_of(quiet.stack, "CanaryFunction")
    answer = client(quiet.stack, "lambda").invoke(
        FunctionName=name, Qualifier="live", Payload=b"{}"
    )
    assert json.loads(answer["Payload"].read()) == {"held": True, "breaches": [], "unproven": []}


def test_every_alarm_is_seen_or_cannot_be() -> None:
    alarms = {*Evaluated.of(read_template(), BackupPlan="on").of_type(METRIC_ALARM)}
    seen = {name for cause in CAUSES for name in cause.alarms} | {*SMALLER} | IN_CHECKS
    assert seen | NOT_LOCAL == alarms
    assert not seen & NOT_LOCAL


def test_what_alarms_watch_of_ours_was_told_by_the_functions(deployed: Deployment) -> None:
    """In the tests above, with name and dimensions as the alarms have them."""
    listed = client(deployed.stack, "cloudwatch").get_paginator("list_metrics")
    told = {
        (each["MetricName"], tuple(sorted((d["Name"], d["Value"]) for d in each["Dimensions"])))
        for page in listed.paginate(Namespace=NAMESPACE)
        for each in page["Metrics"]
    }
    stack = deployed.stack.name
    seen = {name for cause in CAUSES for name in cause.alarms} | {*SMALLER} | IN_CHECKS
    watched = {
        (name, tuple((key, value.replace("shop-", f"{stack}-")) for key, value in dimensions))
        for alarm in seen
        for namespace, name, dimensions in watched_by(
            Evaluated.of(read_template()).properties(alarm)
        )
        if namespace == NAMESPACE
    }
    assert watched - told == set()
