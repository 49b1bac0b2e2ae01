"""Commands that a text tells its reader to run, and whether there are such commands."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import typer

from cli.commands import app
from local.provision import ROOT

COMMAND: Final = re.compile(r"\./tenantql ((?:[^`#\n|;&>)\\]|\\\n)+)")
TARGET: Final = re.compile(r"(?:^|[`\s(])make ([a-z][a-z-]*)((?: [A-Z_]+=\S+)*)", re.MULTILINE)
TARGETS: Final = frozenset(
    re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
)
PLAIN: Final = frozenset({"sure", "up", "it", "them", "a", "the", "one", "what"})
"""What follows the verb in a sentence."""


def commands() -> dict[str, Any]:
    """Every command by its whole name, such as `doctor` or `backup list`."""
    return dict(_commands(typer.main.get_command(app), ""))


def _commands(group: Any, before: str) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        whole = f"{before} {name}".strip()
        if hasattr(command, "commands"):
            yield from _commands(command, whole)
        else:
            yield whole, command


_COMMANDS: Final = commands()
_GROUPS: Final = {name.split()[0] for name in _COMMANDS if " " in name}


def wrong(text: str) -> list[str]:
    """The commands of a text that there are not, and the options that they do not have."""
    return [*_wrong_targets(text), *_wrong_commands(text)]


def _wrong_targets(text: str) -> Iterator[str]:
    for name, _ in TARGET.findall(_code(text)):
        if name not in TARGETS | PLAIN:
            yield f"make {name}"


def _wrong_commands(text: str) -> Iterator[str]:
    for told in COMMAND.findall(text):
        try:
            words = shlex.split(told.replace("\\\n", " "))
        except ValueError:
            words = told.split()
        first = words[0]
        if first in _GROUPS and words[1:] and not words[1].startswith("-"):
            first = f"{first} {words[1]}"
        for name in first.split("|"):
            command = _COMMANDS.get(name)
            if command is None:
                if not name.startswith("-") and name not in _GROUPS:
                    yield f"./tenantql {name}"
                continue
            known = {flag for each in command.params for flag in (*each.opts, *each.secondary_opts)}
            options = {word.split("=")[0] for word in words[1:] if word.startswith("--")}
            yield from (f"./tenantql {name} {each}" for each in options - known - {"--help"})


def _code(text: str) -> str:
    """What a page sets as code; all of a text that is no page."""
    if "```" not in text and "`" not in text:
        return text
    blocks = re.findall(r"```.*?```", text, re.DOTALL)
    rest = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return "\n".join([*blocks, *(f" {each} " for each in re.findall(r"`([^`\n]+)`", rest))])


def pages() -> list[Path]:
    """Every page of the project."""
    return [*sorted((ROOT / "docs").rglob("*.md")), *sorted(ROOT.glob("*.md"))]
