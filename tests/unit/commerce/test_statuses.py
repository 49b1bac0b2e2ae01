"""The status of an order follows from its fulfilments."""

from itertools import product

import pytest

from tenantql.commerce.model import FulfilmentStatus, OrderStatus, status_following

LETTERS = {status.name[0]: status for status in FulfilmentStatus if status.name != "PACKED"}
LETTERS["K"] = FulfilmentStatus.PACKED


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ("P", "PAID"),
        ("PP", "PAID"),
        ("PC", "PAID"),
        ("K", "PROCESSING"),
        ("PK", "PROCESSING"),
        ("PS", "PARTLY_SHIPPED"),
        ("KSD", "PARTLY_SHIPPED"),
        ("PD", "PARTLY_SHIPPED"),
        ("S", "SHIPPED"),
        ("SD", "SHIPPED"),
        ("SC", "SHIPPED"),
        ("D", "DELIVERED"),
        ("DDC", "DELIVERED"),
        ("C", "CANCELLED"),
        ("CC", "CANCELLED"),
    ],
)
def test_an_orders_status(parts: str, status: str) -> None:
    assert status_following(LETTERS[each] for each in parts) == status


def test_only_what_is_to_be_done_is_open() -> None:
    for parts in product(LETTERS.values(), repeat=3):
        done = {FulfilmentStatus.DELIVERED, FulfilmentStatus.CANCELLED}
        assert status_following(parts).is_open is not (done >= set(parts))
        assert status_following(parts) is not OrderStatus.PLACED
