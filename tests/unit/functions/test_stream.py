"""The stream: planted keys raise the alarm, and a record that fails is told by itself."""

import json
from types import ModuleType
from typing import Any

import pytest

from tests.unit.builders import stored, user
from tests.unit.functions.loading import ENVIRONMENT, Log, load


@pytest.fixture(scope="module")
def loaded() -> ModuleType:
    return load("stream", ENVIRONMENT)


@pytest.fixture
def log(loaded: ModuleType) -> Log:
    return Log(loaded._logger)


def record(number: int, image: object = None, name: str = "INSERT") -> dict[str, Any]:
    content: dict[str, Any] = {"SequenceNumber": str(number), "Keys": {}}
    if image is not None:
        content["NewImage"] = image
    return {"eventID": str(number), "eventName": name, "dynamodb": content}


def handled(module: ModuleType, *records: dict[str, Any]) -> list[str]:
    """The records that failed."""
    answer = module.handler({"Records": [*records]}, None)
    return [each["itemIdentifier"] for each in answer["batchItemFailures"]]


def metrics(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


PLANTED = stored(user()) | {"GSI1PK": {"S": "TENANT#globex#EMAIL#eve@example.com"}}
GOOD = [record(1, stored(user())), record(2, stored(user()), "MODIFY"), record(3, name="REMOVE")]


def test_a_good_batch(loaded: ModuleType, log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    assert handled(loaded, *GOOD) == []
    assert log.text == ""
    assert metrics(capsys) == []


@pytest.mark.parametrize("name", ["INSERT", "MODIFY"])
def test_a_planted_key_is_counted_and_told(
    loaded: ModuleType, log: Log, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    also = PLANTED | {"GSI3PK": {"S": "TENANT#acme-eu#USERS#00"}}
    assert handled(loaded, *GOOD, record(4, PLANTED, name), record(5, also, name)) == []
    found = metrics(capsys)
    assert [metric["ForeignIndexKey"] for metric in found] == [[1.0], [2.0]]
    for metric in found:
        (directive,) = metric["_aws"]["CloudWatchMetrics"]
        assert directive["Namespace"] == "TenantQL"
        assert directive["Dimensions"] == [["service"]], "as the alarm of the template has it"
    assert [line["indexes"] for line in log.lines] == [["GSI1PK"], ["GSI1PK", "GSI3PK"]]


def test_the_log_holds_nothing_of_the_item(loaded: ModuleType, log: Log) -> None:
    handled(loaded, record(1, PLANTED))
    assert "eve@example.com" not in log.text
    assert "Ada" not in log.text


def test_a_record_that_fails_is_told_and_the_others_go_through(
    loaded: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = record(2, {"SK": {"S": "A"}})
    assert handled(loaded, record(1, stored(user())), broken, record(3, PLANTED)) == ["2"]
    (metric,) = metrics(capsys)
    assert metric["ForeignIndexKey"] == [1.0]


def test_a_batch_that_fails_as_a_whole_is_told_record_by_record(loaded: ModuleType) -> None:
    assert handled(loaded, record(1, {"SK": {"S": "A"}}), record(2, {"PK": {}})) == ["1", "2"]


def test_one_batch_leaves_nothing_to_the_next(
    loaded: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    handled(loaded, record(1, PLANTED), record(2, {"SK": {"S": "A"}}))
    metrics(capsys)
    assert handled(loaded, *GOOD) == []
    assert metrics(capsys) == []
