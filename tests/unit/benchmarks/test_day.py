"""A day at the peaks: keys keep to their limits, because lists have shards."""

from collections.abc import Mapping
from copy import replace

import msgspec
import pytest

from benchmarks.day import footprints, weights
from benchmarks.day.contention import HELD, contend, most
from benchmarks.day.footprints import Footprint, Touch
from benchmarks.day.limits import ITEM_TRANSACTIONS, LIMITS
from benchmarks.day.mix import BESIDE, FLOWS, PEAK, RATES, Flow, documents, rates
from benchmarks.day.page import FILE as PAGE
from benchmarks.day.population import TIERS, Population
from benchmarks.day.running import TIER, is_limited
from benchmarks.day.simulation import Found, Kind, simulate
from benchmarks.day.weights import Weight
from benchmarks.day.world import World
from local.patterns.catalogue import catalogue
from local.provision import ROOT
from tenantql.table.retries import CONFLICT_ATTEMPTS

SECONDS = [1.0] * 6
OWN = Population(TIERS[TIER])
STOCK = "TENANT#{tenant}#PRODUCT#{product} / STOCK"

type Shares = dict[tuple[Kind, str], float]


@pytest.fixture(scope="module")
def measured() -> Mapping[str, Footprint]:
    return footprints.load()


def shares(found: Found) -> Shares:
    """Of the limits: units in the busiest second, transactions on average."""
    return {
        key: (series.mean if key[1] == "transactions" else series.most) / LIMITS[key[1]]
        for key, series in found.items()
        if is_limited(key)
    }


def drawn(
    measured: Mapping[str, Footprint], population: Population = OWN, own_peak: str = ""
) -> Shares:
    return shares(simulate(measured, population, rates(own_peak=own_peak), SECONDS, seed=3))


def test_the_common_peak_keeps_to_every_limit(measured: Mapping[str, Footprint]) -> None:
    found = drawn(measured)
    assert len(found) > 50
    assert max(found.values()) < 1
    units = [share for (_, measure), share in found.items() if measure != "transactions"]
    assert max(units) < 0.5


@pytest.mark.parametrize("row", ["O1", "K6", "P1", "P2", "I3", "U1", "P11"])
def test_a_row_at_its_own_peak_keeps_to_every_limit(
    measured: Mapping[str, Footprint], row: str
) -> None:
    found = drawn(measured, own_peak=row)
    if row == "O1":
        # The narrowest of all: docs/load/day.md says how often one product sells.
        assert found[(("item", STOCK), "transactions")] > 0.8
    assert max(found.values()) < 1


def test_without_shards_a_list_exceeds_its_partition(measured: Mapping[str, Footprint]) -> None:
    """One tenant with all of the orders: its shards carry them, and one would not."""
    alone = replace(OWN, busiest=1.0)
    key: tuple[Kind, str] = ("directory", "TENANT#{tenant}#TYPE#OrderTerm#{shard}"), "write"
    assert drawn(measured, alone, "O1")[key] < 1
    assert drawn(measured, replace(alone, shards=dict.fromkeys(OWN.shards, 1)), "O1")[key] > 1


def test_one_key_for_all_products_exceeds_its_partition(
    measured: Mapping[str, Footprint],
) -> None:
    def together(touch: Touch) -> Touch:
        by_product = touch.pk.startswith("TENANT#{tenant}#PRODUCT#{")
        return (
            msgspec.structs.replace(touch, pk="TENANT#{tenant}#PRODUCTS") if by_product else touch
        )

    worse = {
        name: msgspec.structs.replace(
            print_,
            touches=tuple(map(together, print_.touches)),
            later=tuple(map(together, print_.later)),
        )
        for name, print_ in measured.items()
    }
    alone = replace(OWN, busiest=1.0)
    assert max(s for (_, measure), s in drawn(measured, alone).items() if measure == "read") < 1
    assert drawn(worse, alone)[("table", "TENANT#{tenant}#PRODUCTS"), "read"] > 1


def test_the_same_seed_draws_the_same_requests(measured: Mapping[str, Footprint]) -> None:
    assert drawn(measured) == drawn(measured)


def test_every_row_with_a_rate_is_asked() -> None:
    assert {flow.row for flow in FLOWS} == {*RATES}
    assert {*RATES} == {row for row in catalogue().rows if row[0] in "UPKCOI"}
    assert {flow.operation for flow in FLOWS if flow.operation} == {*documents()}
    for row in RATES:
        assert sum(flow.share for flow in FLOWS if flow.row == row) == pytest.approx(1)


@pytest.mark.parametrize("own", ["", "O1", "U8", "K7"])
def test_the_whole_is_the_catalogues_peak(own: str) -> None:
    asked = rates(own_peak=own)
    assert sum(rate for name, rate in asked.items() if name not in BESIDE) == pytest.approx(PEAK)
    if own:
        at_peak = sum(rate for name, rate in asked.items() if name.split()[0] == own)
        assert at_peak == pytest.approx(RATES[own])


def test_shards_are_those_of_the_data_model() -> None:
    text = (ROOT / "docs" / "data-model.md").read_text(encoding="utf-8")
    table = text.partition("| kind | sharded collection |")[2].partition("\n\n")[0]
    header, _, *rows = (
        [cell.strip(" `") for cell in line.strip("|").split("|")] for line in table.splitlines()
    )
    assert [name for name in header if name] == [*TIERS]
    counts = {kind: dict(zip(TIERS, map(int, cells[1:]), strict=True)) for kind, *cells in rows}
    for tier, shards in TIERS.items():
        assert shards == {kind: counts[kind][tier] for kind in shards}


def test_no_operation_costs_another_amount_than_was_measured(
    measured: Mapping[str, Footprint],
) -> None:
    """A change that makes one dearer, or cheaper, is told.

    `make day ARGS="--measure --quick"` notes it; without --quick it makes the page anew, too.
    """
    weighed: dict[str, Weight] = {}

    def weigh(flow: Flow, world: World) -> None:
        weighed[flow.name] = weights.weight_of(world.observed)

    now = footprints.measure(weigh)
    assert {name for name, found in now.items() if found != measured.get(name)} == set()
    assert now.keys() == measured.keys()
    noted = weights.load()
    assert {name for name in now if not is_alike(weighed[name], noted[name])} == set()
    assert noted.keys() == weighed.keys()


def is_alike(found: Weight, noted: Weight) -> bool:
    """The same rounds, and bytes but for the lengths of numbers and times in them."""
    rounds = (found.reads, found.writes, found.transactions)
    return rounds == (noted.reads, noted.writes, noted.transactions) and (
        abs(found.bytes - noted.bytes) <= 10 + 0.02 * noted.bytes
    )


def test_contention_grows_with_the_rate_and_with_how_long_an_item_is_held() -> None:
    quiet, busy, slow = contend(5, 0.02, 1), contend(40, 0.02, 1), contend(40, 0.04, 1)
    assert quiet.refused < 0.001 < busy.refused < slow.refused
    assert quiet.retried == pytest.approx(1 - 2.718 ** (-5 * 0.02), abs=0.03)
    assert contend(40, 0.02, 1, attempts=12).refused < busy.refused


def test_what_one_item_carries_follows_from_the_retries() -> None:
    assert most(HELD[1], seed=1) == ITEM_TRANSACTIONS
    text = PAGE.read_text(encoding="utf-8")
    assert f"up to {CONFLICT_ATTEMPTS} times in all" in text
    assert f"practical limit: {ITEM_TRANSACTIONS} transactions a second" in text
