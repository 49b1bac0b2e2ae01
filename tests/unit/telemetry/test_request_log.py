"""The line of a request: how it looks, and which requests have one."""

import io
import json
import logging
import re
from itertools import count
from typing import Any

import pytest
from aws_lambda_powertools import Logger

from tenantql.engine.observation import Observation
from tenantql.errors import Code
from tenantql.logs import serialized, structured_logger
from tenantql.telemetry.request_log import SLOW_MS, RequestLog
from tests.unit.telemetry.observations import query

NAMES = count()
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d")
TRACE = "1-5759e988-bd862e3fe1be46a994272793"


def lines(*observed: Observation, **options: Any) -> list[dict[str, Any]]:
    """What is written of requests."""
    stream = io.StringIO()
    log = RequestLog("shop-graphql", stream=stream, **options)
    for one in observed:
        log(one)
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_it_looks_like_a_line_of_powertools(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reads the log meets one schema."""
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", f"shop-{next(NAMES)}")
    monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root={TRACE};Parent=53995c3f42cd8ad8;Sampled=1")
    stream = io.StringIO()
    logger = structured_logger()
    for handler in logger.handlers:
        getattr(handler, "setStream")(stream)  # noqa: B009 - of a StreamHandler
    logger.info("request")
    theirs = json.loads(stream.getvalue())
    (ours,) = lines(query(), trace=lambda: TRACE)
    assert theirs.keys() - ours.keys() == {"location"}
    assert {name: ours[name] for name in ("level", "message", "xray_trace_id")} == {
        name: theirs[name] for name in ("level", "message", "xray_trace_id")
    }
    for line in (ours, theirs):
        assert TIME.fullmatch(line["timestamp"])


@pytest.mark.parametrize(
    ("code", "level"),
    [
        (None, "INFO"),
        (Code.BAD_USER_INPUT, "INFO"),
        (Code.UNAVAILABLE, "WARNING"),
        (Code.INTERNAL, "ERROR"),
    ],
)
def test_the_level_says_who_has_to_act(code: Code | None, level: str) -> None:
    (line,) = lines(query(code=code))
    assert line["level"] == level


def test_the_least_level_holds_for_requests_as_well() -> None:
    (line,) = lines(query(), query(code=Code.INTERNAL), level=logging.WARNING)
    assert line["code"] == "INTERNAL"


def requests(number: int) -> list[Observation]:
    return [query(request_id=f"request-{n}") for n in range(number)]


def test_a_share_of_the_uneventful_requests_is_logged() -> None:
    found = lines(*requests(2_000), share=0.1)
    assert 130 < len(found) < 270
    assert {line["weight"] for line in found} == {10.0}, "each stands for ten"


def test_whether_a_request_is_logged_depends_on_its_id_alone() -> None:
    found = lines(*requests(300), *requests(300), share=0.5)
    ids = [line["request_id"] for line in found]
    assert ids[: len(ids) // 2] == ids[len(ids) // 2 :]


def test_a_larger_share_has_what_a_smaller_one_has() -> None:
    some, more = (
        {line["request_id"] for line in lines(*requests(300), share=share)} for share in (0.1, 0.5)
    )
    assert some < more


@pytest.mark.parametrize(
    "eventful",
    [
        {"code": Code.BAD_USER_INPUT},
        {"code": Code.INTERNAL},
        {"duration_ms": float(SLOW_MS)},
        {"cold_start": True},
    ],
)
def test_an_eventful_request_is_always_logged(eventful: dict[str, Any]) -> None:
    (line,) = lines(query(**eventful), query(), share=0.0)
    assert "weight" not in line


def test_a_text_that_is_no_utf8_is_written_all_the_same() -> None:
    (line,) = lines(query(subject="\ud800"))
    assert line["subject"] == "\ud800"


def test_the_loggers_text_that_is_no_utf8_is_written_all_the_same() -> None:
    stream = io.StringIO()
    logger = Logger(service=f"log-{next(NAMES)}", stream=stream, json_serializer=serialized)
    logger.info("request", extra={"subject": "\ud800"})
    assert json.loads(stream.getvalue())["subject"] == "\ud800"
