"""Metrics that there are: what our functions write, and what AWS's services say that they tell."""

import io
import json
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from functools import cache
from typing import Any, Final

from local.cloud.semantics.metrics import embedded_metrics
from tenantql.alarms import Alarming, count
from tenantql.emf import NAMESPACE
from tenantql.errors import Code
from tenantql.telemetry.metrics import RequestMetrics
from tenantql.tenancy.budgets import RateLimited
from tenantql.tenancy.routing import Tier
from tests.template.stack import STACK, Node, Stack
from tests.unit.telemetry.observations import query
from tests.unit.telemetry.test_metrics import every_request

type Metric = tuple[str, str, tuple[tuple[str, str], ...]]
"""Namespace, name, and dimensions in alphabetical order."""

COUNTED: Final[Mapping[str, tuple[Alarming, ...]]] = {
    "graphql": (Alarming.FOREIGN_INDEX_KEY,),
    "stream": (Alarming.FOREIGN_INDEX_KEY, Alarming.ACCESS_DENIED),
    "authorizer": (Alarming.AUTHORIZER_FAILURES,),
    "canary": (Alarming.CANARY_HELD, Alarming.CANARY_BREACHES),
}
"""What is counted at once, by the function that does it: tests/unit/functions, tests/unit/http."""

_LAMBDA: Final = ({"FunctionName"}, {"FunctionName", "Resource"})
_TABLE: Final = ({"TableName"}, {"TableName", "GlobalSecondaryIndexName"})
AWS: Final[Mapping[tuple[str, str], tuple[set[str], ...]]] = {
    **{
        ("AWS/ApiGateway", name): ({"ApiId"}, {"ApiId", "Stage"})
        for name in ("Count", "4xx", "5xx", "Latency", "IntegrationLatency")
    },
    **{
        ("AWS/Lambda", name): _LAMBDA
        for name in ("ConcurrentExecutions", "Duration", "Errors", "Invocations", "IteratorAge")
    },
    # An invocation that is turned away by a function's own limit has no alias yet.
    ("AWS/Lambda", "Throttles"): ({"FunctionName"},),
    **{("AWS/DynamoDB", f"{access}ThrottleEvents"): _TABLE for access in ("Read", "Write")},
    **{("AWS/DynamoDB", f"Consumed{access}CapacityUnits"): _TABLE for access in ("Read", "Write")},
    **{
        ("AWS/DynamoDB", f"AccountMaxTableLevel{access}s"): (set(),) for access in ("Read", "Write")
    },
    ("AWS/DynamoDB", "SystemErrors"): ({"TableName", "Operation"},),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): ({"QueueName"},),
    **{
        ("AWS/Backup", f"NumberOf{job}JobsFailed"): ({"BackupVaultName"},)
        for job in ("Backup", "Copy")
    },
}
"""The dimensions that each metric of AWS comes with.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
https://docs.aws.amazon.com/aws-backup/latest/devguide/cloudwatch.html
"""


def is_told(metric: Metric, stack: Stack) -> bool:
    """Whether there is such a metric."""
    namespace, name, dimensions = metric
    if namespace == NAMESPACE:
        return metric in ours()
    if namespace == f"{NAMESPACE}/{STACK}":
        return not dimensions and name in _of_filters(stack)
    return {key for key, _ in dimensions} in AWS.get((namespace, name), ())


@cache
def ours() -> frozenset[Metric]:
    """What the functions write when everything happens that can."""
    lines = io.StringIO()
    for service, tiers in (("graphql", (*Tier, None)), ("platform", (None,))):
        issued = iter(range(1, 10_000))
        told = RequestMetrics(f"{STACK}-{service}", issued=lambda i=issued: next(i), stream=lines)
        for observed in (*every_request(tiers), query(rounds=None, reason=RateLimited.__name__)):
            told(observed)
        told(query(code=Code.INTERNAL))
    with redirect_stdout(lines):
        for service, metrics in COUNTED.items():
            for metric in metrics:
                count(metric, f"{STACK}-{service}")
    return frozenset(
        (datum.namespace, datum.name, tuple(sorted(datum.dimensions.items())))
        for datum in embedded_metrics(lines.getvalue())
    )


def _of_filters(stack: Stack) -> set[str]:
    """The metrics of the stack's metric filters."""
    return {
        each["MetricName"]
        for body in stack.of_type("AWS::Logs::MetricFilter").values()
        for each in body["Properties"]["MetricTransformations"]
        if each["MetricNamespace"] == f"{NAMESPACE}/{STACK}"
    }


def watched_by(alarm: Node) -> Iterator[Metric]:
    """The metrics that an alarm looks at, by itself or in an expression."""
    if "MetricName" in alarm:
        yield _metric(alarm)
    for part in alarm.get("Metrics", []):
        if "MetricStat" in part:
            yield _metric(part["MetricStat"]["Metric"])


def _metric(body: Node) -> Metric:
    dimensions = sorted((part["Name"], part["Value"]) for part in body.get("Dimensions", []))
    return body["Namespace"], body["MetricName"], tuple(dimensions)


def shown_by(widget: Mapping[str, Any]) -> Iterator[Metric]:
    """The metrics that a widget of a dashboard names one by one.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
    """
    for row in widget["properties"].get("metrics", []):
        names = [part for part in row if not isinstance(part, dict)]
        if names:
            namespace, name, *rest = names
            pairs = zip(rest[::2], rest[1::2], strict=True)
            yield namespace, name, tuple(sorted(pairs))


def searches_of(widget: Mapping[str, Any]) -> Iterator[str]:
    """The SEARCH expressions of a widget."""
    for row in widget["properties"].get("metrics", []):
        yield from (part["expression"] for part in row if "SEARCH(" in str(part))


def dashboard_of(stack: Stack) -> list[dict[str, Any]]:
    """The widgets of the stack's dashboard. Raises ValueError if its body is no JSON."""
    (body,) = stack.of_type("AWS::CloudWatch::Dashboard").values()
    return json.loads(body["Properties"]["DashboardBody"])["widgets"]
