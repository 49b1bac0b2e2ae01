"""What must hold for the functions, the API, the stream's consumer, and logs."""

import json
import re
from typing import Any, Final

from tenantql.http.requests import PREFLIGHT
from tests.template.stack import Node, Stack, transformed

FUNCTIONS: Final = {
    "GraphqlFunction": "graphql",
    "PlatformFunction": "platform",
    "AuthorizerFunction": "authorizer",
    "StreamFunction": "stream",
    "CanaryFunction": "canary",
}
SHIFTED: Final = FUNCTIONS.keys() - {"CanaryFunction"}
"""Those whose traffic moves to a new version by and by; nobody calls the canary."""

_PATHS: Final = {"/graphql", "/platform", "/health"}
_FOURTEEN_DAYS: Final = 14 * 24 * 3600
_CONTEXT: Final = re.compile(r"\$context\.([A-Za-z.]+)")
_LOGGED_VARIABLES: Final = {
    *("authorizer.error", "authorizer.tenant", "error.message", "error.messageString"),
    *("identity.sourceIp", "integrationErrorMessage", "integrationLatency", "requestId"),
    *("requestTime", "responseLatency", "responseLength", "routeKey", "status"),
}
_GRADUAL: Final = {"DeploymentPreference": "Canary10Percent5Minutes"}


def functions_run_as_chosen(template: Node) -> list[str]:
    """Python 3.13 on the chosen processor, traced, with the layer, SnapStart by parameter."""
    stack = Stack.of(template, Architecture="x86_64", SnapStart="PublishedVersions")
    wanted: dict[str, Any] = {
        "Runtime": "python3.13",
        "Architectures": ["x86_64"],
        "Handler": "app.handler",
        "TracingConfig": {"Mode": "Active"},
        "SnapStart": {"ApplyOn": "PublishedVersions"},
        "Layers": list(stack.of_type("AWS::Lambda::LayerVersion")),
    }
    given = stack.of_type("AWS::Lambda::Function")
    found = [] if set(given) == set(FUNCTIONS) else [str(sorted(given))]
    return found + [
        f"{name}.{setting}"
        for name, body in given.items()
        for setting, value in wanted.items()
        if body["Properties"].get(setting) != value
    ]


def functions_have_their_own_role(template: Node) -> list[str]:
    """Each function runs with the role of its name: none borrows another's rights."""
    functions = Stack.of(template).of_type("AWS::Lambda::Function")
    return [
        f"{name}: {body['Properties']['Role']}"
        for name, body in functions.items()
        if not body["Properties"]["Role"].endswith(f":role/{name.replace('Function', 'Role')}")
    ]


def logs_are_kept_for_a_time(template: Node) -> list[str]:
    """Every function and the API write to a log group of the stack, with retention."""
    stack = Stack.of(template, LogRetentionDays="90")
    groups = {
        body["Properties"]["LogGroupName"]: body["Properties"].get("RetentionInDays")
        for body in stack.of_type("AWS::Logs::LogGroup").values()
    }
    found = [f"{name} is kept for {days}" for name, days in groups.items() if days != "90"]
    for name, folder in FUNCTIONS.items():
        group = stack.properties(name).get("LoggingConfig", {}).get("LogGroup")
        if group not in groups or group != f"/tenantql/shop/{folder}":
            found.append(f"{name} logs to {group}")
    stages = stack.of_type("AWS::ApiGatewayV2::Stage").values()
    for stage in stages:
        destination = stage["Properties"].get("AccessLogSettings", {}).get("DestinationArn", "")
        if not destination.endswith(":/aws/vendedlogs/tenantql/shop/api:*"):
            found.append("the API has no log")
    return found


