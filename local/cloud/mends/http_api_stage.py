"""Throttling of an HTTP API's stage from CloudFormation.

ministack keeps the route settings of a template with their capital letters and answers without
them, as if nothing were throttled. (It throttles nothing in any case.)
"""

from typing import Any

from local.cloud.mends import shape

_STAGE = "AWS::ApiGatewayV2::Stage"


def apply() -> None:
    """Give the handlers of a stage its route settings in the names of the service."""
    shape.change_properties(_STAGE, _lowered)


def _lowered(props: dict[str, Any]) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    if default := props.get("DefaultRouteSettings"):
        changed["DefaultRouteSettings"] = _settings(default)
    if routes := props.get("RouteSettings"):
        changed["RouteSettings"] = {route: _settings(each) for route, each in routes.items()}
    return {**props, **changed}


def _settings(settings: dict[str, Any]) -> dict[str, Any]:
    return {name[0].lower() + name[1:]: value for name, value in settings.items()}
