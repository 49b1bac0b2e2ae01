"""Throttling of an HTTP API's stage from CloudFormation.

ministack keeps the route settings of a template with their capital letters and answers without
them, as if nothing were throttled. (It throttles nothing in any case.)
"""

from typing import Any

from local.cloud.mends import shape

_STAGE = "AWS::ApiGatewayV2::Stage"


def apply() -> None:
    """Give the handlers of a stage its route settings in the names of the service."""
    create = shape.resource_handler(_STAGE, "create", "logical_id", "props", "stack_name")
    update = shape.resource_handler(
        _STAGE, "update", "physical_id", "old_props", "new_props", "stack_name", "logical_id"
    )

    def create_stage(logical_id: str, props: dict[str, Any], stack_name: str) -> Any:
        return create(logical_id, _lowered(props), stack_name)

    def update_stage(
        physical_id: str,
        old_props: dict[str, Any],
        new_props: dict[str, Any],
        stack_name: str,
        logical_id: str | None = None,
    ) -> Any:
        lowered = _lowered(new_props)
        return update(physical_id, _lowered(old_props), lowered, stack_name, logical_id)

    shape.resource_handlers(_STAGE).update(create=create_stage, update=update_stage)


def _lowered(props: dict[str, Any]) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    if default := props.get("DefaultRouteSettings"):
        changed["DefaultRouteSettings"] = _settings(default)
    if routes := props.get("RouteSettings"):
        changed["RouteSettings"] = {route: _settings(each) for route, each in routes.items()}
    return {**props, **changed}


def _settings(settings: dict[str, Any]) -> dict[str, Any]:
    return {name[0].lower() + name[1:]: value for name, value in settings.items()}