def access_log_holds_no_secret(template: Node) -> list[str]:
    """The access log names no header, no query string, and no claim beyond the tenant."""
    (stage,) = Stack.of(template).of_type("AWS::ApiGatewayV2::Stage").values()
    line = stage["Properties"]["AccessLogSettings"]["Format"]
    allowed = {"tenant", "error"}
    found = [part for part in line.split("$context.")[1:] if part.startswith(("identity.user",))]
    for part in line.split("$context.authorizer.")[1:]:
        name = part.split('"')[0]
        found += [] if name in allowed else [name]
    return found + [word for word in ("header", "path", "query") if word in line.lower()]


def access_log_is_json(template: Node) -> list[str]:
    """Each line of the access log is an object, of variables that an HTTP API has.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
    """
    (stage,) = Stack.of(template).of_type("AWS::ApiGatewayV2::Stage").values()
    line = stage["Properties"]["AccessLogSettings"]["Format"]
    # The quoted form of a message breaks the text that it stands in.
    logged = re.sub(r"\$context\.error\.messageString", '"text"', line)
    found = [name for name in _CONTEXT.findall(line) if name not in _LOGGED_VARIABLES]
    try:
        json.loads(_CONTEXT.sub("text", logged))
    except ValueError:
        found.append("no JSON")
    return found


def every_route_is_authorized(template: Node) -> list[str]:
    """GET and POST of both endpoints, behind the authorizer, through the alias.

    The health path alone is open, and there is no other path: no page, no playground.
    """
    stack = Stack.of(template)
    body = stack.properties("HttpApi")["Body"]
    found: list[str] = []
    for path, function in (("/graphql", "GraphqlFunction"), ("/platform", "PlatformFunction")):
        for method in ("get", "post"):
            operation = body["paths"].get(path, {}).get(method, {})
            integration = operation.get("x-amazon-apigateway-integration", {})
            if operation.get("security") != [{"TokenAuthorizer": []}]:
                found.append(f"{method} {path} is open")
            if f"{function}Aliaslive" not in integration.get("uri", ""):
                found.append(f"{method} {path} does not go to the alias")
            if integration.get("payloadFormatVersion") != "2.0":
                found.append(f"{method} {path} has another payload")
    routes = {
        f"{method} {path}": operation
        for path, operations in body["paths"].items()
        for method, operation in operations.items()
    }
    opened = [name for name, operation in routes.items() if not operation.get("security")]
    health = routes.get("get /health", {}).get("x-amazon-apigateway-integration", {})
    found += [f"{name} is open" for name in opened if name != "get /health"]
    found += [f"{path} besides" for path in body["paths"] if path not in _PATHS]
    found += [] if "GraphqlFunctionAliaslive" in health.get("uri", "") else ["no health path"]
    authorizer = _authorizer_of(template)
    wanted = {
        "type": "request",
        "identitySource": ["$request.header.Authorization"],
        "authorizerPayloadFormatVersion": "2.0",
        "enableSimpleResponses": True,
    }
    found += [name for name, value in wanted.items() if authorizer.get(name) != value]
    if "AuthorizerFunctionAliaslive" not in authorizer["authorizerUri"]:
        found.append("the authorizer is not called by its alias")
    return found


def answers_of_the_authorizer_are_kept_as_chosen(template: Node) -> list[str]:
    """For 5 minutes, or not at all: then a token is refused as soon as it is revoked."""
    wanted = {"true": 300, "false": 0}
    given = {choice: _authorizer_of(template, AuthorizerCache=choice) for choice in wanted}
    ttl = "authorizerResultTtlInSeconds"
    found = [
        f"{choice}: {given[choice].get(ttl)}"
        for choice, seconds in wanted.items()
        if given[choice].get(ttl) != seconds
    ]
    return found + ([] if _authorizer_of(template) == given["true"] else ["not kept by default"])


def _authorizer_of(template: Node, **parameters: str) -> Node:
    body = Stack.of(template, **parameters).properties("HttpApi")["Body"]
    schemes = body["components"]["securitySchemes"]
    return schemes["TokenAuthorizer"]["x-amazon-apigateway-authorizer"]


