"""The embedded metric format in a function's log."""

import json
from typing import Any

from local.cloud.semantics.metrics import Datum, embedded_metrics


def line(*directives: dict[str, Any], **values: Any) -> str:
    aws = {"Timestamp": 5000, "CloudWatchMetrics": list(directives)}
    return json.dumps({"_aws": aws, **values})


def directive(*dimensions: list[str], **units: str) -> dict[str, Any]:
    metrics = [{"Name": name, "Unit": unit} for name, unit in units.items()]
    return {"Namespace": "TenantQL", "Dimensions": list(dimensions), "Metrics": metrics}


def test_each_metric_is_recorded_for_each_set_of_dimensions() -> None:
    log = line(
        directive(["service"], ["service", "tier"], Denied="Count", Time="Milliseconds"),
        service="graphql",
        tier="basic",
        Denied=1,
        Time=[1.5, 2],
    )
    service, both = {"service": "graphql"}, {"service": "graphql", "tier": "basic"}
    assert list(embedded_metrics(log)) == [
        Datum("TenantQL", name, dimensions, values, unit, 5.0)
        for dimensions in (service, both)
        for name, values, unit in (
            ("Denied", (1.0,), "Count"),
            ("Time", (1.5, 2.0), "Milliseconds"),
        )
    ]


def test_a_metric_without_dimensions() -> None:
    (found,) = embedded_metrics(line(directive([], Denied="Count"), Denied=1))
    assert found.dimensions == {}


def test_other_lines_give_nothing() -> None:
    log = "\n".join(
        [
            "START RequestId: 1",
            '{"message": "no metrics"}',
            '{"_aws": ',
            '{"_aws": 7}',
            '["_aws"]',
            line(directive(["service"], Denied="Count"), Denied=1),
            line(directive([], Denied="Count"), Denied="many"),
            line(directive([], Denied="Count"), Denied=True),
            line(directive([], Denied="Count")),
        ]
    )
    assert list(embedded_metrics(log)) == []
