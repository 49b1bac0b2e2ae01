"""Loyalty points: what earns them, what takes them back, and the journal of it."""

import msgspec.structs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantql.commerce import loyalty
from tenantql.commerce.consumers import enter_points
from tenantql.commerce.model import CustomerAccount, PointsChange, PointsReason
from tenantql.engine.changes import Change
from tenantql.table.errors import ConditionFailed
from tenantql.table.writes import Create
from tests.unit.builders import Play, route
from tests.unit.commerce.builders import AUDIT, CUSTOMER, id_of_number, time_of_number

ORDER, PLACED = id_of_number(1), time_of_number(1)
PAID = PointsChange(why=PointsReason.PAID, order=ORDER, placed_at=PLACED)


def account(version: int, points: int, change: PointsChange | None = PAID) -> CustomerAccount:
    return CustomerAccount(
        tenant="acme", **AUDIT, customer=CUSTOMER, version=version, points=points, change=change
    )


@pytest.mark.parametrize(("paid", "points"), [(0, 0), (99, 0), (100, 1), (12_599, 125)])
def test_each_hundred_minor_units_earn_a_point(paid: int, points: int) -> None:
    assert loyalty.earned(paid) == points


@given(st.lists(st.integers(1, 10**6), min_size=1))
def test_refunds_take_what_was_earned_however_they_are_cut(refunds: list[int]) -> None:
    kept = total = sum(refunds)
    taken = 0
    for amount in refunds:
        taken += loyalty.lost(kept, amount)
        kept -= amount
    assert taken == loyalty.earned(total)


def test_no_points_are_no_change_of_the_account() -> None:
    assert loyalty.moved(0, PointsReason.PAID, ORDER, PLACED) == ()
    assert len(loyalty.moved(-3, PointsReason.REFUNDED, ORDER, PLACED)) == 2


def enter(before: CustomerAccount | None, after: CustomerAccount | None, *answers: object) -> Play:
    play = Play(list(answers))
    play.run(enter_points(Change(before, after, route())))
    return play


def test_the_journal_has_what_came_and_the_balance_under_the_version_of_the_account() -> None:
    (request,) = enter(account(6, 40), account(7, 65), None).asked
    assert isinstance(request, Create)
    found = msgspec.structs.asdict(request.value)
    assert (
        found
        | {
            "customer": CUSTOMER,
            "number": 7,
            "points": 25,
            "balance": 65,
            "why": PointsReason.PAID,
            "order": ORDER,
            "placed_at": PLACED,
        }
        == found
    )


def test_the_first_points_of_an_account_are_entered() -> None:
    assert len(enter(None, account(1, 5), None).asked) == 1


def test_a_record_that_comes_again_enters_nothing_and_is_no_fault() -> None:
    again = ConditionFailed((0,), ("",), {})
    assert len(enter(account(6, 40), account(7, 65), again).asked) == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [(account(6, 40), account(7, 40)), (None, account(1, 0, None)), (account(6, 40), None)],
    ids=["points as before", "a new account", "deleted"],
)
def test_what_moves_no_points_is_not_entered(
    before: CustomerAccount | None, after: CustomerAccount | None
) -> None:
    assert enter(before, after).asked == []
