"""The API: routes, their authorizer, throttling, origins, log."""

from collections.abc import Iterator, Mapping
from typing import Final

from cli.doctor.comparing import differences, short
from cli.doctor.deployed import STAGE, Deployed
from cli.doctor.findings import Check, Found, Severity
from local.evaluation import Node

GROUP: Final = "api"
OPEN: Final = "GET /health"
"""The route without an authorizer."""

STAGE_NAME: Final = "$default"
REDEPLOY: Final = "Deploy the stack again."


def _of_api(stack: Deployed, operation: str) -> list[Node]:
    return stack.pages("apigatewayv2", operation, "Items", ApiId=stack.physical("HttpApi"))


def _definition(stack: Deployed) -> Node:
    return stack.resources["HttpApi"]["Properties"]["Body"]


def _wanted_routes(stack: Deployed) -> set[str]:
    paths: Mapping[str, Node] = _definition(stack)["paths"]
    return {f"{method.upper()} {path}" for path, body in paths.items() for method in body}


def _routes(stack: Deployed) -> Iterator[Found]:
    wanted = _wanted_routes(stack)
    given = {each["RouteKey"]: each for each in _of_api(stack, "get_routes")}
    for route in sorted(wanted ^ given.keys()):
        if route in wanted:
            yield Found(route, "is not there", Severity.FAULT)
        else:
            yield Found(route, "is in no template")
    aliases = {stack.physical(name) for name in stack.resources if name.endswith("Aliaslive")}
    integrations = {each["IntegrationId"]: each for each in _of_api(stack, "get_integrations")}
    for route, body in given.items():
        target = integrations.get(body.get("Target", "").rpartition("/")[2], {})
        uri = target.get("IntegrationUri", "nowhere")
        if not any(alias in uri for alias in aliases):
            yield Found(route, f"goes to {short(uri)}, to no alias of the stack")


def _authorized(stack: Deployed) -> Iterator[Found]:
    known = {each["AuthorizerId"] for each in _of_api(stack, "get_authorizers")}
    for route in _of_api(stack, "get_routes"):
        if route["RouteKey"] == OPEN:
            continue
        kind = route.get("AuthorizationType", "NONE")
        if kind != "CUSTOM" or route.get("AuthorizerId") not in known:
            yield Found(route["RouteKey"], f"lets anybody in (authorization {kind})")


def _authorizer(stack: Deployed) -> Iterator[Found]:
    schemes = _definition(stack)["components"]["securitySchemes"]
    wanted = schemes["TokenAuthorizer"]["x-amazon-apigateway-authorizer"]
    compared = {
        "AuthorizerPayloadFormatVersion": wanted["authorizerPayloadFormatVersion"],
        "AuthorizerResultTtlInSeconds": wanted["authorizerResultTtlInSeconds"],
        "AuthorizerType": wanted["type"].upper(),
        "EnableSimpleResponses": wanted["enableSimpleResponses"],
        "IdentitySource": wanted["identitySource"],
    }
    alias = stack.physical("AuthorizerFunctionAliaslive")
    for given in _of_api(stack, "get_authorizers"):
        for each in differences(compared, given):
            yield Found(given["Name"], each)
        if alias not in given.get("AuthorizerUri", ""):
            yield Found(given["Name"], f"asks {short(given.get('AuthorizerUri'))}, not the alias")


def _stage(stack: Deployed) -> tuple[str, Node, Node]:
    """The stage's logical id, what the template says of it, and what it is like."""
    ((name, wanted),) = stack.of_type(STAGE).items()
    stages = {each["StageName"]: each for each in _of_api(stack, "get_stages")}
    return name, wanted, stages.get(STAGE_NAME, {})


def _throttled(stack: Deployed) -> Iterator[Found]:
    name, wanted, given = _stage(stack)
    for part in ("DefaultRouteSettings", "RouteSettings"):
        for each in differences({part: wanted.get(part, {})}, given):
            yield Found(name, each)
    for other in _of_api(stack, "get_stages"):
        if other["StageName"] != STAGE_NAME:
            yield Found(other["StageName"], "is a stage that no template made")


def _logged(stack: Deployed) -> Iterator[Found]:
    name, wanted, given = _stage(stack)
    for each in differences({"AccessLogSettings": wanted["AccessLogSettings"]}, given):
        yield Found(name, each)


def _origins(stack: Deployed) -> Iterator[Found]:
    api = stack.read("apigatewayv2", "get_api", ApiId=stack.physical("HttpApi"))
    given: Node = api.get("CorsConfiguration") or {}
    wanted: Node = _definition(stack).get("x-amazon-apigateway-cors", {})
    if "*" in given.get("AllowOrigins", []):
        yield Found("HttpApi", "pages of any origin may call it")
    if sorted(given.get("AllowOrigins", [])) != sorted(wanted.get("allowOrigins", [])):
        yield Found("HttpApi", f"allows {short(given.get('AllowOrigins'))}, not AllowedOrigins")
    if given.get("AllowCredentials"):
        yield Found("HttpApi", "lets pages send cookies")


CHECKS: Final = (
    Check(
        "routes",
        GROUP,
        "The API has the template's routes, each to an alias of a function",
        "A further route is a further way in.",
        REDEPLOY,
        Severity.CRITICAL,
        _routes,
    ),
    Check(
        "authorized-routes",
        GROUP,
        "Each route but the health path asks the authorizer",
        "Without it, whoever calls is nobody's tenant, or whoever they say.",
        REDEPLOY,
        Severity.CRITICAL,
        _authorized,
    ),
    Check(
        "authorizer",
        GROUP,
        "The authorizer is asked as the template says",
        "Another function could call every token good; a longer memory keeps a revoked one good.",
        REDEPLOY,
        Severity.CRITICAL,
        _authorizer,
    ),
    Check(
        "throttling",
        GROUP,
        "The stage throttles as the template says, and is the only one",
        "The gateway's limit is what stands before the account's concurrency.",
        REDEPLOY,
        Severity.FAULT,
        _throttled,
    ),
    Check(
        "access-log",
        GROUP,
        "The API writes its access log",
        "It alone shows what the authorizer refused.",
        REDEPLOY,
        Severity.FAULT,
        _logged,
    ),
    Check(
        "origins",
        GROUP,
        "Pages of the listed origins alone may call the API",
        "With *, any page that a user visits can call it with a token that it got hold of.",
        REDEPLOY,
        Severity.FAULT,
        _origins,
    ),
)
