"""Probes of metrics and alarms."""

from local.cloud import LocalCloud
from tests.cloud.identities import connect, unique
from tests.cloud.probes.http_apis import ECHO
from tests.cloud.probes.registry import probe
from tests.cloud.stacks import create_function, deploy, function, request


def metric_sum(cloud: LocalCloud, namespace: str, name: str, **dimensions: str) -> float:
    """The sum of a metric's values over the last minutes."""
    answer = connect(cloud, "cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=name,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        StartTime="2000-01-01T00:00:00Z",
        EndTime="2100-01-01T00:00:00Z",
        Period=86_400,
        Statistics=["Sum"],
    )
    return sum(point["Sum"] for point in answer["Datapoints"])


_EMITTER = """
import json
def handler(event, context):
    print(json.dumps({
        "_aws": {"Timestamp": 1, "CloudWatchMetrics": [{
            "Namespace": "TenantQL", "Dimensions": [["service"]],
            "Metrics": [{"Name": "Denied", "Unit": "Count"}]}]},
        "service": context.function_name, "Denied": [1, 2]}))
    if event.get("fail"):
        raise RuntimeError("as asked")
    return "ok"
"""


@probe("metrics")
def embedded_metrics_are_recorded(cloud: LocalCloud) -> bool:
    name = create_function(cloud, _EMITTER)
    connect(cloud, "lambda").invoke(FunctionName=name, Payload=b"{}")
    return metric_sum(cloud, "TenantQL", "Denied", service=name) == 3


@probe("metrics")
def requests_through_an_api_are_counted(cloud: LocalCloud) -> bool:
    stack = deploy(
        cloud,
        {
            "Function": function(ECHO),
            "Api": {
                "Type": "AWS::ApiGatewayV2::Api",
                "Properties": {"Name": "api", "ProtocolType": "HTTP"},
            },
            "Integration": {
                "Type": "AWS::ApiGatewayV2::Integration",
                "Properties": {
                    "ApiId": {"Ref": "Api"},
                    "IntegrationType": "AWS_PROXY",
                    "PayloadFormatVersion": "2.0",
                    "IntegrationUri": {"Fn::GetAtt": ["Function", "Arn"]},
                },
            },
            "Route": {
                "Type": "AWS::ApiGatewayV2::Route",
                "Properties": {
                    "ApiId": {"Ref": "Api"},
                    "RouteKey": "GET /x",
                    "Target": {"Fn::Sub": "integrations/${Integration}"},
                },
            },
        },
        sam=True,
    )
    request(cloud, stack["Api"], "/x")
    request(cloud, stack["Api"], "/missing")
    by_function = {"FunctionName": stack["Function"]}
    return (
        metric_sum(cloud, "AWS/Lambda", "Invocations", **by_function) == 1
        and metric_sum(cloud, "AWS/ApiGateway", "Count", ApiId=stack["Api"]) == 2
        and metric_sum(cloud, "AWS/ApiGateway", "4xx", ApiId=stack["Api"]) == 1
    )


@probe("metrics")
def invocations_by_an_alias_are_counted_by_it(cloud: LocalCloud) -> bool:
    route = {"Type": "HttpApi", "Properties": {"Path": "/x", "Method": "GET"}}
    resources = {"Function": function(ECHO, Events={"Get": route}, AutoPublishAlias="live")}
    stack = deploy(cloud, resources, sam=True)
    request(cloud, stack["ServerlessHttpApi"], "/x")
    name = stack["Function"]
    connect(cloud, "lambda").invoke(FunctionName=f"{name}:live", Payload=b"{}")
    by_alias = {"FunctionName": name, "Resource": f"{name}:live"}
    return (
        metric_sum(cloud, "AWS/Lambda", "Invocations", **by_alias) == 2
        and metric_sum(cloud, "AWS/Lambda", "Invocations", FunctionName=name) == 2
    )


@probe("metrics")
def errors_raise_the_alarm_of_their_function_only(cloud: LocalCloud) -> bool:
    failing, other = create_function(cloud, _EMITTER), create_function(cloud, _EMITTER)
    cloudwatch = connect(cloud, "cloudwatch")
    alarms: dict[str, str] = {}
    for name in (failing, other):
        alarms[name] = unique("alarm")
        cloudwatch.put_metric_alarm(
            AlarmName=alarms[name],
            Namespace="AWS/Lambda",
            MetricName="Errors",
            Dimensions=[{"Name": "FunctionName", "Value": name}],
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
        )
    functions = connect(cloud, "lambda")
    functions.invoke(FunctionName=other, Payload=b"{}")
    functions.invoke(FunctionName=failing, Payload=b'{"fail": true}')
    found = cloudwatch.describe_alarms(AlarmNames=list(alarms.values()))["MetricAlarms"]
    states = {alarm["AlarmName"]: alarm["StateValue"] for alarm in found}
    return (states[alarms[failing]], states[alarms[other]]) == ("ALARM", "OK")
