"""The process that runs one function: reads events from its input, writes answers.

Started by `local.function`, a line of JSON each way, as Lambda's runtime does over HTTP.
What the function prints goes to the log, and end of input ends the process: so none
outlives the server, however that one ends.
"""

import importlib
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

type Handler = Callable[[dict[str, Any], "Context"], Any]


@dataclass(frozen=True)
class Context:
    """The part of Lambda's context object that functions use.

    https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """

    aws_request_id: str
    deadline: float
    function_name: str
    function_version: str
    invoked_function_arn: str
    memory_limit_in_mb: str
    log_group_name: str
    log_stream_name: str
    identity: None = None
    client_context: None = None

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function is ended."""
        return max(0, int((self.deadline - time.time()) * 1000))


def context_of(call: dict[str, Any]) -> Context:
    """The context of one call; what does not change between calls is in the environment."""
    name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
    region = os.environ["AWS_REGION"]
    return Context(
        aws_request_id=call["request_id"],
        deadline=call["deadline"],
        function_name=name,
        function_version="$LATEST",
        invoked_function_arn=f"arn:aws:lambda:{region}:000000000000:function:{name}",
        memory_limit_in_mb=os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"],
        log_group_name=f"/aws/lambda/{name}",
        log_stream_name="local",
    )


def answer(handler: Handler, call: dict[str, Any]) -> str:
    """Call the handler: its result as JSON, or its error in the form that Lambda uses."""
    try:
        result = handler(call["event"], context_of(call))
        return json.dumps({"result": result})
    except Exception as error:  # noqa: BLE001 - as Lambda does, whatever it is
        traceback.print_exc()
        return json.dumps(
            {"errorType": type(error).__name__, "errorMessage": str(error) or repr(error)}
        )


def serve(events: TextIO, answers: TextIO) -> None:
    """Load the handler named by `_HANDLER`, say so, then answer until the input ends."""
    module, _, name = os.environ["_HANDLER"].rpartition(".")
    try:
        handler: Handler = getattr(importlib.import_module(module), name)
    except Exception as error:  # noqa: BLE001 - as Lambda does, whatever it is
        traceback.print_exc()
        failed = {"errorType": type(error).__name__, "errorMessage": str(error)}
        print(json.dumps(failed), file=answers, flush=True)
        return
    print(json.dumps({"result": "ready"}), file=answers, flush=True)
    for line in events:
        answered = answer(handler, json.loads(line))
        # Who has the answer finds what was printed on the way to it.
        sys.stdout.flush()
        print(answered, file=answers, flush=True)


if __name__ == "__main__":
    # The two pipes are set aside, so that nothing that a function prints gets into an answer.
    own_input, own_output = os.dup(0), os.dup(1)
    with Path(os.devnull).open() as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    sys.path[:0] = [os.environ["LAMBDA_TASK_ROOT"], *os.environ["TENANTQL_LAYERS"].split(":")]
    with os.fdopen(own_input) as incoming, os.fdopen(own_output, "w") as outgoing:
        serve(incoming, outgoing)
