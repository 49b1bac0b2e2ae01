"""What Schemathesis is told of the schema, and what each answer has to be.

Schemathesis loads it in its own virtual environment, of which pyright knows nothing.
"""

# pyright: basic, reportMissingImports=false

import os
import re
from typing import Any
from zlib import crc32

import schemathesis
from hypothesis import strategies as st
from schemathesis.graphql import nodes

COUNTED = os.environ["TENANTQL_COUNTED"]
"""A file with a line for each case."""

LARGEST = 2**53 - 1

STANDARD = ("cache-control", "vary", "x-request-id", "x-content-type-options")

# Most numbers are sizes of pages and pieces: of those of any size, few get beyond a first check.
for _name, _largest in (
    ("Int", 2**31 - 1),
    *dict.fromkeys(("MinorUnits", "Points", "Count"), LARGEST).items(),
):
    _small, _any = st.integers(0, 20), st.integers(-_largest - 1, _largest)
    schemathesis.graphql.scalar(_name, (_small | _small | _any).map(nodes.Int))
schemathesis.graphql.scalar("EmailAddress", (st.emails() | st.text()).map(nodes.String))
schemathesis.graphql.scalar("Date", st.dates().map(str).map(nodes.String))
schemathesis.graphql.scalar("Month", st.dates().map(lambda day: str(day)[:7]).map(nodes.String))
schemathesis.graphql.scalar(
    "DateTime", st.datetimes().map(lambda time: f"{time.isoformat()}Z").map(nodes.String)
)


BACKWARDS = re.compile(r'\b(last|before|after): ("(?:[^"\\]|\\.)*"|[^\s,)]+)')
"""Arguments of lists that contradict `first`, or need a cursor that nobody guesses."""


@schemathesis.hook
def before_call(_ctx: Any, case: Any, _kwargs: Any) -> None:
    """Three of four lists are asked for from their start, so that there is an answer."""
    if isinstance(case.body, str) and crc32(case.body.encode(errors="replace")) % 4:
        case.body = BACKWARDS.sub(r"\1: null", case.body)


@schemathesis.check
def no_defect(_ctx: Any, response: Any, _case: Any) -> None:
    """A JSON answer with the standard headers, that is nobody's fault but the client's."""
    with open(COUNTED, "a", encoding="utf-8") as counted:  # noqa: PTH123
        counted.write(f"{response.status_code}\n")
    assert response.status_code < 500, response.text
    answer = response.json()
    assert not {"data", "errors"}.isdisjoint(answer), answer
    codes = {error["extensions"]["code"] for error in answer.get("errors", [])}
    assert codes.isdisjoint({"INTERNAL", "UNAVAILABLE"}), answer
    assert "Traceback" not in response.text
    missing = [name for name in STANDARD if name not in response.headers]
    assert not missing, missing
