"""Makes docs/cli.md from the commands' own help: `python -m cli.page`."""

# ruff: noqa: E501  the path comes first; a page has lines of 110
import sys
from pathlib import Path
from typing import Final

# As PYTHONPATH would: the package is in the layer's folder, not installed.
sys.path.append(str(Path(__file__).parent.parent / "layers" / "tenantql"))

import typer
from typer.cli import get_docs_for_click

from cli.commands import app
from cli.doctor.running import CHECKS

FILE: Final = Path(__file__).parent.parent / "docs" / "cli.md"
NAME: Final = "tenantql"

INTRODUCTION: Final = """\
# The command line

Made by `make docs` from the commands' own help.

`./tenantql` is for who runs TenantQL; it is no part of what is deployed. `make setup` installs what it needs.
All commands agree in this:

- `--help` says what a command does, `--json` prints JSON on standard output and everything else on standard
  error.
- Exit code 0: it is as it should be, or done. 1: it ran, and something is not as it should be. 2: it could
  not be done, or nobody agreed.
- A command that writes says what it will do and asks; `--yes` is the answer for scripts. Ctrl-C stops any of
  them, and it can be run again.
- `--profile`, `--region` and `--stack` say where. Without them, AWS's own variables and the stack of the
  local cloud.
- No secret is an option, and none is printed but the token that `token` is asked for.
"""

DOCTOR: Final = """\
## What `doctor` looks at

It reads: the stack's template as it was deployed, with its parameters, and what is there now. The rights for it
are the policies `deploy` and `doctor` in `infra/delivery.yaml`, less what deploys; AWS's `ReadOnlyAccess` would
do as well, and also reads customers' items. For the isolation it needs `--probe-profile` besides, a profile of
the role that `OperatorRole` names; against a local cloud, root's keys will do.
It asks there for keys of tenants that do not exist, so no customer's item is read, and nothing is written.

A `critical` finding is a way around the isolation, a `fault` is not as deployed or not protected, a `note` is
a choice to know of and changes no exit code. `--accept ID` is for a finding that is known.

What it does not see: rights of principals outside of the stack (an administrator of the account may read
every table), and whether somebody reads what the alarms send. The tests plant each fault that the local cloud
can have and see it named; capacity that does not scale, keys, user pools and drift in several pages are
tried against AWS's documented answers.
"""


def page() -> str:
    """The page: introduction, each command's help, and the checks of `doctor`."""
    command = typer.main.get_command(app)
    helped = get_docs_for_click(obj=command, ctx=typer.Context(command, info_name=NAME), name=NAME)
    _, _, commands = helped.partition("\n## ")
    rows = [f"| `{each.id}` | {each.severity} | {each.holds} | {each.why} |" for each in CHECKS]
    table = ["| check | finding | holds | because |", "|---|---|---|---|", *rows]
    parts = (INTRODUCTION, f"## {commands.strip()}\n", DOCTOR, "\n".join(table))
    return "\n".join(parts).rstrip() + "\n"


if __name__ == "__main__":
    FILE.write_text(page(), encoding="utf-8")
