"""CORS of an HTTP API from CloudFormation.

ministack keeps the ``CorsConfiguration`` of a template with its capital letters and reads it
without, so a preflight is refused with 403.

Other than AWS, ministack answers the preflight of an origin that is not allowed with 403; AWS
answers 204 without the headers. A browser refuses either.
"""

# ruff: noqa: SLF001  ministack's internals are what a mend replaces.

from typing import Any

from local.cloud.mends import shape

_API = "AWS::ApiGatewayV2::Api"
_CORS = "CorsConfiguration"


def apply() -> None:
    """Give the handlers of an HTTP API a CORS configuration in the names of the service."""
    shape.calls(shape.module("services.apigateway")._cors_response_headers, "allowOrigins")
    shape.change_properties(_API, _lowered)


def _lowered(props: dict[str, Any]) -> dict[str, Any]:
    cors = props.get(_CORS)
    if not cors:
        return props
    return {**props, _CORS: {name[0].lower() + name[1:]: value for name, value in cors.items()}}
