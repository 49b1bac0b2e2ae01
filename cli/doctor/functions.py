"""Functions: what runs behind the alias, with which environment, and who may call it."""

import json
from collections.abc import Iterator
from typing import Final

from botocore.exceptions import ClientError

from cli.doctor.comparing import differences, short
from cli.doctor.deployed import FUNCTION, Deployed
from cli.doctor.findings import Check, Found, Severity
from local.evaluation import Node

GROUP: Final = "functions"
COMPARED: Final = ("Architectures", "Handler", "MemorySize", "Role", "Runtime", "Timeout")
SHARED: Final = ("TENANTQL_CONTROL_TABLE", "TENANTQL_TENANT_ROLE_ARN", "TENANTQL_KMS_KEY_ARN")
"""Variables that agree wherever a function has them."""

GATEWAY: Final = {"Service": "apigateway.amazonaws.com"}
SCHEDULE: Final = {"Service": "events.amazonaws.com"}
RULE: Final = "AWS::Events::Rule"

REDEPLOY: Final = "Deploy the stack again; raise TENANTQL_SETTINGS if the alias does not move."


def _settings(stack: Deployed) -> Iterator[Found]:
    for name, wanted in stack.of_type(FUNCTION).items():
        compared = {each: wanted[each] for each in COMPARED if each in wanted}
        compared["TracingConfig"] = wanted.get("TracingConfig", {})
        for each in differences(compared, stack.live(name)):
            yield Found(name, each)


def _environment(stack: Deployed) -> Iterator[Found]:
    for name, wanted in stack.of_type(FUNCTION).items():
        given = _variables(stack, name)
        expected: Node = wanted.get("Environment", {}).get("Variables", {})
        for each in differences(expected, given):
            yield Found(name, each)
        for each in sorted(given.keys() - expected.keys()):
            yield Found(name, f"has a variable that no template gave it: {each}")


def _agree(stack: Deployed) -> Iterator[Found]:
    for variable in SHARED:
        values = {
            name: found[variable]
            for name in stack.of_type(FUNCTION)
            if variable in (found := _variables(stack, name))
        }
        if len(set(values.values())) > 1:
            yield Found("functions", f"{variable} differs: {short(values)}")
    issuer = _variables(stack, "AuthorizerFunction").get("TENANTQL_ISSUER")
    if issuer != stack.outputs["Issuer"]:
        yield Found("AuthorizerFunction", f"trusts {issuer}, the stack's issuer is another")


def _variables(stack: Deployed, name: str) -> dict[str, str]:
    return stack.live(name).get("Environment", {}).get("Variables", {})


def _aliases(stack: Deployed) -> Iterator[Found]:
    for name in stack.of_type(FUNCTION):
        if f"{name}Aliaslive" not in stack.resources:
            continue
        found = stack.read("lambda", "get_alias", FunctionName=stack.physical(name), Name="live")
        if found["FunctionVersion"] == "$LATEST":
            yield Found(name, "its alias points to no version: what is uploaded next is served")
        if weights := found.get("RoutingConfig", {}).get("AdditionalVersionWeights"):
            yield Found(name, f"traffic is split: {short(weights)}", Severity.NOTE)
        given = stack.live(name)
        state, update = given.get("State", "Active"), given.get("LastUpdateStatus", "Successful")
        if state not in {"Active", "Inactive"} or update == "Failed":
            yield Found(name, f"is {state}, its last update {update}")


def _concurrency(stack: Deployed) -> Iterator[Found]:
    for name in stack.of_type(FUNCTION):
        found = stack.read("lambda", "get_function_concurrency", FunctionName=stack.physical(name))
        reserved = found.get("ReservedConcurrentExecutions")
        if reserved == 0:
            yield Found(name, "is switched off: its reserved concurrency is 0")
        elif reserved is not None:
            yield Found(name, f"runs at most {reserved} times at once", Severity.NOTE)


def _callers(stack: Deployed) -> Iterator[Found]:
    api = stack.physical("HttpApi")
    rules = [stack.physical(name) for name in stack.of_type(RULE)]
    for name in stack.of_type(FUNCTION):
        id = stack.physical(name)
        urls = stack.pages(
            "lambda", "list_function_url_configs", "FunctionUrlConfigs", FunctionName=id
        )
        for each in urls:
            yield Found(name, f"has an address of its own: {each['FunctionUrl']}")
        for qualifier in ({}, {"Qualifier": "live"}):
            for body in _invokers(stack, {"FunctionName": id, **qualifier}):
                if not (_by_gateway(body, api) or _by_schedule(body, rules)):
                    yield Found(name, f"may be called by others: {short(body)}")


def _invokers(stack: Deployed, function: Node) -> list[Node]:
    """The statements of a function's own policy; none if it has no policy."""
    try:
        found = stack.read("lambda", "get_policy", **function)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == "ResourceNotFoundException":
            return []
        raise
    return json.loads(found["Policy"])["Statement"]


def _by_gateway(statement: Node, api: str) -> bool:
    """Whether a statement lets the stack's own API in, and nobody else."""
    source = json.dumps(statement.get("Condition", {}))
    return statement.get("Principal") == GATEWAY and f":{api}/" in source


def _by_schedule(statement: Node, rules: list[str]) -> bool:
    """Whether a statement lets one of the stack's own rules in, and nobody else."""
    source = json.dumps(statement.get("Condition", {}))
    by_rule = any(f':rule/{name}"' in source for name in rules)
    return statement.get("Principal") == SCHEDULE and by_rule


CHECKS: Final = (
    Check(
        "function-settings",
        GROUP,
        "Runtime, architecture, role, memory and timeout are the template's",
        "Another role has other rights; wheels of one architecture do not run on the other.",
        REDEPLOY,
        Severity.FAULT,
        _settings,
    ),
    Check(
        "function-environment",
        GROUP,
        "Each function behind its alias has the variables that the template gives it",
        "Variables name the tables, the roles and whose tokens count.",
        REDEPLOY,
        Severity.CRITICAL,
        _environment,
    ),
    Check(
        "functions-agree",
        GROUP,
        "All functions name the same tables, role, key and issuer",
        "An authorizer that reads another table sees no revocation.",
        REDEPLOY,
        Severity.CRITICAL,
        _agree,
    ),
    Check(
        "aliases",
        GROUP,
        "The alias `live` of each function points to a published version that works",
        "What is served is a version, so that it can be rolled back.",
        REDEPLOY,
        Severity.FAULT,
        _aliases,
    ),
    Check(
        "concurrency",
        GROUP,
        "No function is switched off",
        "A reserved concurrency of 0 turns every call away.",
        "aws lambda delete-function-concurrency --function-name NAME",
        Severity.FAULT,
        _concurrency,
    ),
    Check(
        "function-callers",
        GROUP,
        "The stack's API alone calls a function from outside, behind the authorizer",
        "Whoever calls a function without the authorizer says themselves who they are.",
        "aws lambda remove-permission, or delete-function-url-config.",
        Severity.CRITICAL,
        _callers,
    ),
)
