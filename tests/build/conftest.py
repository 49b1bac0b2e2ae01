"""Builds that tests share, beside this machine's own: the other processor's, and a copy's."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from local.build import ARCHITECTURES, ROOT, BuiltApplication, sam_build, this_architecture

SOURCES = (
    *("functions", "layers", "operations"),
    *("platform.graphql", "samconfig.toml", "schema.graphql", "template.yaml"),
)


@dataclass(frozen=True)
class Copy:
    """The project's sources in another folder, and where they are built, with SAM's cache."""

    sources: Path
    into: Path

    def build(self) -> BuiltApplication:
        """Build what the sources are now; a build before it is gone."""
        return sam_build(self.into, source=self.sources)


@pytest.fixture(scope="session")
def foreign() -> Iterator[BuiltApplication]:
    """The application for the architecture that this machine has not."""
    (other,) = {*ARCHITECTURES.values()} - {this_architecture()}
    with TemporaryDirectory(prefix="tenantql-foreign-") as folder:
        yield sam_build(Path(folder), architecture=other)


@pytest.fixture(scope="session")
def application(request: pytest.FixtureRequest) -> BuiltApplication:
    """The application for one architecture or the other."""
    return request.getfixturevalue("built" if request.param == this_architecture() else "foreign")


@pytest.fixture(scope="session")
def copy() -> Iterator[Copy]:
    """A copy of the project's sources, without byte code of their own."""
    with TemporaryDirectory(prefix="tenantql-copy-") as folder:
        sources = Path(folder) / "sources"
        sources.mkdir()
        for name in SOURCES:
            if (ROOT / name).is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(ROOT / name, sources / name, symlinks=True, ignore=ignored)
            else:
                shutil.copy(ROOT / name, sources)
        yield Copy(sources, Path(folder) / "built")
