"""The stream: planted keys raise the alarm, and a record that fails is told by itself."""

import json
from types import ModuleType
from typing import Any

import pytest

from tenantql.engine.changes import Record
from tenantql.table.errors import AccessDenied, InvalidItem, TableError
from tests.unit.builders import organisation, stored
from tests.unit.functions.loading import ENVIRONMENT, Log, load


@pytest.fixture(scope="module")
def loaded() -> ModuleType:
    return load("stream", ENVIRONMENT)


@pytest.fixture
def log(loaded: ModuleType) -> Log:
    return Log(loaded._logger)


def record(
    number: int, image: object = None, name: str = "INSERT", key: str = ""
) -> dict[str, Any]:
    keys = {"PK": {"S": f"TENANT#acme#{key or number}"}, "SK": {"S": "A"}}
    content: dict[str, Any] = {"SequenceNumber": str(number), "Keys": keys}
    if image is not None:
        content["NewImage"] = image
    return {"eventID": str(number), "eventName": name, "dynamodb": content}


def handled(module: ModuleType, *records: dict[str, Any]) -> list[str]:
    """The records that failed."""
    answer = module.handler({"Records": [*records]}, None)
    return [each["itemIdentifier"] for each in answer["batchItemFailures"]]


def metrics(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


# Nobody consumes it: so no record of these leads anywhere.
PLANTED = stored(organisation()) | {"GSI1PK": {"S": "TENANT#globex#EMAIL#eve@example.com"}}
GOOD = [
    record(1, stored(organisation())),
    record(2, stored(organisation()), "MODIFY"),
    record(3, name="REMOVE"),
]


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
    assert [metric["ForeignIndexKey"] for metric in found] == [1, 2]
    for metric in found:
        (directive,) = metric["_aws"]["CloudWatchMetrics"]
        assert directive["Namespace"] == "TenantQL"
        assert directive["Dimensions"] == [["service"]], "as the alarm of the template has it"
    assert [line["indexes"] for line in log.lines] == [["GSI1PK"], ["GSI1PK", "GSI3PK"]]


def test_the_log_holds_nothing_of_the_item(loaded: ModuleType, log: Log) -> None:
    handled(loaded, record(1, PLANTED))
    assert "eve@example.com" not in log.text
    assert "Acme" not in log.text


def test_a_record_that_fails_is_told_and_the_others_go_through(
    loaded: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = record(2, {"SK": {"S": "A"}})
    assert handled(loaded, record(1, stored(organisation())), broken, record(3, PLANTED)) == ["2"]
    (metric,) = metrics(capsys)
    assert metric["ForeignIndexKey"] == 1


def test_a_batch_that_fails_as_a_whole_is_told_record_by_record(loaded: ModuleType) -> None:
    assert handled(loaded, record(1, {"SK": {"S": "A"}}), record(2, {"PK": {}})) == ["1", "2"]


def test_changes_of_one_item_stay_in_order(
    loaded: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = record(1, {"SK": {"S": "A"}}, key="one")
    after = record(2, PLANTED, key="one")
    other = record(3, PLANTED, key="other")
    assert handled(loaded, broken, after, other) == ["1", "2"]
    assert len(metrics(capsys)) == 1, "the later record of the item that failed was not handled"
    assert handled(loaded, after) == [], "it is, when it comes again without the other"


def test_one_batch_leaves_nothing_to_the_next(
    loaded: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    handled(loaded, record(1, PLANTED), record(2, {"SK": {"S": "A"}}))
    metrics(capsys)
    assert handled(loaded, *GOOD) == []
    assert metrics(capsys) == []


class Late:
    """A batch that takes everything, and in the end says what failed when it was added up."""

    def __init__(self, *failed: str, error: type[TableError] = InvalidItem) -> None:
        self._failed = failed
        self.error = error
        self.taken: list[str] = []

    def batch(self) -> "Late":
        return self

    def take(self, record: Record) -> None:
        self.taken.append(record.event)

    def finish(self) -> dict[str, Exception]:
        return {event: self.error("ada@example.com") for event in self._failed}


def test_what_fails_when_it_is_added_up_is_told(
    loaded: ModuleType, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    dispatcher = Late("2", "3")
    monkeypatch.setattr(loaded, "_dispatcher", dispatcher)
    broken = record(4, {"SK": {"S": "A"}})
    assert handled(loaded, *GOOD, broken) == ["4", "2", "3"]
    assert dispatcher.taken == ["1", "2", "3"]
    assert "ada@example.com" not in log.text
    assert len(log.lines) == 3


def test_what_iam_refuses_is_counted(
    loaded: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for error in (AccessDenied, InvalidItem):
        monkeypatch.setattr(loaded, "_dispatcher", Late("2", error=error))
        assert handled(loaded, *GOOD) == ["2"]
    (metric,) = metrics(capsys)
    assert metric["AccessDenied"] == 1
