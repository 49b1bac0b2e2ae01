"""What products, orders and categories are found by, and that entries lead back to them."""

from dataclasses import dataclass
from typing import Any

import msgspec.structs
import pytest

from tenantql.commerce.model import Category, FulfilmentStatus
from tenantql.commerce.model.orders import Line, Progress
from tenantql.commerce.search import (
    CATEGORIES,
    MAX_ORDER_TERMS,
    MAX_PRODUCT_TERMS,
    ORDERS,
    PRODUCTS,
)
from tenantql.search import TermIndex
from tenantql.table.entity import entity_of
from tests.unit.commerce.builders import AUDIT, SELLER, id_of_number, order, product

KETTLE = product(
    "acme",
    id_of_number(1),
    title="Copper kettle",
    description="A kettle for tea.",
    category_name="Kettles",
    seller_name="Ada's Copper",
)


def line(title: str) -> Line:
    return Line(product=id_of_number(1), seller=SELLER, title=title, price=1, quantity=1)


def test_the_words_of_a_product_weigh_by_where_they_are() -> None:
    found = {(entry.term, entry.score, entry.head) for entry in PRODUCTS.entries(KETTLE)}
    assert found == {
        ("copper", 5, "co"),
        ("kettle", 4, "ke"),
        ("kettles", 2, "ke"),
        ("ada", 2, "ad"),
        ("s", 2, "s"),
        ("a", 1, "a"),
        ("for", 1, "fo"),
        ("tea", 1, "te"),
    }


def test_a_product_that_was_taken_off_is_not_found() -> None:
    assert PRODUCTS.entries(msgspec.structs.replace(KETTLE, deleted_at=KETTLE.created_at)) == []


def test_of_a_long_description_the_first_words_count() -> None:
    words = [f"w{number:03d}" for number in range(200)]
    long = msgspec.structs.replace(KETTLE, description=" ".join(words))
    terms = {entry.term for entry in PRODUCTS.entries(long)}
    assert len(terms) == MAX_PRODUCT_TERMS
    assert terms == {"copper", "kettle", "kettles", "ada", "s", *words[: MAX_PRODUCT_TERMS - 5]}


def test_an_order_is_found_by_number_titles_and_tracking_numbers() -> None:
    parts = {
        "b": Progress(status=FulfilmentStatus.SHIPPED, tracking="1Z-77"),
        SELLER: Progress(),
    }
    made = order("acme", 3, lines=(line("Red kettle"), line("Red pan")), fulfilments=parts)
    found = [entry.term for entry in ORDERS.entries(made)]
    assert found == sorted([made.number.lower(), "1z", "77", "red", "kettle", "pan"])


def test_of_an_order_with_many_titles_the_numbers_are_kept() -> None:
    lines = tuple(line(f"b{number} a{number}") for number in range(93))
    made = order("acme", 3, lines=lines, fulfilments={SELLER: Progress(tracking="zz")})
    terms = {entry.term for entry in ORDERS.entries(made)}
    assert len(terms) == MAX_ORDER_TERMS
    assert {made.number.lower(), "zz", "a0", "b0"} <= terms


@dataclass(frozen=True)
class Case:
    index: TermIndex[Any, Any]
    source: Any


CASES = {
    "product": Case(PRODUCTS, KETTLE),
    "order": Case(ORDERS, order("acme", 3)),
    "category": Case(
        CATEGORIES,
        Category(tenant="acme", **AUDIT, id=id_of_number(2), name="Tea & coffee", name_key="tea"),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_an_entry_leads_back_to_what_it_is_of(name: str) -> None:
    index, source = CASES[name].index, CASES[name].source
    newer = msgspec.structs.replace(source, version=7, updated_by="ada")
    entries = index.entries(newer)
    assert entries
    for entry in entries:
        assert index.source_of(entry) == entity_of(index.source).key_of(source)
        assert (entry.tenant, entry.version, entry.updated_by) == ("acme", 7, "ada")
        encoded = entity_of(index.entry).encode(entry)
        assert entity_of(index.entry).decode(encoded) == entry


def test_newer_orders_come_first() -> None:
    keys = [
        entity_of(ORDERS.entry).key_of(ORDERS.entries(order("acme", number, lines=()))[0]).sk
        for number in (0, 1)
    ]
    orders = [key.split("#", 1)[1] for key in keys]
    assert orders[1] < orders[0]
    (entry,) = ORDERS.entries(order("acme", 5, lines=()))
    assert entry.placed_at == order("acme", 5).placed_at
