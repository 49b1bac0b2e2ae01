"""Lines of the log that CloudWatch reads as metrics.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from collections.abc import Mapping
from typing import Any, Final

import orjson

NAMESPACE: Final = "TenantQL"


def embedded(
    values: Mapping[str, Any], units: Mapping[str, str], dimensions: Mapping[str, str], at: float
) -> str:
    """A line with `values` (one or up to 100 of each metric) at a time in epoch seconds."""
    document = {
        "_aws": {
            "Timestamp": int(at * 1e3),
            "CloudWatchMetrics": [
                {
                    "Namespace": NAMESPACE,
                    "Dimensions": [list(dimensions)],
                    "Metrics": [{"Name": name, "Unit": units[name]} for name in values],
                }
            ],
        },
        **dimensions,
        **values,
    }
    return orjson.dumps(document).decode() + "\n"
