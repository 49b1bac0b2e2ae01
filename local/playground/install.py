"""Fetches the bundles that the playground's page is made of, at set-up.

`package.json` beside this file names the packages, their exact versions, their checksums, and
the files to take. The bundles are complete, so `npm pack` fetches four archives where
`npm install` would fetch a hundred packages that the page never loads.
"""

import base64
import hashlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from local.provision import ROOT

MANIFEST: Final = Path(__file__).with_name("package.json")
ASSETS: Final = ROOT / ".local" / "playground"
_STAMP: Final = "bundles.json"


class PlaygroundError(Exception):
    """The bundles cannot be had, or are not what `package.json` says."""


@dataclass(frozen=True)
class Bundle:
    """A package of npm and the files of it that the page loads, with our names for them."""

    package: str
    version: str
    integrity: str
    files: Mapping[str, str]

    @property
    def archive(self) -> str:
        """The name that `npm pack` gives the archive."""
        return f"{self.package.removeprefix('@').replace('/', '-')}-{self.version}.tgz"


def bundles() -> tuple[Bundle, ...]:
    """What `package.json` asks for."""
    manifest: dict[str, Any] = json.loads(MANIFEST.read_text(encoding="utf-8"))
    return tuple(
        Bundle(package, version, **manifest["bundles"][package])
        for package, version in manifest["dependencies"].items()
    )


def installed(directory: Path = ASSETS) -> bool:
    """Whether the files are there, in the versions that `package.json` names today."""
    stamp = directory / _STAMP
    return stamp.is_file() and stamp.read_bytes() == MANIFEST.read_bytes()


def install(directory: Path = ASSETS) -> bool:
    """Fetch the bundles into `directory`; False when they were there already.

    The old files stay until all new ones are checked. Raises PlaygroundError.
    """
    if installed(directory):
        return False
    directory.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=directory.parent) as scratch:
        fetched = Path(scratch)
        wanted = bundles()
        _pack(wanted, fetched)
        ready = fetched / "ready"
        ready.mkdir()
        for bundle in wanted:
            _unpack(bundle, fetched / bundle.archive, ready)
        shutil.copyfile(MANIFEST, ready / _STAMP)
        shutil.rmtree(directory, ignore_errors=True)
        ready.rename(directory)
    return True


def _pack(wanted: tuple[Bundle, ...], directory: Path) -> None:
    """Download the archives with npm, which runs none of their scripts here."""
    names = [f"{bundle.package}@{bundle.version}" for bundle in wanted]
    options = ["--ignore-scripts", "--loglevel=error", "--pack-destination", str(directory)]
    done = subprocess.run(  # noqa: S603 - names and versions from package.json
        [_npm(), "pack", *options, *names],
        cwd=directory,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise PlaygroundError(f"npm could not fetch {', '.join(names)}:\n{done.stderr.strip()}")


def _npm() -> str:
    """The npm of this virtual environment, else the one on the path."""
    own = Path(sys.executable).parent / "npm"
    found = str(own) if own.is_file() else shutil.which("npm")
    if found is None:
        raise PlaygroundError("npm is not installed: run `make setup`")
    return found


def _unpack(bundle: Bundle, archive: Path, directory: Path) -> None:
    """Check the archive and copy the wanted files out of it."""
    content = archive.read_bytes()
    digest = base64.b64encode(hashlib.sha512(content).digest()).decode()
    if f"sha512-{digest}" != bundle.integrity:
        raise PlaygroundError(f"{archive.name} is not the archive that package.json names")
    with tarfile.open(fileobj=io.BytesIO(content)) as packed:
        for inside, name in bundle.files.items():
            file = packed.extractfile(f"package/{inside}")
            if file is None:
                raise PlaygroundError(f"{archive.name} has no {inside}")
            (directory / name).write_bytes(file.read())
