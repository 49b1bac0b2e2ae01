"""docs/cost.md: made of what is there, and no pattern is dearer than it says."""

import re
from collections import defaultdict

import pytest

from cli.cost import bill as bills
from cli.cost import page, prices, usage
from cli.cost.bill import Rates, bill, total
from cli.cost.plan import Plan
from cli.cost.plot import LIMIT
from local.provision import ROOT
from tests.template.stack import Stack, read_template
from tests.template.told_metrics import watched_by

TEXT = page.FILE.read_text(encoding="utf-8")
TEMPLATE = (ROOT / "template.yaml").read_text(encoding="utf-8")
RATES = Rates(Plan(), prices.load())
CENT = 0.005
"""A page has cents."""


def test_no_pattern_is_dearer_than_documented() -> None:
    """If one is on purpose: `make docs`, and the change of the page shows by how much."""
    documented = page.documented(TEXT)
    now = {row: usd for row, (usd, _) in page.patterns(RATES).items()}
    assert now.keys() == documented.keys()
    assert {row: usd for row, usd in now.items() if usd > documented[row] + CENT} == {}


@pytest.mark.parametrize(
    "more",
    [usage.Usage(read={"table": 1}), usage.Usage(write={"GSI1": 1}), usage.Usage(records=1)],
)
def test_a_dearer_pattern_is_noticed(more: usage.Usage, monkeypatch: pytest.MonkeyPatch) -> None:
    """One unit more, or one record of the stream."""
    dearer = {**usage.rows(), "U3": usage.rows()["U3"] + more}
    monkeypatch.setattr(usage, "rows", lambda: dearer)
    found = page.patterns(RATES)["U3"][0]
    assert found > page.documented(TEXT)["U3"] + CENT


def test_the_limit_holds() -> None:
    assert total(bill(Plan(), RATES.prices)) < LIMIT


def test_the_page_is_what_make_docs_makes() -> None:
    assert page.page(RATES.prices) == TEXT, "out of date: make docs"


def test_the_monitoring_is_the_templates_in_production() -> None:
    stack = Stack.of(read_template(), Environment="production")
    alarms = stack.of_type("AWS::CloudWatch::Alarm").values()
    given = Plan()
    assert sum(len([*watched_by(each["Properties"])]) for each in alarms) == given.alarms
    for kind, number in {
        "AWS::CloudWatch::CompositeAlarm": given.pages,
        "AWS::CloudWatch::Dashboard": given.dashboards,
        "AWS::KMS::Key": given.keys,
    }.items():
        assert len(stack.of_type(kind)) == number, kind
    minutes = read_template()["Parameters"]["CanaryMinutes"]["Default"]
    assert float(minutes) == given.canary_minutes


def test_the_model_has_the_templates_numbers() -> None:
    sizes = [int(size) for size in re.findall(r"MemorySize: (\d+)", TEMPLATE)]
    assert sizes == [bills.GRAPHQL_MB, bills.OTHER_MB, bills.OTHER_MB, bills.OTHER_MB]
    assert f"BatchSize: {bills.BATCH}\n" in TEMPLATE
    assert f"MaximumBatchingWindowInSeconds: {bills.WINDOW:g}\n" in TEMPLATE
    assert f"ParallelizationFactor: {bills.FACTOR}\n" in TEMPLATE
    places = {"DataTable": "table", "ControlTable": "control"}
    mapped: dict[str, tuple[int, ...]] = defaultdict(tuple)
    for found in re.finditer(r"(\w+)(?:Read|Write): {1M: {Least: (\d+),", TEMPLATE):
        name, units = found.groups()
        index = name.removeprefix("DataTable")
        place = places.get(name, index if index.startswith("GSI") else index.lower())
        mapped[place] += (int(units),)
    assert mapped == bills.LEAST_UNITS
    indexes = re.findall(r"- IndexName: (\w+)", TEMPLATE)
    assert set(usage.PLACES) == {"table", "control", *indexes}


def test_the_apis_log_line_is_as_long_as_the_model_has_it() -> None:
    folded = TEMPLATE.partition("Format: >-\n")[2].partition("\n\n")[0]
    line = " ".join(folded.split())
    lengths = {"requestId": 16, "requestTime": 26, "sourceIp": 13, "routeKey": 13, "status": 3}
    for name, length in {**lengths, "tenant": 26}.items():
        line = re.sub(rf"\$context\.(?:\w+\.)*{name}\b", "x" * length, line)
    line = re.sub(r"\$context\.[\w.]+", "xx", line)
    assert len(line) == pytest.approx(bills.ACCESS_LINE, rel=0.1)


def test_the_series_are_those_of_the_page_of_metrics() -> None:
    metrics = (ROOT / "docs" / "observability.md").read_text(encoding="utf-8")
    assert f"at most {Plan().series} series" in metrics
