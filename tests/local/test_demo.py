"""The plan of the demonstration data, before anything is written."""

import re
from collections import Counter
from copy import replace
from datetime import datetime
from itertools import chain, pairwise

import pytest

from local.demo import PlannedTenant, Size, plan, steps_of
from local.demo.categories import PlannedCategory
from local.demo.people import Person
from local.demo.plan import FOUNDED, KINDS, SHARDS
from local.demo.shop import PlannedOrder, PlannedProduct
from local.demo.steps import items_of, trade_of
from local.demo.today import TODAY
from local.demo.words import CATEGORIES, PLACES, THINGS
from local.provision import ROOT

TENANTS = [tenant.id for tenant in plan()]


def planned(id: str, size: Size = Size.SMALL) -> PlannedTenant:
    return next(tenant for tenant in plan(size) if tenant.id == id)


def test_an_id_is_a_prefix_of_anothers() -> None:
    first, second, third = TENANTS
    assert second.startswith(first)
    assert not third.startswith(first)


def test_it_is_the_same_each_time() -> None:
    assert plan(Size.MEDIUM) == plan(Size.MEDIUM)


@pytest.mark.parametrize(("less", "more"), [*pairwise(Size)])
def test_a_larger_size_only_adds(less: Size, more: Size) -> None:
    for small, large in zip(plan(less), plan(more), strict=True):
        for fewer, all_ in (
            (small.people, large.people),
            (small.products, large.products),
            (small.orders, large.orders),
        ):
            assert all_[: len(fewer)] == fewer
            assert len(all_) > len(fewer)
        assert small.carts == large.carts


def test_tenants_differ_in_size_and_in_how_many_sell() -> None:
    acme, europe, globex = plan()
    assert len(acme.orders) > len(globex.orders) > len(europe.orders)
    sellers = [len({each.seller for each in tenant.products}) for tenant in (acme, europe, globex)]
    assert sellers[0] > 1
    assert sellers[1] == 1
    assert sum(person.role == "seller" for person in globex.people) > sellers[0]


def test_the_marketplace_has_every_list_in_several_shards() -> None:
    assert all(count > 1 for count in planned("globex").shards.values())


def test_shards_are_those_of_the_data_model() -> None:
    text = (ROOT / "docs" / "data-model.md").read_text(encoding="utf-8")
    (header,) = re.findall(r"^\| kind \| sharded collection \|(.*)\|$", text, re.MULTILINE)
    tiers = [name.strip() for name in header.split("|")]
    assert set(tiers) == set(SHARDS)
    for kind in KINDS:
        (row,) = re.findall(rf"^\| `{kind}` \|[^|]*((?:\| \d+ )+)\|$", text, re.MULTILINE)
        counts = dict(zip(tiers, map(int, row.split("|")[1:]), strict=True))
        assert counts == {tier: SHARDS[tier].get(kind, 1) for tier in tiers}, kind


def test_tenants_share_nothing() -> None:
    parts = [{each.randomness for each in _made(tenant)} for tenant in plan()]
    assert len(set[int]().union(*parts)) == sum(map(len, parts))


def _made(
    tenant: PlannedTenant,
) -> tuple[Person | PlannedCategory | PlannedProduct | PlannedOrder, ...]:
    return (*tenant.people, *tenant.leavers, *tenant.categories, *tenant.products, *tenant.orders)


def test_categories_are_several_levels_deep_and_have_products_on_more_than_one() -> None:
    for tenant in plan():
        depths: list[int] = []
        for position, each in enumerate(tenant.categories):
            assert each.parent is None or each.parent < position, "made after what it is under"
            depths.append(0 if each.parent is None else depths[each.parent] + 1)
        assert max(depths) == 2
        assert len({depths[product.category] for product in tenant.products}) > 1


def test_everything_has_a_place() -> None:
    assert sorted(chain.from_iterable(PLACES.values())) == sorted(THINGS)
    assert PLACES.keys() <= CATEGORIES.keys()


