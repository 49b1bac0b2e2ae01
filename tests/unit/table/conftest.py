"""The entities of these tests are there while a test runs, and gone for everybody else's."""

import pytest

from tenantql.table import entity as entities
from tests.unit.table.packages import DECLARED


@pytest.fixture(autouse=True)
def _packages(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    monkeypatch.setattr(entities, "_DECLARED", {**entities._DECLARED, **DECLARED})