def pages_are_allowed_by_name(template: Node) -> list[str]:
    """CORS names the origins that the parameter lists, and is off without any."""
    origins = ["https://a.example", "https://b.example"]
    given = Stack.of(template, AllowedOrigins=",".join(origins)).properties("HttpApi")["Body"]
    cors: Any = given.get("x-amazon-apigateway-cors", {})
    if "allowOrigins" not in cors:
        return [str(cors)]
    found = [] if cors.get("allowOrigins") == origins else [str(cors.get("allowOrigins"))]
    found += [] if cors.get("allowMethods") == ["GET", "POST"] else ["methods"]
    wanted = {"authorization", "content-type", PREFLIGHT}
    found += [] if set(cors.get("allowHeaders", [])) == wanted else ["headers"]
    found += [] if "retry-after" in cors.get("exposeHeaders", []) else ["hidden headers"]
    found += ["credentials"] if cors.get("allowCredentials") else []
    none = Stack.of(template).properties("HttpApi")["Body"]
    return found + (["on by default"] if "x-amazon-apigateway-cors" in none else [])


def routes_are_throttled(template: Node) -> list[str]:
    """Every route by parameter, and the open one to little."""
    stack = Stack.of(template, ThrottlingRate="70", ThrottlingBurst="7")
    (stage,) = stack.of_type("AWS::ApiGatewayV2::Stage").values()
    default = stage["Properties"].get("DefaultRouteSettings", {})
    health = stage["Properties"].get("RouteSettings", {}).get("GET /health", {})
    names = ("ThrottlingRateLimit", "ThrottlingBurstLimit")
    found = [str(default)] if [str(default.get(name)) for name in names] != ["70", "7"] else []
    return found + [f"health: {name}" for name in names if not 0 < health.get(name, 1e9) <= 10]


def endpoints_are_as_chosen(template: Node) -> list[str]:
    """What the API's parameters say reaches both endpoints."""
    chosen = {
        "Documents": ("TENANTQL_DOCUMENTS", "registered"),
        "MaxBatch": ("TENANTQL_MAX_BATCH", "5"),
        "RequirePreflight": ("TENANTQL_REQUIRE_PREFLIGHT", "true"),
        "StatusCodes": ("TENANTQL_STATUS_CODES", "legacy"),
    }
    stack = Stack.of(template, **{name: value for name, (_, value) in chosen.items()})
    return [
        f"{function}: {variable}"
        for function in ("GraphqlFunction", "PlatformFunction")
        for variable, value in chosen.values()
        if stack.properties(function)["Environment"]["Variables"].get(variable) != value
    ]


def failed_changes_are_kept(template: Node) -> list[str]:
    """A poison record ends in an encrypted queue, after a few tries, and alone."""
    stack = Stack.of(template)
    mappings = list(stack.of_type("AWS::Lambda::EventSourceMapping").values())
    if len(mappings) != 1:
        return [f"{len(mappings)} event source mappings"]
    mapping = mappings[0]["Properties"]
    queue = stack.properties("StreamDeadLetterQueue")
    destination = mapping.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination", "")
    holds = {
        "reads the data table": ":table/shop-data-basic-01/stream/" in mapping["EventSourceArn"],
        "calls the alias": mapping["FunctionName"] == "StreamFunctionAliaslive",
        "loses no change": mapping.get("StartingPosition") == "TRIM_HORIZON",
        "splits a failed batch": mapping.get("BisectBatchOnFunctionError") is True,
        "gives up in the end": 1 <= mapping.get("MaximumRetryAttempts", -1) <= 20,
        "takes partial failures": mapping.get("FunctionResponseTypes")
        == ["ReportBatchItemFailures"],
        "works in parallel": mapping.get("ParallelizationFactor", 1) > 1,
        "goes to the queue": destination.endswith(f":{queue.get('QueueName')}"),
        "is encrypted": queue.get("SqsManagedSseEnabled") is True,
        "is kept for 14 days": queue.get("MessageRetentionPeriod") == _FOURTEEN_DAYS,
    }
    return [f"not: {name}" for name, truth in holds.items() if not truth]


