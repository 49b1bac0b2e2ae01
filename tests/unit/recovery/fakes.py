"""AWS as far as the local cloud has it not: answers that are written down."""

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, cast

import boto3

from cli.recovery.deployed import CONTROL, DATA, Deployed
from cli.stack import Caller

ACCOUNT = "123456789012"
REGION = "eu-west-1"
TABLE = "shop-data-basic-01"
TARGET = "shop-data-basic-02"
BACKUP = f"arn:aws:backup:{REGION}:{ACCOUNT}:recovery-point:1"


class Client:
    """A client whose operations answer what they are given, and that remembers its calls."""

    def __init__(self, **answers: Any) -> None:
        self._answers = answers
        self.calls: list[tuple[str, Mapping[str, Any]]] = []

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**parameters: Any) -> Any:
            self.calls.append((operation, parameters))
            answer = self._answers[operation]
            return cast("list[Any]", answer).pop(0) if isinstance(answer, list) else answer

        return call

    def get_paginator(self, operation: str) -> Any:
        """The one page of what is listed."""
        return SimpleNamespace(paginate=lambda **_: [self._answers[operation]])


def deployed(parameters: Mapping[str, str] | None = None, /, **clients: Client) -> Deployed:
    """A stack in front of clients, by service with `_` for a hyphen; nothing is waited for."""
    made = Deployed(
        "shop",
        Caller(boto3.Session(region_name=REGION), REGION, "aws", ACCOUNT),
        {DATA: TABLE, CONTROL: "shop-control"},
        parameters or {},
        {"RestoreRoleArn": "arn:aws:iam::123456789012:role/restore"},
        lambda _: None,
    )
    made._clients.update({name.replace("_", "-"): each for name, each in clients.items()})
    return made
