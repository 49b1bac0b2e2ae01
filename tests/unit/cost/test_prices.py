"""Price lists: complete, dated, in steps."""

from pathlib import Path

import msgspec
import pytest

from cli.cost import prices
from cli.cost.prices import Price


def test_the_committed_list_names_pages() -> None:
    found = prices.load()
    assert found.region == prices.FILE.stem
    assert {name for name in found.each if name not in prices.NAMES} == set()
    assert all(found[name].page.startswith("https://") for name in prices.NAMES)


def test_beyond_a_step_it_costs_less() -> None:
    price = Price(usd=1, per=1_000_000, unit="", page="", confirmed="", over=300e6, usd_over=0.9)
    assert price.of(100e6) == 100
    assert price.of(400e6) == 390


@pytest.mark.parametrize(
    ("old", "new"),
    [('region = "us-east-1"', ""), ("[traces]", "[tracks]"), ("usd = 5.00", "dollars = 5")],
)
def test_a_list_that_lacks_something_is_refused(tmp_path: Path, old: str, new: str) -> None:
    file = tmp_path / "list.toml"
    file.write_text(prices.FILE.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises((ValueError, msgspec.ValidationError)):
        prices.load(file)
