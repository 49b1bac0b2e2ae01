"""HTTP APIs read from OpenAPI documents."""

from typing import Any

import pytest

from local.cloud.semantics.openapi import UnsupportedDocument, read_document

LAMBDA = {"type": "aws_proxy", "httpMethod": "POST", "uri": "uri", "payloadFormatVersion": "2.0"}
SCHEMES = {
    "Token": {
        "type": "apiKey",
        "x-amazon-apigateway-authorizer": {
            "type": "request",
            "authorizerUri": "authorizer",
            "authorizerPayloadFormatVersion": "2.0",
            "enableSimpleResponses": True,
            "authorizerResultTtlInSeconds": 300,
            "identitySource": ["$request.header.Authorization"],
        },
    },
    "Jwt": {
        "type": "oauth2",
        "x-amazon-apigateway-authorizer": {
            "type": "jwt",
            "identitySource": "$request.header.Authorization",
            "jwtConfiguration": {"issuer": "https://issuer", "audience": ["me"]},
        },
    },
    "AWS_IAM": {"type": "apiKey", "x-amazon-apigateway-authtype": "awsSigv4"},
}


def document(paths: dict[str, Any], **members: Any) -> dict[str, Any]:
    components = {"securitySchemes": SCHEMES}
    return {"info": {"title": "api"}, "paths": paths, "components": components, **members}


def operation(*security: dict[str, list[str]]) -> dict[str, Any]:
    return {"x-amazon-apigateway-integration": LAMBDA, "security": list(security)}


def test_routes_and_their_authorization() -> None:
    api = read_document(
        document(
            {
                "/graphql": {"post": operation({"Token": []}), "get": operation({"Jwt": ["read"]})},
                "/x/{proxy+}": {
                    "x-amazon-apigateway-any-method": operation({"NONE": []}),
                    "parameters": [],
                },
                "/$default": {"x-amazon-apigateway-any-method": operation({"AWS_IAM": []})},
            }
        )
    )
    assert api.title == "api"
    assert {route.key: (route.authorizer, route.route) for route in api.routes} == {
        "POST /graphql": (
            "Token",
            {"RouteKey": "POST /graphql", "AuthorizationType": "CUSTOM"},
        ),
        "GET /graphql": (
            "Jwt",
            {
                "RouteKey": "GET /graphql",
                "AuthorizationType": "JWT",
                "AuthorizationScopes": ["read"],
            },
        ),
        "ANY /x/{proxy+}": (None, {"RouteKey": "ANY /x/{proxy+}", "AuthorizationType": "NONE"}),
        "$default": (None, {"RouteKey": "$default", "AuthorizationType": "AWS_IAM"}),
    }
    assert api.routes[0].integration["IntegrationUri"] == "uri"
    assert api.routes[0].integration["PayloadFormatVersion"] == "2.0"


def test_authorizers() -> None:
    token = read_document(document({})).authorizers["Token"]
    assert token["AuthorizerType"] == "REQUEST"
    assert token["EnableSimpleResponses"] is True
    assert token["AuthorizerResultTtlInSeconds"] == 300
    assert token["IdentitySource"] == ["$request.header.Authorization"]
    jwt = read_document(document({})).authorizers["Jwt"]
    assert jwt["IdentitySource"] == ["$request.header.Authorization"]
    assert jwt["JwtConfiguration"] == {"Issuer": "https://issuer", "Audience": ["me"]}


def test_cors_also_of_a_parameter_that_is_one_text() -> None:
    cors = {"allowOrigins": "http://a,http://b", "allowMethods": ["GET"], "maxAge": 5}
    api = read_document(document({}, **{"x-amazon-apigateway-cors": cors}))
    assert api.cors == {
        "AllowOrigins": ["http://a", "http://b"],
        "AllowMethods": ["GET"],
        "MaxAge": 5,
    }
    assert read_document(document({})).cors is None


UNKNOWN: list[dict[str, Any]] = [
    {"paths": {"/x": {"get": {"security": [{"NONE": []}]}}}},
    {"paths": {"/x": {"get": operation({"Unknown": []})}}},
    {"paths": {"/x": {"get": operation({"Token": []}, {"Jwt": []})}}},
    {
        "components": {
            "securitySchemes": {"Odd": {"x-amazon-apigateway-authorizer": {"type": "token"}}}
        }
    },
]


@pytest.mark.parametrize("changes", UNKNOWN)
def test_what_is_not_known_is_not_ignored(changes: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedDocument):
        read_document({**document({}), **changes})
