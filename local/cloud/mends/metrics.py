"""Metrics of every invocation and request, from the log too, and alarms that look at them.

ministack counts an invocation only when it comes through the Invoke call, never reads the
embedded metric format, has no metrics of HTTP APIs, and evaluates alarms only on PutMetricData.
Here each invocation, whoever causes it, and each request of an HTTP API is recorded with the
dimensions that AWS gives it, and the alarms are evaluated after it.

A function that is invoked by an alias has its metrics by alias as well, and the alias in the ARN
that its context names.

An alarm looks at its own dimensions only (ministack: at all of the metric's), so that one
function's errors do not raise another's alarm.

ministack's evaluation stays simple: one threshold over all periods together, no M of N, no
missing-data rule, no expressions. A throttled invocation counts as an invocation too.
"""

# ruff: noqa: SLF001  ministack's internals are what a mend replaces.

import contextvars
import time
from collections.abc import Iterator
from typing import Any

from local.cloud.mends import shape
from local.cloud.semantics.metrics import embedded_metrics

_alarm_dimensions: contextvars.ContextVar[str | None] = contextvars.ContextVar(
    "tenantql_alarm_dimensions", default=None
)


def apply() -> None:
    """Record metrics where a function returns and where an HTTP API answers."""
    _record_invocations()
    _record_requests()
    _narrow_alarms()


def _record_invocations() -> None:
    lambda_svc = shape.module("services.lambda_svc")
    dispatch = shape.function(
        lambda_svc,
        "_execute_function_dispatch",
        *("func", "config", "event", "request_id", "started"),
    )
    emit = shape.function(
        lambda_svc, "_emit_lambda_metrics", "function_name", "duration_ms", "error", "throttle"
    )
    shape.calls(
        lambda_svc._execute_function, "_execute_function_dispatch(", "_emit_lambda_metrics("
    )
    shape.calls(lambda_svc._invoke, "_emit_lambda_metrics(")

    def dispatch_and_record(
        func: Any, config: Any, event: Any, request_id: str, started: float
    ) -> Any:
        result = dispatch(func, config, event, request_id, started)
        duration = (time.time() - started) * 1000
        for dimensions in _function_dimensions(config):
            _record("AWS/Lambda", "Invocations", 1, "Count", dimensions)
            _record("AWS/Lambda", "Errors", int(bool(result.get("error"))), "Count", dimensions)
            _record("AWS/Lambda", "Throttles", 0, "Count", dimensions)
            _record("AWS/Lambda", "Duration", duration, "Milliseconds", dimensions)
        _record_embedded(result.get("log") or "")
        _evaluate_alarms()
        return result

    def emit_throttle(function_name: str, duration_ms: float, error: bool, throttle: bool) -> None:
        # The Invoke call reports each invocation again, a throttled one with its duration.
        if throttle and not duration_ms:
            emit(function_name, duration_ms, error, throttle)
            _evaluate_alarms()

    _name_aliases(lambda_svc)
    lambda_svc._execute_function_dispatch = dispatch_and_record
    lambda_svc._emit_lambda_metrics = emit_throttle


def _name_aliases(lambda_svc: Any) -> None:
    """What is invoked by an alias has the alias in its ARN, which is a dimension of its metrics."""
    name = "_effective_func_record_for_qualifier"
    find = shape.function(lambda_svc, name, "func", "qualifier")
    shape.calls(lambda_svc._get_func_record_for_ref, name)
    shape.calls(lambda_svc._get_func_record_for_qualifier, name)

    def find_with_alias(func: Any, qualifier: str | None) -> Any:
        record, config = find(func, qualifier)
        if config is None or qualifier not in func.get("aliases", {}):
            return record, config
        config = {**config, "FunctionArn": f"{func['config']['FunctionArn']}:{qualifier}"}
        return {**record, "config": config}, config

    lambda_svc._effective_func_record_for_qualifier = find_with_alias


def _record_requests() -> None:
    apigateway = shape.module("services.apigateway")
    execute = shape.function(
        apigateway,
        "handle_execute",
        *("api_id", "stage", "path", "method", "headers", "body", "query_params"),
        "raw_query_string",
    )

    async def execute_and_record(api_id: str, *args: Any, **kwargs: Any) -> Any:
        started = time.time()
        response = await execute(api_id, *args, **kwargs)
        scope = apigateway.find_api_scope(api_id)
        if scope is not None:
            with apigateway.request_scope(*scope):
                _record_request(api_id, response[0], (time.time() - started) * 1000)
        return response

    apigateway.handle_execute = execute_and_record


def _record_request(api_id: str, status: int, duration: float) -> None:
    dimensions = {"ApiId": api_id}
    _record("AWS/ApiGateway", "Count", 1, "Count", dimensions)
    _record("AWS/ApiGateway", "4xx", int(400 <= status < 500), "Count", dimensions)
    _record("AWS/ApiGateway", "5xx", int(status >= 500), "Count", dimensions)
    _record("AWS/ApiGateway", "Latency", duration, "Milliseconds", dimensions)
    _evaluate_alarms()


def _narrow_alarms() -> None:
    cloudwatch = shape.module("services.cloudwatch")
    evaluate = shape.function(cloudwatch, "_evaluate_alarm", "alarm")
    shape.calls(evaluate, "for (k_ns, k_mn, _), pts in _metrics.items()")

    stored: Any = cloudwatch._metrics.__class__

    def items_of_one_alarm(metrics: Any) -> Iterator[tuple[Any, Any]]:
        wanted = _alarm_dimensions.get()
        items: Iterator[tuple[Any, Any]] = stored.items(metrics)
        return (item for item in items if wanted is None or item[0][2] == wanted)

    def evaluate_narrowed(alarm: Any) -> None:
        dimensions: Any = alarm.get("Dimensions") or {}
        if isinstance(dimensions, list):
            dimensions = cloudwatch._dims_from_list(dimensions)
        token = _alarm_dimensions.set(cloudwatch._dims_key(dimensions))
        try:
            evaluate(alarm)
        finally:
            _alarm_dimensions.reset(token)

    narrowed = {"__slots__": (), "items": items_of_one_alarm}
    cloudwatch._metrics.__class__ = type("MetricsOfOneAlarm", (stored,), narrowed)
    cloudwatch._evaluate_alarm = evaluate_narrowed


def _function_dimensions(config: Any) -> list[dict[str, str]]:
    """By function, and by alias or version where the invocation names one."""
    name = config.get("FunctionName", "unknown")
    qualifier = str(config.get("FunctionArn", "")).split(":")[7:]
    by_name = {"FunctionName": name}
    return [by_name, {**by_name, "Resource": f"{name}:{qualifier[0]}"}] if qualifier else [by_name]


def _record_embedded(log: str) -> None:
    for datum in embedded_metrics(log):
        for value in datum.values:
            _record(*(datum.namespace, datum.name, value, datum.unit, dict(datum.dimensions)))


def _record(namespace: str, name: str, value: float, unit: str, dimensions: dict[str, str]) -> None:
    shape.module("services.cloudwatch").record_metric(namespace, name, value, unit, dimensions)


def _evaluate_alarms() -> None:
    shape.module("services.cloudwatch")._evaluate_all_alarms()
