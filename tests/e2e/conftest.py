"""The whole template, deployed once into a local cloud, with data."""

from collections.abc import Iterator

import pytest

from local.build import BuiltApplication
from local.deployment import Deployment, deployment


@pytest.fixture(scope="session")
def deployed(
    built: BuiltApplication, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    """What `python -m local deploy` asks."""
    with deployment(built=built, logs=tmp_path_factory.mktemp("logs")) as made:
        yield made
