"""The embedded metric format: metrics that a function writes as lines of its log.

CloudWatch reads them from the log stream; nothing calls PutMetricData.

Source: CloudWatch User Guide, "Specification: Embedded metric format".
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast


@dataclass(frozen=True, slots=True)
class Datum:
    """Values of one metric with one set of dimensions; `timestamp` in seconds, if it is given."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    values: tuple[float, ...]
    unit: str = "None"
    timestamp: float | None = None


def embedded_metrics(log: str) -> Iterator[Datum]:
    """The metrics in the lines of `log`; a line that is none, or not of the format, gives none."""
    for line in log.splitlines():
        if line.lstrip().startswith("{") and '"_aws"' in line:
            try:
                found = json.loads(line)
            except ValueError:
                continue
            if isinstance(found, Mapping):
                yield from _of_document(cast("Mapping[str, Any]", found))


def _of_document(document: Mapping[str, Any]) -> Iterator[Datum]:
    metadata = document.get("_aws")
    if not isinstance(metadata, Mapping):
        return
    aws = cast("Mapping[str, Any]", metadata)
    written = aws.get("Timestamp")
    timestamp = written / 1000 if isinstance(written, int | float) else None
    directives: list[dict[str, Any]] = aws.get("CloudWatchMetrics") or []
    for directive in directives:
        dimension_sets: list[list[str]] = directive.get("Dimensions") or [[]]
        metrics: list[dict[str, Any]] = directive.get("Metrics") or []
        for names in dimension_sets:
            if not all(isinstance(document.get(name), str) for name in names):
                continue
            dimensions = {name: document[name] for name in names}
            for metric in metrics:
                values = _numbers(document.get(metric["Name"]))
                if values:
                    yield Datum(
                        directive["Namespace"],
                        metric["Name"],
                        dimensions,
                        values,
                        metric.get("Unit", "None"),
                        timestamp,
                    )


def _numbers(value: Any) -> tuple[float, ...]:
    listed = cast("list[Any]", value) if isinstance(value, list) else [value]
    if not all(isinstance(v, int | float) and not isinstance(v, bool) for v in listed):
        return ()
    return tuple(float(v) for v in listed)
