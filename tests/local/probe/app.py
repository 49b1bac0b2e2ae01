"""A function that does what a test asks for, with whatever its process was given."""

import os
import sys
import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError
from botocore.session import Session


def handler(event: dict[str, Any], context: Any) -> Any:
    return DEEDS[event["do"]](event, context)


def _raise(event: dict[str, Any], context: Any) -> Any:
    raise ValueError("a reason")


def _context(event: dict[str, Any], context: Any) -> Any:
    left = context.get_remaining_time_in_millis()
    return [context.aws_request_id, context.function_name, left]


def _print(event: dict[str, Any], context: Any) -> int:
    print("printed to the log")  # noqa: T201 - the deed
    return os.getpid()


def _call(event: dict[str, Any], context: Any) -> Any:
    client = Session().create_client(event["service"])
    try:
        answer = getattr(client, event["operation"])(**event["parameters"])
    except ClientError as error:
        return {"refused": error.response.get("Error", {}).get("Code")}
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def _environment(event: dict[str, Any], context: Any) -> dict[str, str]:
    return dict(os.environ)


def _exit(event: dict[str, Any], context: Any) -> None:
    os._exit(3)


def _read(event: dict[str, Any], context: Any) -> str:
    return sys.stdin.read()


def _return(event: dict[str, Any], context: Any) -> str:
    return event["what"] * event["times"]


def _sleep(event: dict[str, Any], context: Any) -> None:
    time.sleep(60)


DEEDS: dict[str, Callable[[dict[str, Any], Any], Any]] = {
    "call": _call,
    "context": _context,
    "environment": _environment,
    "exit": _exit,
    "print": _print,
    "raise": _raise,
    "read": _read,
    "return": _return,
    "sleep": _sleep,
}
