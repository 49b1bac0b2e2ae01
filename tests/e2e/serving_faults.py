"""Faults of functions, of the API, of alarms and logs."""

from collections.abc import Generator
from typing import Any

from local.deployment.stack import Stack
from tests.e2e.faults import client, fault, published


def _variables(stack: Stack, function: str) -> dict[str, str]:
    functions = client(stack, "lambda")
    found = functions.get_function_configuration(FunctionName=stack.resources[function])
    return found["Environment"]["Variables"]


@fault("function-environment", "functions-agree", where="AuthorizerFunction")
def a_variable_that_names_another_table(stack: Stack) -> Generator[None]:
    changed = {**_variables(stack, "AuthorizerFunction"), "TENANTQL_CONTROL_TABLE": "another"}
    with published(stack, "AuthorizerFunction", Environment={"Variables": changed}):
        yield


@fault("function-environment", "functions-agree", where="AuthorizerFunction")
def another_issuer(stack: Stack) -> Generator[None]:
    other = {"TENANTQL_ISSUER": "https://other.example"}
    changed = {**_variables(stack, "AuthorizerFunction"), **other}
    with published(stack, "AuthorizerFunction", Environment={"Variables": changed}):
        yield


@fault("function-settings", "drift", where="PlatformFunction")
def less_memory(stack: Stack) -> Generator[None]:
    with published(stack, "PlatformFunction", MemorySize=128):
        yield


@fault("aliases", where="PlatformFunction")
def an_alias_of_whatever_is_newest(stack: Stack) -> Generator[None]:
    functions, name = client(stack, "lambda"), stack.resources["PlatformFunction"]
    before = functions.get_alias(FunctionName=name, Name="live")["FunctionVersion"]
    functions.update_alias(FunctionName=name, Name="live", FunctionVersion="$LATEST")
    yield
    functions.update_alias(FunctionName=name, Name="live", FunctionVersion=before)


@fault("concurrency", where="StreamFunction")
def a_function_that_is_switched_off(stack: Stack) -> Generator[None]:
    functions, name = client(stack, "lambda"), stack.resources["StreamFunction"]
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    yield
    functions.delete_function_concurrency(FunctionName=name)


@fault("function-callers", where="GraphqlFunction")
def a_function_that_others_may_call(stack: Stack) -> Generator[None]:
    functions = client(stack, "lambda")
    named = {"FunctionName": stack.resources["GraphqlFunction"], "StatementId": "by-hand"}
    account = stack.cloud.account
    functions.add_permission(**named, Action="lambda:InvokeFunction", Principal=account)
    yield
    functions.remove_permission(**named)


@fault("function-callers", where="GraphqlFunction")
def a_function_with_an_address_of_its_own(stack: Stack) -> Generator[None]:
    functions, name = client(stack, "lambda"), stack.resources["GraphqlFunction"]
    functions.create_function_url_config(FunctionName=name, AuthType="NONE")
    yield
    functions.delete_function_url_config(FunctionName=name)


def _route(stack: Stack, key: str) -> dict[str, Any]:
    listed = client(stack, "apigatewayv2").get_routes(ApiId=stack.resources["HttpApi"])
    return next(each for each in listed["Items"] if each["RouteKey"] == key)


@fault("authorized-routes", where="POST /graphql")
def a_route_that_lets_anybody_in(stack: Stack) -> Generator[None]:
    api = client(stack, "apigatewayv2")
    before = _route(stack, "POST /graphql")
    named = {"ApiId": stack.resources["HttpApi"], "RouteId": before["RouteId"]}
    api.update_route(**named, AuthorizationType="NONE")
    yield
    authorizer = before["AuthorizerId"]
    api.update_route(**named, AuthorizationType="CUSTOM", AuthorizerId=authorizer)


@fault("routes", "authorized-routes", where="GET /debug")
def a_further_route(stack: Stack) -> Generator[None]:
    api, id = client(stack, "apigatewayv2"), stack.resources["HttpApi"]
    target = _route(stack, "GET /health")["Target"]
    made = api.create_route(ApiId=id, RouteKey="GET /debug", Target=target)
    yield
    api.delete_route(ApiId=id, RouteId=made["RouteId"])


@fault("routes", "answers", where="GET /health")
def a_route_that_was_deleted(stack: Stack) -> Generator[None]:
    api, id = client(stack, "apigatewayv2"), stack.resources["HttpApi"]
    before = _route(stack, "GET /health")
    api.delete_route(ApiId=id, RouteId=before["RouteId"])
    yield
    api.create_route(ApiId=id, RouteKey="GET /health", Target=before["Target"])


