"""CloudFormation stacks and HTTP requests for tests of the local cloud."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.cloud import LocalCloud
from tests.cloud.identities import connect, unique

_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
_WAIT = {"Delay": 0.05, "MaxAttempts": 400}


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP response."""

    status: int
    headers: Mapping[str, str]
    body: str

    def json(self) -> Any:
        return json.loads(self.body)


def deploy(
    cloud: LocalCloud, resources: Mapping[str, Any], *, name: str = "", sam: bool = False
) -> dict[str, str]:
    """Create a stack, or update `name`; the physical ids by logical id, and the ``name``."""
    cloudformation = connect(cloud, "cloudformation")
    transform = {"Transform": "AWS::Serverless-2016-10-31"} if sam else {}
    template = json.dumps({**transform, "Resources": resources})
    stack = name or unique("stack")
    if name:
        cloudformation.update_stack(
            StackName=stack, TemplateBody=template, Capabilities=_CAPABILITIES
        )
        cloudformation.get_waiter("stack_update_complete").wait(StackName=stack, WaiterConfig=_WAIT)
    else:
        cloudformation.create_stack(
            StackName=stack, TemplateBody=template, Capabilities=_CAPABILITIES
        )
        cloudformation.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig=_WAIT)
    found = cloudformation.describe_stack_resources(StackName=stack)["StackResources"]
    return {
        "name": stack,
        **{resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in found},
    }


def function(code: str, **properties: Any) -> dict[str, Any]:
    """A function with a role of its own and inline `code`."""
    return {
        "Type": "AWS::Serverless::Function",
        "Properties": {
            "Runtime": "python3.13",
            "Handler": "index.handler",
            "InlineCode": code,
            **properties,
        },
    }


def create_function(cloud: LocalCloud, code: str) -> str:
    """Deploy one function; its name."""
    return deploy(cloud, {"Function": function(code)}, sam=True)["Function"]


def request(
    cloud: LocalCloud, api: str, path: str, *, method: str = "GET", **headers: str
) -> Answer:
    """Call an HTTP API by its path-style URL, with `headers` whose ``_`` stand for ``-``."""
    call = urllib.request.Request(
        f"{cloud.endpoint}/_aws/execute-api/{api}/$default{path}",
        method=method,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(call, timeout=30) as response:
            return Answer(response.status, dict(response.headers), response.read().decode())
    except urllib.error.HTTPError as error:
        return Answer(error.code, dict(error.headers), error.read().decode())
