"""Routes, integrations, authorizers and CORS of an HTTP API, read from its OpenAPI document.

API Gateway imports such a document when an HTTP API has a ``Body``; SAM generates one for each
``AWS::Serverless::HttpApi``. The results are CloudFormation properties of the resources that
would say the same: ``AWS::ApiGatewayV2::Authorizer``, ``Integration`` and ``Route``.

Source: API Gateway Developer Guide, "OpenAPI extensions for API Gateway".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

_METHODS = {
    **{method: method.upper() for method in ("get", "put", "post", "delete", "head", "patch")},
    "options": "OPTIONS",
    "x-amazon-apigateway-any-method": "ANY",
}
_DEFAULT_ROUTE = "/$default"
_NO_AUTHORIZATION: Mapping[str, str] = {"AuthorizationType": "NONE"}

type Properties = dict[str, Any]


class UnsupportedDocument(ValueError):
    """The document has something that this reader does not know; it is not ignored in silence."""


@dataclass(frozen=True, slots=True)
class ImportedRoute:
    """A route's key and properties, its integration's, and the name of its authorizer, if any."""

    key: str
    route: Properties
    integration: Properties
    authorizer: str | None = None


@dataclass(frozen=True, slots=True)
class ImportedApi:
    """What an OpenAPI document says about an HTTP API."""

    title: str
    description: str
    routes: tuple[ImportedRoute, ...]
    authorizers: Mapping[str, Properties] = field(default_factory=dict[str, Properties])
    cors: Properties | None = None


def read_document(document: Mapping[str, Any]) -> ImportedApi:
    """The HTTP API that `document` defines; raises UnsupportedDocument for what is not known."""
    info: Properties = document.get("info") or {}
    components: Properties = document.get("components") or {}
    schemes: dict[str, Properties] = components.get("securitySchemes") or {}
    paths: dict[str, Properties] = document.get("paths") or {}
    authorizers = {
        name: _authorizer(name, scheme)
        for name, scheme in schemes.items()
        if "x-amazon-apigateway-authorizer" in scheme
    }
    routes = [
        _route(path, method, operation, schemes, document.get("security"))
        for path, item in paths.items()
        for method, operation in item.items()
        if method in _METHODS
    ]
    return ImportedApi(
        title=str(info.get("title") or ""),
        description=str(info.get("description") or ""),
        routes=tuple(routes),
        authorizers=authorizers,
        cors=_cors(document.get("x-amazon-apigateway-cors")),
    )


def _authorizer(name: str, scheme: Mapping[str, Any]) -> Properties:
    found: Properties = scheme["x-amazon-apigateway-authorizer"]
    kind = found.get("type")
    properties: Properties = {"Name": name, "IdentitySource": _listed(found.get("identitySource"))}
    if kind == "jwt":
        jwt: Properties = found.get("jwtConfiguration") or {}
        properties |= {
            "AuthorizerType": "JWT",
            "JwtConfiguration": {
                "Audience": _listed(jwt.get("audience")),
                "Issuer": jwt.get("issuer", ""),
            },
        }
    elif kind == "request":
        properties |= {
            "AuthorizerType": "REQUEST",
            "AuthorizerUri": found.get("authorizerUri", ""),
            "AuthorizerCredentialsArn": found.get("authorizerCredentials", ""),
            "AuthorizerPayloadFormatVersion": str(
                found.get("authorizerPayloadFormatVersion", "1.0")
            ),
            "EnableSimpleResponses": bool(found.get("enableSimpleResponses", False)),
            # API Gateway caches only when the document says for how long.
            "AuthorizerResultTtlInSeconds": int(found.get("authorizerResultTtlInSeconds", 0)),
        }
    else:
        raise UnsupportedDocument(f"the authorizer {name} has the type {kind!r}")
    return properties


def _route(
    path: str, method: str, operation: Mapping[str, Any], schemes: Mapping[str, Any], default: Any
) -> ImportedRoute:
    key = "$default" if path == _DEFAULT_ROUTE else f"{_METHODS[method]} {path}"
    found = operation.get("x-amazon-apigateway-integration")
    if not isinstance(found, Mapping):
        raise UnsupportedDocument(f"the route {key} has no integration of its own")
    integration = cast("Mapping[str, Any]", found)
    authorizer, authorization = _authorization(key, operation.get("security", default), schemes)
    properties: Properties = {
        "IntegrationType": str(integration.get("type", "")).upper(),
        "IntegrationUri": integration.get("uri", ""),
        "IntegrationMethod": integration.get("httpMethod", "POST"),
        "PayloadFormatVersion": str(integration.get("payloadFormatVersion", "2.0")),
        "TimeoutInMillis": int(integration.get("timeoutInMillis", 30000)),
    }
    return ImportedRoute(key, {"RouteKey": key, **authorization}, properties, authorizer)


def _authorization(
    key: str, security: Any, schemes: Mapping[str, Any]
) -> tuple[str | None, Mapping[str, Any]]:
    """The authorizer's name and the route's authorization properties, from its security."""
    entries: list[dict[str, list[str]]] = security or []
    named = {name: scopes for entry in entries for name, scopes in entry.items()}
    named.pop("NONE", None)
    if not named:
        return None, _NO_AUTHORIZATION
    if len(named) > 1 or next(iter(named)) not in schemes:
        raise UnsupportedDocument(f"the route {key} has the security {sorted(named)}")
    name, scopes = next(iter(named.items()))
    scheme = schemes[name]
    if "x-amazon-apigateway-authorizer" not in scheme:
        return None, {"AuthorizationType": "AWS_IAM"}
    if scheme["x-amazon-apigateway-authorizer"].get("type") == "jwt":
        return name, {"AuthorizationType": "JWT", "AuthorizationScopes": scopes}
    return name, {"AuthorizationType": "CUSTOM"}


def _cors(cors: Mapping[str, Any] | None) -> Properties | None:
    if not cors:
        return None
    found: Properties = {}
    for name, value in cors.items():
        listed = name in ("allowOrigins", "allowMethods", "allowHeaders", "exposeHeaders")
        found[name[0].upper() + name[1:]] = _listed(value) if listed else value
    return found


def _listed(value: Any) -> list[str]:
    """A list, also of a parameter that is one text with commas."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return list(value or [])