def metrics_and_alarms_agree(template: Node) -> list[str]:
    """The functions publish as the service that the alarms watch."""
    stack = Stack.of(template)
    found: list[str] = []
    for name, folder in FUNCTIONS.items():
        variables = stack.properties(name)["Environment"]["Variables"]
        if variables.get("POWERTOOLS_SERVICE_NAME") != f"shop-{folder}":
            found.append(f"{name}: service")
    return found


def deployments_roll_back(template: Node) -> list[str]:
    """Shifted traffic is watched by the function's errors alarm; at once needs no CodeDeploy."""
    groups = Stack.of(template, **_GRADUAL).of_type("AWS::CodeDeploy::DeploymentGroup")
    found = [name for name in SHIFTED if f"{name}DeploymentGroup" not in groups]
    for name, body in groups.items():
        alarm = name.replace("FunctionDeploymentGroup", "ErrorsAlarm")
        properties = body["Properties"]
        if properties.get("AlarmConfiguration", {}).get("Alarms") != [{"Name": alarm}]:
            found.append(f"{name} watches another alarm")
        if properties["DeploymentConfigName"] != "CodeDeployDefault.LambdaCanary10Percent5Minutes":
            found.append(f"{name} shifts otherwise")
    kinds = {body["Type"] for body in Stack.of(template).resources.values()}
    return found + [kind for kind in kinds if kind.startswith("AWS::CodeDeploy::")]


def every_deployment_type_is_mapped(template: Node) -> list[str]:
    """Whether a type needs CodeDeploy is said for each value that the parameter takes."""
    values = template["Parameters"]["DeploymentPreference"]["AllowedValues"]
    mapped = template["Mappings"]["Deployment"]
    found = sorted(set(values) ^ set(mapped))
    return found + [
        value
        for value in values
        if mapped.get(value, {}).get("UsesCodeDeploy") != str(value != "AllAtOnce").lower()
    ]


def a_new_layer_moves_the_aliases(template: Node) -> list[str]:
    """A release in which only the layer's content differs publishes a version of each function."""
    return _unmoved(template, ("TenantqlLayer", "ContentUri"), "s3://artifacts/other")


def new_code_moves_the_alias(template: Node) -> list[str]:
    """A release in which only a function's code differs publishes a version of it, and no other."""
    found: list[str] = []
    for name in FUNCTIONS:
        unmoved = _unmoved(template, (name, "CodeUri"), "s3://artifacts/other")
        found += [] if set(unmoved) == set(FUNCTIONS) - {name} else [name]
    return found


def new_settings_move_the_aliases(template: Node) -> list[str]:
    """A release in which only a property differs publishes a version: the timeout, here."""
    return [name for name in FUNCTIONS if name in _unmoved(template, (name, "Timeout"), 3)]


def _unmoved(template: Node, place: tuple[str, str], value: Any) -> list[str]:
    """The functions whose alias points to the same version before and after the change."""
    resource, setting = place
    properties = template["Resources"][resource]["Properties"]
    changed = {**template["Resources"][resource], "Properties": {**properties, setting: value}}
    after = {**template, "Resources": {**template["Resources"], resource: changed}}
    one, two = aliases(template), aliases(after)
    return [name for name in FUNCTIONS if one.get(name) == two.get(name)]


def aliases(template: Node, **parameters: str) -> dict[str, str]:
    """The logical id of the version to which the alias `live` of each function points."""
    resources = transformed(template, **parameters)["Resources"]
    return {
        body["Properties"]["FunctionName"]["Ref"]: body["Properties"]["FunctionVersion"][
            "Fn::GetAtt"
        ][0]
        for body in resources.values()
        if body["Type"] == "AWS::Lambda::Alias" and body["Properties"]["Name"] == "live"
    }
