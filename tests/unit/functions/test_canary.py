"""The canary's function: what it found, as metrics that alarms look at, and in the log."""

from collections.abc import Callable
from types import ModuleType

import pytest

from local.cloud.semantics.metrics import embedded_metrics
from tenantql.tenancy.canary import Watch
from tests.unit.functions.loading import ENVIRONMENT, Log, load

type Run = Callable[[Watch], tuple[dict[str, object], Log]]


@pytest.fixture(scope="module")
def loaded() -> ModuleType:
    return load("canary", ENVIRONMENT)


@pytest.fixture
def run(loaded: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The function's answer and log when it has found this."""

    def running(found: Watch) -> tuple[dict[str, object], Log]:
        def watch(_transport: object, _vendor: object, table: object) -> Watch:
            assert table == "shop-data-basic-01"
            return found

        log = Log(loaded._logger)
        monkeypatch.setattr(loaded, "watch", watch)
        return loaded.handler({}, None), log

    return running


@pytest.mark.parametrize(
    ("found", "told", "logged"),
    [
        (Watch((), ()), {"CanaryHeld": 1}, []),
        (Watch(("a", "b"), ()), {"CanaryBreaches": 2, "CanaryHeld": 0}, ["ERROR breach"]),
        (Watch((), ("a",)), {"CanaryHeld": 0}, ["WARNING unproven"]),
        (
            Watch(("a",), ("b",)),
            {"CanaryBreaches": 1, "CanaryHeld": 0},
            ["ERROR breach", "WARNING unproven"],
        ),
    ],
)
def test_what_is_told(
    found: Watch,
    told: dict[str, int],
    logged: list[str],
    run: Run,
    capsys: pytest.CaptureFixture[str],
) -> None:
    answer, log = run(found)
    assert answer["held"] is found.held
    metrics = list(embedded_metrics(capsys.readouterr().out))
    assert {metric.name: sum(metric.values) for metric in metrics} == told
    assert {tuple(metric.dimensions) for metric in metrics} == {("service",)}
    assert [f"{line['level']} {line['message']}" for line in log.lines] == logged


def test_a_defect_is_no_run_that_held(
    loaded: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def watch(*_: object) -> Watch:
        raise ZeroDivisionError

    monkeypatch.setattr(loaded, "watch", watch)
    with pytest.raises(ZeroDivisionError):
        loaded.handler({}, None)
    assert capsys.readouterr().out == ""
