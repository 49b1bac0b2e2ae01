"""Probes of HTTP APIs."""

import json

from local.cloud import LocalCloud
from tests.cloud.identities import connect, unique
from tests.cloud.probes.registry import probe
from tests.cloud.stacks import deploy, function, request

ECHO = """
import json
def handler(event, context):
    return {"statusCode": 200, "body": json.dumps(event)}
"""
_AUTHORIZER = """
def handler(event, context):
    token = event["identitySource"][0]
    context = {"tenant": token, "version": event["version"]}
    return {"isAuthorized": token != "no", "context": context}
"""


def create_http_api(cloud: LocalCloud) -> str:
    """An HTTP API as SAM makes it: POST and GET /graphql behind an authorizer; its id."""
    api = {
        "Type": "AWS::Serverless::HttpApi",
        "Properties": {
            "CorsConfiguration": {
                "AllowOrigins": ["http://here.example"],
                "AllowMethods": ["GET", "POST"],
                "AllowHeaders": ["authorization"],
            },
            "Auth": {
                "DefaultAuthorizer": "Token",
                "Authorizers": {
                    "Token": {
                        "FunctionArn": {"Fn::GetAtt": ["Authorizer", "Arn"]},
                        "AuthorizerPayloadFormatVersion": "2.0",
                        "EnableSimpleResponses": True,
                        "EnableFunctionDefaultPermissions": True,
                        "Identity": {"Headers": ["Authorization"], "ReauthorizeEvery": 300},
                    }
                },
            },
        },
    }
    routes = {
        name: {
            "Type": "HttpApi",
            "Properties": {"ApiId": {"Ref": "Api"}, "Path": path, "Method": method, **auth},
        }
        for name, path, method, auth in (
            ("Post", "/graphql", "POST", {}),
            ("Get", "/graphql", "GET", {}),
            ("Open", "/open", "ANY", {"Auth": {"Authorizer": "NONE"}}),
        )
    }
    resources = {
        "Api": api,
        "Authorizer": function(_AUTHORIZER),
        "Function": function(ECHO, Events=routes, AutoPublishAlias="live"),
    }
    return deploy(cloud, resources, sam=True)["Api"]


@probe("http_api")
def routes_of_a_serverless_api_answer(cloud: LocalCloud) -> bool:
    api = create_http_api(cloud)
    answer = request(cloud, api, "/graphql", method="POST", authorization="acme")
    if answer.status != 200:
        return False
    event = answer.json()
    context = event["requestContext"]["authorizer"]["lambda"]
    return (
        event["version"] == "2.0"
        and context == {"tenant": "acme", "version": "2.0"}
        and request(cloud, api, "/graphql", authorization="acme").status == 200
        and request(cloud, api, "/graphql").status == 401
        and request(cloud, api, "/graphql", authorization="no").status == 403
        and request(cloud, api, "/open").status == 200
        and request(cloud, api, "/elsewhere", authorization="acme").status == 404
    )


@probe("http_api_cors")
def preflight_is_answered(cloud: LocalCloud) -> bool:
    cors = {"AllowOrigins": ["http://here.example"], "AllowMethods": ["POST"], "MaxAge": 60}
    api = deploy(
        cloud,
        {
            "Api": {
                "Type": "AWS::ApiGatewayV2::Api",
                "Properties": {"Name": "api", "ProtocolType": "HTTP", "CorsConfiguration": cors},
            }
        },
    )["Api"]
    answer = request(cloud, api, "/x", method="OPTIONS", origin="http://here.example")
    return (
        answer.status == 204
        and answer.headers.get("Access-Control-Allow-Origin") == "http://here.example"
        and answer.headers.get("Access-Control-Allow-Methods") == "POST"
        and answer.headers.get("Access-Control-Max-Age") == "60"
    )


@probe("http_api_stage")
def throttling_of_a_stage_is_told(cloud: LocalCloud) -> bool:
    limits = {"ThrottlingRateLimit": 7, "ThrottlingBurstLimit": 8}
    stage = {
        "Type": "AWS::ApiGatewayV2::Stage",
        "Properties": {
            "ApiId": {"Ref": "Api"},
            "StageName": "$default",
            "DefaultRouteSettings": limits,
            "RouteSettings": {"GET /health": limits},
        },
    }
    api = {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Name": "api", "ProtocolType": "HTTP"}}
    made = deploy(cloud, {"Api": api, "Stage": stage})["Api"]
    found = connect(cloud, "apigatewayv2").get_stage(ApiId=made, StageName="$default")
    return found["DefaultRouteSettings"] == found["RouteSettings"]["GET /health"] == limits


@probe("sam_parameters")
def sam_resolves_a_parameter_to_its_value(cloud: LocalCloud) -> bool:
    template = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Parameters": {"Origin": {"Type": "String", "Default": "http://default.example"}},
        "Resources": {
            "Api": {
                "Type": "AWS::Serverless::HttpApi",
                "Properties": {
                    "CorsConfiguration": {
                        "AllowOrigins": [{"Ref": "Origin"}],
                        "AllowMethods": ["POST"],
                    }
                },
            },
            "Function": function(
                ECHO,
                Events={
                    "Post": {
                        "Type": "HttpApi",
                        "Properties": {"ApiId": {"Ref": "Api"}, "Path": "/x", "Method": "POST"},
                    }
                },
            ),
        },
    }
    cloudformation, stack = connect(cloud, "cloudformation"), unique("stack")
    cloudformation.create_stack(
        StackName=stack,
        TemplateBody=json.dumps(template),
        Parameters=[{"ParameterKey": "Origin", "ParameterValue": "http://given.example"}],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    waiter = cloudformation.get_waiter("stack_create_complete")
    waiter.wait(StackName=stack, WaiterConfig={"Delay": 0.05, "MaxAttempts": 400})
    made = cloudformation.describe_stack_resource(StackName=stack, LogicalResourceId="Api")
    api = made["StackResourceDetail"]["PhysicalResourceId"]
    answer = request(cloud, api, "/x", method="OPTIONS", origin="http://given.example")
    return answer.headers.get("Access-Control-Allow-Origin") == "http://given.example"
