"""Metrics that wake somebody up: template.yaml has an alarm on each."""

from typing import Final

from aws_lambda_powertools import single_metric
from aws_lambda_powertools.metrics import MetricUnit

NAMESPACE: Final = "TenantQL"


def count_foreign_index_keys(service: str, count: int) -> None:
    """Tells of items whose index key names another tenant, by the function that met them."""
    with single_metric("ForeignIndexKey", MetricUnit.Count, count, namespace=NAMESPACE) as metric:
        metric.add_dimension("service", service)