@fault("authorizer", where="TokenAuthorizer")
def an_authorizer_that_is_asked_once_an_hour(stack: Stack) -> Generator[None]:
    api, id = client(stack, "apigatewayv2"), stack.resources["HttpApi"]
    (given,) = api.get_authorizers(ApiId=id)["Items"]
    named = {"ApiId": id, "AuthorizerId": given["AuthorizerId"]}
    api.update_authorizer(**named, AuthorizerResultTtlInSeconds=3600)
    yield
    before = given["AuthorizerResultTtlInSeconds"]
    api.update_authorizer(**named, AuthorizerResultTtlInSeconds=before)


@fault("throttling", where="Stage")
def a_stage_that_throttles_nothing(stack: Stack) -> Generator[None]:
    api = client(stack, "apigatewayv2")
    named = {"ApiId": stack.resources["HttpApi"], "StageName": "$default"}
    before = api.get_stage(**named)["DefaultRouteSettings"]
    other = {"ThrottlingRateLimit": 100_000.0, "ThrottlingBurstLimit": 100_000}
    api.update_stage(**named, DefaultRouteSettings=other)
    yield
    api.update_stage(**named, DefaultRouteSettings=before)


@fault("access-log", where="Stage")
def an_api_that_logs_elsewhere(stack: Stack) -> Generator[None]:
    api = client(stack, "apigatewayv2")
    named = {"ApiId": stack.resources["HttpApi"], "StageName": "$default"}
    before = api.get_stage(**named)["AccessLogSettings"]
    other = {**before, "Format": "$context.requestId"}
    api.update_stage(**named, AccessLogSettings=other)
    yield
    api.update_stage(**named, AccessLogSettings=before)


@fault("origins", where="HttpApi")
def pages_of_any_origin(stack: Stack) -> Generator[None]:
    api, id = client(stack, "apigatewayv2"), stack.resources["HttpApi"]
    before = api.get_api(ApiId=id)["CorsConfiguration"]
    api.update_api(ApiId=id, CorsConfiguration={**before, "AllowOrigins": ["*"]})
    yield
    api.update_api(ApiId=id, CorsConfiguration=before)


_ALARM = (
    *("AlarmName", "AlarmDescription", "Namespace", "MetricName", "Dimensions", "Statistic"),
    *("Period", "EvaluationPeriods", "Threshold", "ComparisonOperator", "TreatMissingData"),
    *("AlarmActions", "OKActions", "ActionsEnabled", "DatapointsToAlarm", "ExtendedStatistic"),
)


def _alarm(stack: Stack, logical_id: str) -> dict[str, Any]:
    listed = client(stack, "cloudwatch").describe_alarms(AlarmNames=[stack.resources[logical_id]])
    (found,) = listed["MetricAlarms"]
    return {name: found[name] for name in _ALARM if name in found}


@fault("alarms", where="PlatformThrottlesAlarm")
def an_alarm_that_was_deleted(stack: Stack) -> Generator[None]:
    cloudwatch, before = client(stack, "cloudwatch"), _alarm(stack, "PlatformThrottlesAlarm")
    cloudwatch.delete_alarms(AlarmNames=[before["AlarmName"]])
    yield
    cloudwatch.put_metric_alarm(**before)


@fault("alarms", where="GraphqlErrorsAlarm")
def an_alarm_that_waits_for_more(stack: Stack) -> Generator[None]:
    cloudwatch, before = client(stack, "cloudwatch"), _alarm(stack, "GraphqlErrorsAlarm")
    cloudwatch.put_metric_alarm(**{**before, "Threshold": 1000.0})
    yield
    cloudwatch.put_metric_alarm(**before)


@fault("alarm-actions", where="PlatformErrorsAlarm")
def an_alarm_that_tells_nobody(stack: Stack) -> Generator[None]:
    cloudwatch, name = client(stack, "cloudwatch"), stack.resources["PlatformErrorsAlarm"]
    cloudwatch.disable_alarm_actions(AlarmNames=[name])
    yield
    cloudwatch.enable_alarm_actions(AlarmNames=[name])


@fault("alarms-quiet", where="GraphqlThrottlesAlarm")
def an_alarm_that_is_raised(stack: Stack) -> Generator[None]:
    cloudwatch, name = client(stack, "cloudwatch"), stack.resources["GraphqlThrottlesAlarm"]
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="planted")
    yield
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="taken back")


@fault("log-retention", where="AuthorizerLogGroup")
def logs_that_are_kept_for_ever(stack: Stack) -> Generator[None]:
    logs, name = client(stack, "logs"), stack.resources["AuthorizerLogGroup"]
    before = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]["retentionInDays"]
    logs.delete_retention_policy(logGroupName=name)
    yield
    logs.put_retention_policy(logGroupName=name, retentionInDays=before)
