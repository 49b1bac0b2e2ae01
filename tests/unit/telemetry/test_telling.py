"""Telling: every way is told of every request, and none of them costs a request its answer."""

import io
import json
import sys
from itertools import count

import pytest
from aws_lambda_powertools import Logger

from tenantql.engine.observation import Observation
from tenantql.errors import Code, SettingsError
from tenantql.settings import TelemetrySettings
from tenantql.telemetry.telling import Telling, telling
from tests.unit.telemetry.observations import query

NAMES = count()


@pytest.fixture
def written() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def logger(written: io.StringIO) -> Logger:
    return Logger(service=f"telling-{next(NAMES)}", stream=written)


def test_the_first_request_is_a_cold_start(logger: Logger) -> None:
    told: list[bool] = []
    tell = Telling(logger, lambda observed: told.append(observed.cold_start))
    for _ in range(3):
        tell(query())
    assert told == [True, False, False]


def test_a_way_that_fails_is_logged_without_data(logger: Logger, written: io.StringIO) -> None:
    def fail(observed: Observation) -> None:
        raise KeyError(observed.tenant)

    told: list[Observation] = []
    Telling(logger, fail, told.append)(query(tenant="acme"))
    assert len(told) == 1
    line = json.loads(written.getvalue())
    assert (line["level"], line["message"]) == ("ERROR", "not told")
    assert line["error_type"] == "builtins.KeyError"
    assert "acme" not in written.getvalue()


def test_a_request_is_a_line_and_metrics(
    logger: Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    telling(TelemetrySettings(), logger)(query())
    line, metrics = map(json.loads, capsys.readouterr().out.splitlines()[:2])
    assert line["message"] == "request"
    assert line["service"] == metrics["service"] == logger.service
    assert metrics["Requests"] == 1


def test_metrics_know_of_requests_that_are_not_logged(
    logger: Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    tell = telling(TelemetrySettings(log_share=0.0), logger)
    for _ in range(20):
        tell(query())
    tell(query(code=Code.INTERNAL))
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len([line for line in found if line.get("message") == "request"]) == 2
    assert sum(line.get("Requests", 0) for line in found) == 21


def test_without_its_packages_there_are_no_spans(
    logger: Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "tenantql.telemetry.spans", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry.trace", None)
    with pytest.raises(SettingsError, match="TENANTQL_OTEL"):
        telling(TelemetrySettings(spans=True), logger)


def test_off_means_not_imported(logger: Logger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "tenantql.telemetry.spans", raising=False)
    found = telling(TelemetrySettings(), logger)
    assert "tenantql.telemetry.spans" not in sys.modules
    assert len(found._tells) == 2
