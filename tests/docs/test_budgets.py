"""docs/budgets.md says what the code has."""

import re

from local.provision import ROOT
from tenantql.tenancy.budgets import BUDGETS, BURST, LEAST_SHARE
from tenantql.tenancy.metering import INTERVAL

TEXT = (ROOT / "docs" / "budgets.md").read_text(encoding="utf-8")


def test_the_table_has_each_tiers_budget() -> None:
    found = re.findall(r"^\| (\w+) \| ([\d,]+) \| ([\d,]+) \|$", TEXT, re.MULTILINE)
    told = [
        (tier, int(cost.replace(",", "")), int(units.replace(",", "")))
        for tier, cost, units in found
    ]
    assert told == [(tier.value, each.cost, each.units) for tier, each in BUDGETS.items()]


def test_the_text_has_its_numbers() -> None:
    assert BURST == 5
    assert "Five seconds of it may be saved up" in TEXT
    assert f"Every {INTERVAL:g} seconds" in TEXT
    assert f"never less than {LEAST_SHARE * 100:g} %" in TEXT
