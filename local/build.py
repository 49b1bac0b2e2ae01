"""Builds the application with SAM CLI: what `sam deploy` uploads, and what tests run."""

import platform
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from local.sam import ROOT, SamError, sam
from local.template import Template

ARCHITECTURES: Final[Mapping[str, str]] = MappingProxyType(
    {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
)
"""Lambda's name of an architecture by the machine's name for it."""

PATIENCE: Final = 600.0


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
    """Lambda's name of this machine's architecture. Raises SamError if Lambda has none such."""
    machine = platform.machine().lower()
    if machine not in ARCHITECTURES:
        raise SamError(f"Lambda has no architecture {machine}")
    return ARCHITECTURES[machine]


def sam_build(
    into: Path, *, architecture: str | None = None, source: Path = ROOT
) -> BuiltApplication:
    """Build `template.yaml` into a folder, for this machine's architecture or the one given.

    The folder keeps SAM's cache as well: building into it again is quick when little changed.
    `source` is the project's folder. Raises SamError.
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
    with sam(*arguments, folder=folder) as process:
        try:
            printed, _ = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired as error:
            raise SamError(f"sam build did not end within {PATIENCE:.0f} seconds") from error
        if process.returncode:
            raise SamError.of("build", process.returncode, printed)
