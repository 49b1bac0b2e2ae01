"""Composite alarms and alarms on metric math from CloudFormation.

ministack has composite alarms, and knows no such resource in a template; an alarm on an expression
fails the stack. Here the first are made, changed and deleted as by their calls, and the second are
kept and described, but never looked at: ministack computes no expression.

Not added: `ActionsSuppressor` is taken and holds nothing back.
"""

# ruff: noqa: SLF001  ministack's internals are what a mend replaces.

from collections.abc import Callable, Mapping
from typing import Any

from local.cloud.mends import shape

_ALARM = "AWS::CloudWatch::Alarm"
_COMPOSITE = "AWS::CloudWatch::CompositeAlarm"
_EXPRESSION = {"Namespace": "expression", "MetricName": "expression"}


def apply() -> None:
    """Add the handlers of composite alarms, and let those of alarms take expressions."""
    _take_expressions()
    _add_composites()


def _take_expressions() -> None:
    cloudwatch = shape.module("services.cloudwatch")
    shape.calls(cloudwatch._evaluate_alarm, "if not ns or not mn:")
    provisioners = shape.module("services.cloudformation.provisioners")
    record = shape.function(provisioners, "_cw_metric_alarm_record", "name", "props")
    shape.calls(provisioners._cw_metric_alarm_put, "_cw_metric_alarm_record(name, props)")

    def record_with_expression(name: str, props: Mapping[str, Any]) -> dict[str, Any]:
        metrics: list[dict[str, Any]] = list(props.get("Metrics") or [])
        if not metrics:
            return record(name, props)
        others = {key: value for key, value in props.items() if key != "Metrics"}
        alarm: dict[str, Any] = record(name, {**others, **_EXPRESSION})
        return {**alarm, "Namespace": None, "MetricName": None, "Metrics": metrics}

    provisioners._cw_metric_alarm_record = record_with_expression


def _add_composites() -> None:
    cloudwatch = shape.module("services.cloudwatch")
    provisioners = shape.module("services.cloudformation.provisioners")
    parameters = ("params", "cbor_data", "is_cbor", "is_json")
    put = shape.function(cloudwatch, "_put_composite_alarm", *parameters)
    delete = shape.function(cloudwatch, "_delete_alarms", *parameters)
    name_of = shape.module("services.cloudformation.provisioners")._physical_name

    def put_composite(name: str, props: dict[str, Any]) -> tuple[str, dict[str, str]]:
        _call(put, {**props, "AlarmName": name})
        return name, {"Arn": cloudwatch._composite_alarms[name]["AlarmArn"]}

    def create(logical_id: str, props: dict[str, Any], stack_name: str) -> Any:
        given = props.get("AlarmName")
        return put_composite(given or name_of(stack_name, logical_id, max_len=255), props)

    def update(physical_id: str, _old: Any, new_props: dict[str, Any], _stack_name: str) -> Any:
        return put_composite(physical_id, new_props)

    def delete_composite(physical_id: str, _props: Any) -> None:
        _call(delete, {"AlarmNames": [physical_id]})

    handlers = provisioners._RESOURCE_HANDLERS
    if _COMPOSITE in handlers:
        raise shape.UnexpectedShapeError(_COMPOSITE, "without handlers")
    handlers[_COMPOSITE] = {"create": create, "update": update, "delete": delete_composite}


def _call(function: Callable[..., Any], data: dict[str, Any]) -> None:
    # A flag is text where CloudFormation has put it in.
    enabled = str(data.get("ActionsEnabled", True)).lower() != "false"
    status, _, body = function({}, {**data, "ActionsEnabled": enabled}, False, is_json=True)
    if status >= 400:
        raise ValueError(f"{_COMPOSITE}: {body!r}")
