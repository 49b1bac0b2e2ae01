"""What is looked at in a built application: its parts, files, machine code and distributions."""

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Final

from local.build import BuiltApplication

LAYER_PLACE: Final = "/opt"
TASK_PLACE: Final = "/var/task"
ELF_MACHINES: Final = {"x86_64": 62, "arm64": 183}
"""`e_machine` of an ELF file. https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html"""


@dataclass(frozen=True)
class Part:
    """The layer or one function: its folder, and where Lambda unpacks it."""

    folder: Path
    place: str

    def files(self, pattern: str = "*") -> Iterator[Path]:
        """All files, links among them."""
        return (path for path in self.folder.rglob(pattern) if path.is_symlink() or path.is_file())

    def digest(self) -> str:
        """A hash of names and contents: sam package names what it uploads by such a one."""
        found = hashlib.sha256()
        for path in sorted(self.files()):
            found.update(f"{path.relative_to(self.folder)}\0".encode())
            found.update(hashlib.sha256(path.read_bytes()).digest())
        return found.hexdigest()

    def bytes(self) -> int:
        """The size unpacked, which Lambda limits to 250 MB for a function with its layers."""
        return sum(path.stat().st_size for path in self.files())


def layer(application: BuiltApplication) -> Part:
    """The layer of an application."""
    return Part(application.layer, LAYER_PLACE)


def functions(application: BuiltApplication) -> dict[str, Part]:
    """The functions of an application by logical id."""
    return {name: Part(folder, TASK_PLACE) for name, folder in application.functions.items()}


def parts(application: BuiltApplication) -> list[Part]:
    """The layer and each function."""
    return [layer(application), *functions(application).values()]


def elf_machine(library: Path) -> int:
    """The processor that a shared library is for."""
    header = library.read_bytes()[:20]
    assert header.startswith(b"\x7fELF")
    (machine,) = struct.unpack_from("<H", header, 18)
    return machine


def installed(*folders: Path) -> dict[str, Distribution]:
    """The distributions in these folders by name."""
    return {found.name.lower(): found for found in distributions(path=[str(f) for f in folders])}
