"""docs/observability.md has every field of the log line, every metric, and their number."""

import re
from typing import Final

from local.provision import ROOT
from tenantql.alarms import Alarming
from tenantql.engine.observation import TOLD
from tenantql.telemetry.metrics import METRICS, SERVICE_METRICS
from tests.unit.telemetry.test_metrics import SERIES

TEXT: Final = (ROOT / "docs" / "observability.md").read_text(encoding="utf-8")


def _names(section: str) -> list[str]:
    """What the first columns of a section's tables name."""
    (text,) = re.findall(rf"^## {section}\n(.*?)(?=^## )", TEXT, re.MULTILINE | re.DOTALL)
    rows = re.findall(r"^\| (`[^|]+) \|", text, re.MULTILINE)
    return [name for row in rows for name in re.findall(r"`(\w+)`", row)]


def test_every_field_of_the_line_is_explained_in_its_order() -> None:
    assert _names("The log line") == [*TOLD, "weight"]


def test_every_metric_is_explained() -> None:
    assert _names("Metrics") == [*METRICS, *dict.fromkeys((*SERVICE_METRICS, *Alarming))]


def test_the_number_of_series_is_stated() -> None:
    assert f"**at most {SERIES} series**" in TEXT
