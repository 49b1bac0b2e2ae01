"""The layer as a function finds it, without a build: its packages, compiled as it ships them.

`sam build` fetches wheels for Lambda's machine. Here the same pinned packages are copied from the
development environment, where they are as well.
"""

import shutil
import subprocess
import sys
from hashlib import sha256
from importlib.metadata import distribution
from pathlib import Path
from typing import Final

from local.provision import ROOT

LAYER: Final = ROOT / "layers" / "tenantql"
KEPT: Final = ROOT / ".local" / "benchmarks"


def layer() -> Path:
    """A folder to import from, with the packages of the layer and their byte code.

    The packages are kept for the next run, by the hash of the requirements; our own is new.
    """
    requirements = (LAYER / "requirements.txt").read_text(encoding="utf-8")
    folder = KEPT / f"layer-{sha256(requirements.encode()).hexdigest()[:16]}"
    if not folder.exists():
        unfinished = folder.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        for name in _names(requirements):
            _copy(name, unfinished)
        _compile(unfinished)
        unfinished.rename(folder)
    own = folder / "tenantql"
    shutil.rmtree(own, ignore_errors=True)
    shutil.copytree(LAYER / "tenantql", own, ignore=shutil.ignore_patterns("__pycache__"))
    _compile(own)
    return folder


def _names(requirements: str) -> list[str]:
    lines = [line.partition("#")[0].strip() for line in requirements.splitlines()]
    return [line.partition("==")[0] for line in lines if line]


def _copy(name: str, folder: Path) -> None:
    for file in distribution(name).files or ():
        # Commands are outside of the packages; byte code is made anew.
        if ".." not in file.parts and file.suffix != ".pyc":
            target = folder / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file.locate(), target)


def _compile(folder: Path) -> None:
    """Byte code that is never checked, as layers/tenantql/Makefile makes it."""
    command = [sys.executable, "-m", "compileall", "-q", "-j", "0"]
    command += ["--invalidation-mode", "unchecked-hash", str(folder)]
    subprocess.run(command, check=True)  # noqa: S603 - our own folder
