"""docs/limits.md has the limits of each tier."""

import re
from typing import Final

from local.provision import ROOT
from tenantql.engine.limits import (
    DEFAULTS,
    LEAST_SECONDS,
    MAX_CHARACTERS,
    MAX_TOKENS,
    MAX_VARIABLES_DEPTH,
    Limits,
)
from tenantql.http.endpoint import SPARE_SECONDS
from tenantql.http.requests import MAX_BODY_BYTES
from tenantql.tenancy.routing import Tier

TEXT: Final = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8")


def test_each_limit_has_a_line_with_its_number_for_each_tier() -> None:
    rows = re.findall(r"^\| `(\w+)` \|(.*)\|$", TEXT, re.MULTILINE)
    written = {name: [int(cell.replace(",", "")) for cell in row.split("|")] for name, row in rows}
    assert written == {
        name: [getattr(DEFAULTS[tier], name) for tier in Tier] for name in Limits.__struct_fields__
    }


def test_the_limits_that_no_tier_changes_are_named() -> None:
    for words in (
        f"{MAX_BODY_BYTES:,} bytes",
        f"{MAX_CHARACTERS:,} characters",
        f"{MAX_TOKENS:,} tokens",
        f"{MAX_VARIABLES_DEPTH} levels",
        f"{LEAST_SECONDS:g} s is left",
        f"beside {SPARE_SECONDS:g} s",
    ):
        assert words in TEXT
