"""The layer as a function finds it, without a build: its packages, compiled as it ships them, and
one document that is registered.

`sam build` fetches wheels for Lambda's machine. Here the same pinned packages are copied from the
development environment, where they are as well.
"""

import shutil
import subprocess
import sys
from hashlib import sha256
from importlib.metadata import distribution
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from local.provision import ROOT
from tenantql.schemas import SOURCE, TENANTS

LAYER: Final = ROOT / "layers" / "tenantql"
KEPT: Final = ROOT / ".local" / "benchmarks"


def layer(document: str) -> Path:
    """A folder to import from, with the packages of the layer and their byte code.

    `document` is compiled ahead for the tenants' function. The packages are kept for the next run,
    by the hash of the requirements; our own is new.
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
    left_out = shutil.ignore_patterns("__pycache__", SOURCE)
    shutil.copytree(LAYER / "tenantql", own, ignore=left_out)
    _register(document, own)
    _compile(own)
    return folder


def _register(document: str, package: Path) -> None:
    """What layers/tenantql/Makefile does with the folder of operations."""
    with TemporaryDirectory() as source:
        folder = Path(source, TENANTS.function)
        folder.mkdir()
        (folder / "document.graphql").write_text(document, encoding="utf-8")
        command = [sys.executable, "-m", "tenantql.registration", source, str(package)]
        told = {"PYTHONPATH": str(package.parent), "PYTHONDONTWRITEBYTECODE": "1"}
        subprocess.run(command, check=True, env=told)  # noqa: S603 - our own module


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
