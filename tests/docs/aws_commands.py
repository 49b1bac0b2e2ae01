"""Commands of the AWS CLI in a text, and whether AWS has them."""

import re
import shlex
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from botocore import xform_name
from botocore.exceptions import UnknownServiceError
from botocore.session import get_session

COMMAND: Final = re.compile(r"\baws ([a-z0-9-]+) ([a-z0-9-]+)((?:[^`\n|;&>)\\]|\\\n)*)")
GLOBAL: Final = frozenset({"--cli-input-json", "--output", "--profile", "--query", "--region"})
CUSTOM: Final = {
    ("cloudformation", "deploy"): frozenset(
        {"--stack-name", "--template-file", "--capabilities", "--parameter-overrides"}
    ),
    ("s3", "rm"): frozenset({"--recursive"}),
}
"""What the AWS CLI has besides AWS's APIs, with the options that the project uses."""


def unknown(text: str) -> Iterator[str]:
    """The commands that there are not, and the options that they do not have."""
    for service, operation, rest in COMMAND.findall(text):
        options = {word.split("=")[0] for word in _words(rest) if word.startswith("--")}
        known = CUSTOM.get((service, operation)) or _options(service, operation)
        if known is None:
            yield f"aws {service} {operation}"
            continue
        yield from (f"aws {service} {operation} {each}" for each in options - known - GLOBAL)


def _words(text: str) -> list[str]:
    text = text.replace("\\\n", " ")
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


@cache
def _options(service: str, operation: str) -> frozenset[str] | None:
    """The options of a command, or None if there is none."""
    try:
        model: Any = get_session().get_service_model(service)
    except UnknownServiceError:
        return None
    names: list[str] = model.operation_names
    named = {xform_name(name, "-"): name for name in names}
    if operation not in named:
        return None
    shape: Any = model.operation_model(named[operation]).input_shape
    members: dict[str, Any] = {} if shape is None else shape.members
    found: set[str] = set()
    for name, member in members.items():
        found.add(f"--{xform_name(name, '-')}")
        if member.type_name == "boolean":
            found.add(f"--no-{xform_name(name, '-')}")
    return frozenset(found)
