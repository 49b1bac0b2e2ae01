"""Functions or an API that would not do their work, or would do it in silence."""

from typing import Final

from tests.template import function_checks as checks
from tests.template.breakage import Breakage, add, both, drop, of, put, swap

_CORS: Final = of("HttpApi", "CorsConfiguration>Fn::If>1")
_AUTHORIZER: Final = of("HttpApi", "Auth>Authorizers>TokenAuthorizer")
_CHANGES: Final = of("StreamFunction", "Events>Changes>Properties")
_LOG: Final = of("HttpApi", "AccessLogSettings>Format")
_GLOBALS: Final = "Globals>Function"

BREAKAGES: Final = (
    Breakage(
        checks.functions_run_as_chosen, "another Python", put(f"{_GLOBALS}>Runtime", "python3.12")
    ),
    Breakage(
        checks.functions_run_as_chosen,
        "one processor whatever the parameter",
        put(f"{_GLOBALS}>Architectures", ["arm64"]),
    ),
    Breakage(checks.functions_run_as_chosen, "no traces", drop(f"{_GLOBALS}>Tracing")),
    Breakage(checks.functions_run_as_chosen, "no SnapStart", drop(f"{_GLOBALS}>SnapStart")),
    Breakage(checks.functions_run_as_chosen, "no layer", drop(f"{_GLOBALS}>Layers")),
    Breakage(
        checks.functions_have_their_own_role,
        "the endpoint runs with the platform's role",
        put(of("GraphqlFunction", "Role"), {"Fn::GetAtt": ["PlatformRole", "Arn"]}),
    ),
    Breakage(
        checks.logs_are_kept_for_a_time,
        "a group for ever",
        drop(of("StreamLogGroup", "RetentionInDays")),
    ),
    Breakage(
        checks.logs_are_kept_for_a_time,
        "a function with Lambda's own group",
        drop(of("AuthorizerFunction", "LoggingConfig")),
    ),
    Breakage(
        checks.logs_are_kept_for_a_time,
        "no access log",
        drop(of("HttpApi", "AccessLogSettings")),
    ),
    Breakage(
        checks.access_log_holds_no_secret,
        "the subject",
        swap(_LOG, "$context.authorizer.tenant", "$context.authorizer.subject"),
    ),
    Breakage(
        checks.access_log_holds_no_secret,
        "the path with its query",
        swap(_LOG, "$context.routeKey", "$context.path"),
    ),
    Breakage(
        checks.access_log_is_json,
        "a message in quotes, within quotes",
        swap(_LOG, "$context.error.message", "$context.error.messageString"),
    ),
    Breakage(
        checks.access_log_is_json,
        "a variable of REST APIs",
        swap(_LOG, "$context.authorizer.error", "$context.authorizer.latency"),
    ),
    Breakage(
        checks.every_route_is_authorized,
        "no default authorizer",
        both(
            drop(of("HttpApi", "Auth>DefaultAuthorizer")),
            drop(of("GraphqlFunction", "Events>Health>Properties>Auth")),
        ),
    ),
    Breakage(
        checks.every_route_is_authorized,
        "one route is open",
        put(of("PlatformFunction", "Events>Get>Properties>Auth"), {"Authorizer": "NONE"}),
    ),
    Breakage(
        checks.every_route_is_authorized,
        "no health path",
        drop(of("GraphqlFunction", "Events>Health")),
    ),
    Breakage(
        checks.every_route_is_authorized,
        "the open path takes what it wants",
        put(of("GraphqlFunction", "Events>Health>Properties>Path"), "/{proxy+}"),
    ),
    Breakage(
        checks.every_route_is_authorized,
        "a playground",
        put(
            of("GraphqlFunction", "Events>Page"),
            {
                "Type": "HttpApi",
                "Properties": {"ApiId": {"Ref": "HttpApi"}, "Path": "/playground", "Method": "GET"},
            },
        ),
    ),
    Breakage(
        checks.routes_are_throttled,
        "as much as the account has",
        drop(of("HttpApi", "DefaultRouteSettings")),
    ),
    Breakage(
        checks.routes_are_throttled,
        "the open path is like the others",
        drop(of("HttpApi", "RouteSettings")),
    ),
    Breakage(
        checks.endpoints_are_as_chosen,
        "the platform runs anything",
        drop(of("PlatformFunction", "Environment>Variables>TENANTQL_DOCUMENTS")),
    ),
    Breakage(
        checks.endpoints_are_as_chosen,
        "a number that nobody chose",
        put(of("GraphqlFunction", "Environment>Variables>TENANTQL_MAX_BATCH"), "0"),
    ),
    Breakage(
        checks.pages_are_allowed_by_name,
        "a header that a page may not send",
        put(f"{_CORS}>AllowHeaders", ["authorization", "content-type"]),
    ),
    Breakage(
        checks.pages_are_allowed_by_name,
        "a header that a page may not read",
        drop(f"{_CORS}>ExposeHeaders"),
    ),
    Breakage(
        checks.every_route_is_authorized,
        "no GET",
        drop(of("GraphqlFunction", "Events>Get")),
    ),
    Breakage(
        checks.answers_of_the_authorizer_are_kept_as_chosen,
        "whatever is chosen",
        put(f"{_AUTHORIZER}>Identity>ReauthorizeEvery", 300),
    ),
    Breakage(
        checks.answers_of_the_authorizer_are_kept_as_chosen,
        "as text",
        put(f"{_AUTHORIZER}>Identity>ReauthorizeEvery", {"Ref": "AuthorizerCache"}),
    ),
    Breakage(
        checks.answers_of_the_authorizer_are_kept_as_chosen,
        "not by default",
        put("Parameters>AuthorizerCache>Default", "false"),
    ),
    Breakage(
        checks.every_route_is_authorized,
        "the authorizer's latest code, not its alias",
        put(f"{_AUTHORIZER}>FunctionArn", {"Fn::GetAtt": ["AuthorizerFunction", "Arn"]}),
    ),
    Breakage(
        checks.pages_are_allowed_by_name,
        "every page",
        put(f"{_CORS}>AllowOrigins", ["*"]),
    ),
    Breakage(
        checks.pages_are_allowed_by_name,
        "the list as one text",
        put(f"{_CORS}>AllowOrigins", [{"Ref": "AllowedOrigins"}]),
    ),
    Breakage(
        checks.pages_are_allowed_by_name,
        "SAM drops what stands beside an intrinsic function",
        put(
            of("HttpApi", "CorsConfiguration"),
            {"AllowOrigins": {"Fn::Split": [",", {"Ref": "AllowedOrigins"}]}},
        ),
    ),
    Breakage(
        checks.pages_are_allowed_by_name,
        "with cookies",
        put(f"{_CORS}>AllowCredentials", True),
    ),
    *(
        Breakage(checks.failed_changes_are_kept, f"without {name}", drop(f"{_CHANGES}>{name}"))
        for name in (
            "BisectBatchOnFunctionError",
            "MaximumRetryAttempts",
            "FunctionResponseTypes",
            "ParallelizationFactor",
            "DestinationConfig",
        )
    ),
    Breakage(
        checks.failed_changes_are_kept,
        "changes before the deployment are lost",
        put(f"{_CHANGES}>StartingPosition", "LATEST"),
    ),
    Breakage(
        checks.failed_changes_are_kept,
        "four days",
        drop(of("StreamDeadLetterQueue", "MessageRetentionPeriod")),
    ),
    Breakage(
        checks.failed_changes_are_kept,
        "a queue in the clear",
        put(of("StreamDeadLetterQueue", "SqsManagedSseEnabled"), False),
    ),
    Breakage(
        checks.metrics_and_alarms_agree,
        "another service",
        put(of("StreamFunction", "Environment>Variables>POWERTOOLS_SERVICE_NAME"), "stream"),
    ),
    Breakage(
        checks.deployments_roll_back,
        "another function's alarm",
        put(of("GraphqlFunction", "DeploymentPreference>Alarms"), [{"Ref": "StreamErrorsAlarm"}]),
    ),
    Breakage(
        checks.deployments_roll_back,
        "one function is not shifted",
        drop(of("PlatformFunction", "DeploymentPreference")),
    ),
    Breakage(
        checks.deployments_roll_back,
        "CodeDeploy without need",
        put("Mappings>Deployment>AllAtOnce>UsesCodeDeploy", "true"),
    ),
    Breakage(
        checks.every_deployment_type_is_mapped,
        "a type is not mapped",
        add("Parameters>DeploymentPreference>AllowedValues", "Linear10PercentEvery5Minutes"),
    ),
    Breakage(
        checks.every_deployment_type_is_mapped,
        "a type is not shifted",
        put("Mappings>Deployment>Canary10Percent5Minutes>UsesCodeDeploy", "false"),
    ),
    Breakage(
        checks.a_new_layer_moves_the_aliases,
        "the layer does not publish",
        drop(of("TenantqlLayer", "PublishLambdaVersion")),
    ),
    Breakage(
        checks.a_new_layer_moves_the_aliases,
        "one function looks at its code alone",
        drop(of("StreamFunction", "AutoPublishAliasAllProperties")),
    ),
    Breakage(
        checks.new_code_moves_the_alias,
        "functions have no alias",
        drop(f"{_GLOBALS}>AutoPublishAlias"),
    ),
    Breakage(
        checks.new_settings_move_the_aliases,
        "one function looks at its code alone",
        both(
            drop(of("GraphqlFunction", "AutoPublishAliasAllProperties")),
            put(of("GraphqlFunction", "MemorySize"), 1024),
        ),
    ),
)
