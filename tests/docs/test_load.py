"""docs/load: pages of runs say what their data say, and the million had no error."""

from pathlib import Path

import pytest

from load import page, summary
from load.summary import PROMISED

RUNS = sorted(page.FOLDER.glob("*.json"))


@pytest.mark.parametrize("data", RUNS, ids=lambda file: file.stem)
def test_a_page_is_made_of_its_summary(data: Path) -> None:
    found = summary.load(data)
    text = data.with_suffix(".md").read_text(encoding="utf-8")
    assert text == page.page(found, data.stem), "make it anew: python -m load page " + str(data)
    assert data.with_suffix(".svg").read_text(encoding="utf-8").startswith("<?xml")


def test_a_million_requests_were_asked() -> None:
    found = summary.load(page.FOLDER / "million.json")
    assert found.requests >= 1_000_000


@pytest.mark.parametrize("data", RUNS, ids=lambda file: file.stem)
def test_a_run_that_is_kept_had_no_error(data: Path) -> None:
    found = summary.load(data)
    assert (found.wrong, found.interrupted) == (0, False)
    assert found.requests == sum(row.requests for row in found.rows.values())
    assert set(PROMISED) < found.rows.keys()
    assert len(found.bare) == 2
    assert found.money is not None
    assert found.money.agrees
    # The workers' memory does not grow with the requests.
    early, late = found.slices[len(found.slices) // 4].rss, found.slices[-1].rss
    assert None not in (*early, *late)
    assert max((b or 0) / (a or 1) for a, b in zip(early, late, strict=True)) < 1.25