def test_names_are_unique_in_a_tenant_and_every_role_is_there() -> None:
    for tenant in plan(Size.LARGE):
        assert len({person.username for person in tenant.people}) == len(tenant.people)
        assert len({person.email for person in tenant.people}) == len(tenant.people)
        assert {person.role for person in tenant.people} == {"admin", "staff", "seller", "customer"}


@pytest.mark.parametrize("id", TENANTS)
def test_sellers_sell_and_customers_buy(id: str) -> None:
    tenant = planned(id)
    assert {tenant.people[each.seller].role for each in tenant.products} == {"seller"}
    buyers = [each.customer for each in (*tenant.orders, *tenant.carts)]
    assert {tenant.people[buyer].role for buyer in buyers} == {"customer"}


@pytest.mark.parametrize("size", Size)
@pytest.mark.parametrize("id", TENANTS)
def test_there_is_enough_of_everything(id: str, size: Size) -> None:
    tenant = planned(id, size)
    sold = Counter[int]()
    for each in (*tenant.orders, *tenant.carts):
        for line in each.lines:
            sold[line.product] += line.quantity
    for product, pieces in sold.items():
        stock = tenant.products[product].stock
        assert 2 <= len(stock) <= 3
        assert sum(stock.values()) > pieces


@pytest.mark.parametrize("id", TENANTS)
def test_money_adds_up(id: str) -> None:
    tenant = planned(id, Size.MEDIUM)
    for order in tenant.orders:
        lines = (tenant.products[line.product].price * line.quantity for line in order.lines)
        assert order.total == sum(lines)
        if order.refund is not None:
            assert order.paid_at is not None
            assert 0 < order.refund.amount <= order.total
    assert 0 < tenant.refunded < tenant.paid < sum(order.total for order in tenant.orders)


@pytest.mark.parametrize("id", TENANTS)
def test_everything_happens_in_its_time(id: str) -> None:
    tenant = planned(id, Size.LARGE)
    arrived = max(person.created_at for person in tenant.people)
    offered = [product.created_at for product in tenant.products]
    arranged = [category.created_at for category in tenant.categories]
    events = trade_of(tenant)
    times = [event["at"] for event in events]
    assert FOUNDED.isoformat() < min(person.created_at for person in tenant.people)
    assert arrived < min(arranged) < max(arranged) < min(offered)
    assert max(offered) < times[0]
    assert times == sorted(times)
    assert datetime.fromisoformat(times[-1]) <= TODAY
    known: dict[int, list[str]] = {}
    for event in events:
        known.setdefault(event["position"], []).append(event["what"])
    assert set(map(tuple, known.values())) == {
        ("order",),
        ("order", "cancel"),
        ("order", "pay"),
        ("order", "pay", "fulfil"),
        ("order", "pay", "refund"),
        ("order", "pay", "fulfil", "refund"),
    }


@pytest.mark.parametrize("id", TENANTS)
def test_the_newest_orders_are_for_examples(id: str) -> None:
    tenant = planned(id, Size.LARGE)
    paid, unpaid, refundable = tenant.orders[:3]
    assert tenant.people[paid.customer].username == "customer"
    assert paid.paid_at is not None
    assert unpaid.paid_at is None
    assert refundable.paid_at is not None
    assert refundable.refund is None
    placed = [order.placed_at for order in tenant.orders]
    assert sorted(placed, reverse=True)[:3] == placed[:3]


def test_steps_cover_everything_in_order() -> None:
    (tenant, *_) = plan(Size.MEDIUM)
    steps = list(steps_of(tenant, "a-table"))
    kinds = [step["do"] for step in steps]
    order = ["tenant", "people", "categories", "products", "trade", "reviews", "carts", "standings"]
    assert kinds == sorted(kinds, key=order.index)
    assert set(kinds) == set(order)
    assert steps[0]["table"] == "a-table"
    written = sum(len(step.get("items", ["the tenant"])) for step in steps)
    assert written == items_of(tenant)


def test_a_tenant_without_data_is_one_step() -> None:
    (tenant, *_) = plan()
    nothing = dict.fromkeys(
        ("people", "leavers", "categories", "products", "orders", "carts", "reviews"), ()
    )
    bare = replace(tenant, **nothing)
    assert len(list(steps_of(bare, "a-table"))) == 1
