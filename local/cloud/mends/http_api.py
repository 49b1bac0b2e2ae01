"""``AWS::Serverless::HttpApi``: the routes of an HTTP API that is defined by an OpenAPI body.

ministack's CloudFormation ignores the ``Body`` of an ``AWS::ApiGatewayV2::Api``, so an API from
SAM has no route and answers 404. Here the body's authorizers, integrations and routes are made
as if they were resources of their own, anew with each update.

AWS also checks that API Gateway may invoke the functions (``AWS::Lambda::Permission``, or the
authorizer's role), and answers 500 otherwise; ministack does not.
"""

# ruff: noqa: SLF001  ministack's internals are what a mend replaces.

from typing import Any

from local.cloud.mends import shape
from local.cloud.semantics import openapi

_API = "AWS::ApiGatewayV2::Api"


def apply() -> None:
    """Replace the create and update handlers of an HTTP API in CloudFormation."""
    provisioners = shape.module("services.cloudformation.provisioners")
    create = shape.resource_handler(_API, "create", "logical_id", "props", "stack_name")
    update = shape.resource_handler(
        _API, "update", "physical_id", "old_props", "new_props", "stack_name", "logical_id"
    )
    for part in ("authorizer", "integration", "route"):
        shape.function(
            provisioners, f"_apigw_v2_{part}_create", "logical_id", "props", "stack_name"
        )
    imports = _Imports()

    def create_api(logical_id: str, props: dict[str, Any], stack_name: str) -> Any:
        api = imports.read(props)
        physical_id, attributes = create(logical_id, _with_document(props, api), stack_name)
        imports.build(physical_id, api, stack_name)
        return physical_id, attributes

    def update_api(
        physical_id: str,
        old_props: dict[str, Any],
        new_props: dict[str, Any],
        stack_name: str,
        logical_id: str | None = None,
    ) -> Any:
        api = imports.read(new_props)
        result = update(
            *(physical_id, old_props, _with_document(new_props, api), stack_name, logical_id)
        )
        imports.build(result[0], api, stack_name)
        return result

    shape.resource_handlers(_API).update(create=create_api, update=update_api)


class _Imports:
    """What was made from each API's body, so that an update can take it away again."""

    def __init__(self) -> None:
        self._made: dict[str, list[tuple[str, str]]] = {}

    def read(self, props: dict[str, Any]) -> openapi.ImportedApi | None:
        if "BodyS3Location" in props:
            raise ValueError("The local cloud reads an HTTP API's Body, not its BodyS3Location")
        return openapi.read_document(props["Body"]) if props.get("Body") else None

    def build(self, api_id: str, api: openapi.ImportedApi | None, stack_name: str) -> None:
        apigateway = shape.module("services.apigateway")
        make = shape.module("services.cloudformation.provisioners")
        for store, resource_id in self._made.pop(api_id, []):
            getattr(apigateway, store).get(api_id, {}).pop(resource_id, None)
        if api is None:
            return
        made = self._made.setdefault(api_id, [])
        authorizers: dict[str, str] = {}
        for name, properties in api.authorizers.items():
            authorizers[name], _ = make._apigw_v2_authorizer_create(
                name, {"ApiId": api_id, **properties}, stack_name
            )
            made.append(("_authorizers", authorizers[name]))
        for route in api.routes:
            target, _ = make._apigw_v2_integration_create(
                route.key, {"ApiId": api_id, **route.integration}, stack_name
            )
            made.append(("_integrations", target))
            authorizer = authorizers[route.authorizer] if route.authorizer else None
            _, attributes = make._apigw_v2_route_create(
                route.key,
                {
                    "ApiId": api_id,
                    "Target": f"integrations/{target}",
                    "AuthorizerId": authorizer,
                    **route.route,
                },
                stack_name,
            )
            made.append(("_routes", attributes["RouteId"]))


def _with_document(props: dict[str, Any], api: openapi.ImportedApi | None) -> dict[str, Any]:
    """The API's properties with those that its document gives."""
    if api is None:
        return props
    given = {"Name": api.title, "Description": api.description, "CorsConfiguration": api.cors}
    return {**{name: value for name, value in given.items() if value}, **props}
