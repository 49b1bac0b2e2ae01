"""Functions in processes of their own: isolation, failures, limits, and their roles."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from copy import replace
from pathlib import Path
from typing import Any

import pytest

from local.cloud import LocalCloud
from local.function import FunctionError, FunctionTimeoutError, RunningFunction
from local.provision import LocalFunction, Provisioned

PROBE = Path(__file__).parent / "probe"
KEY = {"PK": {"S": "TENANT#acme#USER#1"}, "SK": {"S": "PROFILE"}}

type Probe = Callable[[str], RunningFunction]


@pytest.fixture
def probe(cloud: LocalCloud, stack: Provisioned, tmp_path: Path) -> Probe:
    """The probe in place of one of the functions, with that one's role and environment."""

    def made(name: str) -> RunningFunction:
        function = replace(stack.functions[name], folder=PROBE, handler="app.handler")
        return RunningFunction(function, cloud.environment(), tmp_path, tmp_path / "log")

    return made


def ask(function: RunningFunction, *events: dict[str, Any]) -> list[Any]:
    """The results of some calls, one after another; an exception in place of a result."""

    async def asked() -> list[Any]:
        try:
            return [await _outcome(function(event, "request-1")) for event in events]
        finally:
            await function.stop()

    return asyncio.run(asked())


async def _outcome(call: Awaitable[Any]) -> Any:
    try:
        return await call
    except (FunctionError, FunctionTimeoutError) as error:
        return error


def call(service: str, operation: str, **parameters: Any) -> dict[str, Any]:
    return {"do": "call", "service": service, "operation": operation, "parameters": parameters}


@pytest.mark.parametrize("name", ["graphql", "platform", "authorizer"])
def test_runs_with_its_own_role(probe: Probe, stack: Provisioned, name: str) -> None:
    (identity,) = ask(probe(name), call("sts", "get_caller_identity"))
    role = stack.functions[name].role_arn.rpartition("/")[2]
    assert f":assumed-role/{role}/" in identity["Arn"]


@pytest.mark.parametrize("name", ["graphql", "platform", "authorizer"])
def test_no_function_has_a_right_to_the_data_table(
    probe: Probe, stack: Provisioned, name: str
) -> None:
    table = stack.data_table
    condition = {
        "KeyConditionExpression": "PK = :pk",
        "ExpressionAttributeValues": {":pk": KEY["PK"]},
    }
    refused = ask(
        probe(name),
        call("dynamodb", "get_item", TableName=table, Key=KEY),
        call("dynamodb", "query", TableName=table, **condition),
        call("dynamodb", "scan", TableName=table),
        call("dynamodb", "put_item", TableName=table, Item=KEY),
        call("dynamodb", "delete_item", TableName=table, Key=KEY),
    )
    assert refused == [{"refused": "AccessDeniedException"}] * 5


def test_the_endpoint_reads_the_control_table_and_writes_nothing(
    probe: Probe, stack: Provisioned
) -> None:
    key = {"PK": {"S": "TENANT#nobody"}, "SK": {"S": "ROUTE"}}
    read, written = ask(
        probe("graphql"),
        call("dynamodb", "get_item", TableName=stack.control_table, Key=key),
        call("dynamodb", "put_item", TableName=stack.control_table, Item=key),
    )
    assert read == {}
    assert written == {"refused": "AccessDeniedException"}


def test_its_environment_is_the_templates_and_not_the_machines(
    probe: Probe, stack: Provisioned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-this-machine")
    monkeypatch.setenv("OTHER", "of-this-machine")
    (environment,) = ask(probe("graphql"), {"do": "environment"})
    assert "of-this-machine" not in environment.values()
    assert environment["TENANTQL_CONTROL_TABLE"] == stack.control_table
    assert environment["TENANTQL_TENANT_ROLE_ARN"] == stack.tenant_role_arn


def test_the_context_names_request_function_and_time_left(probe: Probe, stack: Provisioned) -> None:
    ((request, function, left),) = ask(probe("graphql"), {"do": "context"})
    assert request == "request-1"
    assert function == "tenantql-local-graphql"
    assert 0 < left <= stack.functions["graphql"].timeout * 1000


def test_what_it_prints_is_in_the_log_and_not_in_the_answer(probe: Probe, tmp_path: Path) -> None:
    first, second = ask(probe("graphql"), {"do": "print"}, {"do": "print"})
    assert first == second, "calls are answered by the same process"
    assert (tmp_path / "log").read_text().count("printed to the log") == 2


def test_its_standard_input_is_empty(probe: Probe) -> None:
    assert ask(probe("graphql"), {"do": "read"}, {"do": "return", "what": "a", "times": 1}) == [
        "",
        "a",
    ]


def test_answers_may_be_large(probe: Probe) -> None:
    (answer,) = ask(probe("graphql"), {"do": "return", "what": "x", "times": 6_000_000})
    assert len(answer) == 6_000_000


def test_an_exception_is_named_and_the_process_goes_on(probe: Probe) -> None:
    error, answer = ask(
        probe("graphql"), {"do": "raise"}, {"do": "return", "what": "a", "times": 1}
    )
    assert isinstance(error, FunctionError)
    assert "ValueError: a reason" in str(error)
    assert answer == "a"


@pytest.mark.parametrize(
    ("event", "kind"), [("exit", FunctionError), ("sleep", FunctionTimeoutError)]
)
def test_a_process_that_ends_or_hangs_is_replaced(
    probe: Probe, event: str, kind: type[Exception]
) -> None:
    function = probe("graphql")
    function.function = replace(function.function, timeout=1)
    error, answer = ask(function, {"do": event}, {"do": "return", "what": "a", "times": 1})
    assert isinstance(error, kind)
    assert answer == "a"


def test_changed_code_is_used_by_the_next_call(
    cloud: LocalCloud, stack: Provisioned, tmp_path: Path
) -> None:
    folder = tmp_path / "function"
    folder.mkdir()
    code = folder / "app.py"
    function = _in(folder, stack.functions["graphql"], cloud, tmp_path)

    async def changed() -> list[Any]:
        try:
            code.write_text("def handler(event, context): return 1\n")
            first = await function({}, "a")
            code.write_text("def handler(event, context): return 'two'\n")
            return [first, await function({}, "b")]
        finally:
            await function.stop()

    assert asyncio.run(changed()) == [1, "two"]
    shutil.rmtree(folder)


def test_code_that_cannot_be_loaded_is_named(
    cloud: LocalCloud, stack: Provisioned, tmp_path: Path
) -> None:
    (tmp_path / "app.py").write_text("import nothing_of_this_name\n")
    (error,) = ask(_in(tmp_path, stack.functions["graphql"], cloud, tmp_path), {})
    assert "nothing_of_this_name" in str(error)


def _in(folder: Path, function: LocalFunction, cloud: LocalCloud, scratch: Path) -> RunningFunction:
    moved = replace(function, folder=folder, handler="app.handler")
    return RunningFunction(moved, cloud.environment(), scratch, scratch / "log")
