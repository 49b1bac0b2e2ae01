"""Builds the application with SAM CLI: what `sam deploy` uploads, and what tests run."""

import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from local.template import Template

ROOT: Final = Path(__file__).resolve().parent.parent
SAM: Final = ROOT / ".venv-sam" / "bin" / "sam"
ARCHITECTURES: Final[Mapping[str, str]] = MappingProxyType(
    {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
)
"""Lambda's name of an architecture by the machine's name for it."""

PATIENCE: Final = 600.0
SHOWN_LINES: Final = 25


class BuildError(Exception):
    """SAM CLI is not installed, or it failed; the text ends with the end of its output."""


@dataclass(frozen=True)
class BuiltApplication:
    """What `sam build` made, each folder as Lambda unpacks it.

    `template` is for `sam deploy`. A function's folder, by logical id, becomes `/var/task`;
    the layer's becomes `/opt`, so its packages are in `layer / "python"`.
    """

    template: Path
    functions: Mapping[str, Path]
    layer: Path


def this_architecture() -> str:
    """Lambda's name of this machine's architecture. Raises BuildError if Lambda has none such."""
    machine = platform.machine().lower()
    if machine not in ARCHITECTURES:
        raise BuildError(f"Lambda has no architecture {machine}")
    return ARCHITECTURES[machine]


def sam_build(
    into: Path, *, architecture: str | None = None, source: Path = ROOT
) -> BuiltApplication:
    """Build `template.yaml` into a folder, for this machine's architecture or the one given.

    The folder keeps SAM's cache as well: building into it again is quick when little changed.
    `source` is the project's folder. Raises BuildError.
    """
    architecture = architecture or this_architecture()
    into = into.resolve()
    _run(
        source,
        "build",
        *("--config-env", "local"),
        *("--build-dir", str(into / "build")),
        *("--cache-dir", str(into / "cache")),
        *("--parameter-overrides", f"Architecture={architecture}"),
    )
    built = Template.read(into / "build" / "template.yaml")
    layers = built.ids_of("AWS::Serverless::LayerVersion")
    functions = built.ids_of("AWS::Serverless::Function")
    return BuiltApplication(
        template=into / "build" / "template.yaml",
        functions=MappingProxyType({name: into / "build" / name for name in functions}),
        layer=into / "build" / layers[0],
    )


def _run(folder: Path, *arguments: str) -> None:
    if not SAM.exists():
        raise BuildError("SAM CLI is not installed in .venv-sam: run make setup")
    try:
        ended = subprocess.run(  # noqa: S603 - our own SAM CLI, arguments from above
            [str(SAM), *arguments],
            cwd=folder,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise BuildError(f"sam build did not end within {PATIENCE:.0f} seconds") from error
    if ended.returncode:
        shown = "\n".join(ended.stdout.splitlines()[-SHOWN_LINES:])
        raise BuildError(f"sam build failed, exit code {ended.returncode}:\n{shown}")


def _environment() -> dict[str, str]:
    """The environment of this process, with the `python3.13` that runs it first on the PATH.

    SAM CLI starts the interpreter itself and refuses a launcher, such as pyenv's shim.
    """
    return {
        **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
        "SAM_CLI_TELEMETRY": "0",
    }
