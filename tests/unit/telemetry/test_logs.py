"""The log of what goes wrong: made with its first line, and that line is where it says."""

import io
import itertools
import json
import logging
import subprocess
import sys

import pytest

from tenantql.logs import StructuredLog

NUMBERS = itertools.count()


def test_nothing_is_imported_for_a_log_that_stays_empty() -> None:
    text = (
        "import logging, sys; from tenantql.logs import StructuredLog; "
        "StructuredLog('shop', logging.INFO); "
        "sys.exit('aws_lambda_powertools' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", text], check=False).returncode == 0


@pytest.mark.parametrize(("how", "level"), [("warning", "WARNING"), ("error", "ERROR")])
def test_a_line_names_who_has_written_it(
    monkeypatch: pytest.MonkeyPatch, how: str, level: str
) -> None:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", f"shop-log-{next(NUMBERS)}")
    log, stream = StructuredLog("shop", logging.INFO), io.StringIO()
    for handler in log._logger.handlers:
        getattr(handler, "setStream")(stream)  # noqa: B009 - of a StreamHandler
    getattr(log, how)("went wrong", extra={"reason": "TableError"})
    line = json.loads(stream.getvalue())
    assert (line["level"], line["message"], line["reason"]) == (level, "went wrong", "TableError")
    assert line["location"].startswith("test_a_line_names_who_has_written_it:")
