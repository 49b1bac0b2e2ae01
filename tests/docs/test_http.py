"""docs/http.md has the statuses of the code, all of them."""

import re
from typing import Final

from local.provision import ROOT
from tenantql.errors import Code
from tenantql.http.statuses import STATUSES, Outcome

TEXT: Final = (ROOT / "docs" / "http.md").read_text(encoding="utf-8")


def _named(outcome: Outcome | Code) -> str:
    return f"refused: {outcome}" if isinstance(outcome, Code) else str(outcome)


def _pair(of_json: int, of_graphql: int) -> str:
    return str(of_json) if of_json == of_graphql else f"{of_json}, {of_graphql}"


def test_the_table_of_statuses_is_that_of_the_code() -> None:
    (table,) = re.findall(r"^(\| what became of it .*?)\n\n", TEXT, re.MULTILINE | re.DOTALL)
    rows = [tuple(cell.strip() for cell in line.split("|")[1:-1]) for line in table.splitlines()]
    assert rows[2:] == [
        (
            _named(outcome),
            _pair(row.json, row.graphql),
            _pair(row.legacy, row.graphql),
            str(row.draft),
        )
        for outcome, row in STATUSES.items()
    ]
