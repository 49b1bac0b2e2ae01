"""An answer that is not as the clients' own books have it is noticed."""

import json
from collections.abc import Mapping
from random import Random
from typing import Any

import pytest

from load.books import Books, Order
from load.scene import Customer, Offer, Scene
from load.script import Script, judged

SCENE = Scene(
    "acme",
    1.0,
    customers=[Customer("ada", "ada")],
    sellers=["bo"],
    offers=[Offer(f"product-{number}", "bo") for number in range(3)],
    categories=["one", "two", "three"],
    words=("steel", "kettle"),
)


def asked(flow: str, books: Books | None = None) -> Any:
    """A request of a flow, with what comes before it left out."""
    script = Script([SCENE], 1, 1, opening=[flow])
    if books is not None:
        script._plays[0].books = books
    return script.next()


def filled() -> Books:
    books = Books.of(SCENE)
    books.carts["ada"] = {"product-1": 2}
    return books


def answer(**root: Any) -> str:
    return json.dumps({"data": {"field": root}})


def cart(pieces: int, amount: int) -> Mapping[str, Any]:
    return {"pieces": pieces, "total": {"amount": amount}}


def test_a_cart_is_held_against_what_was_put_in() -> None:
    assert judged(asked("C4", filled()), answer(**cart(2, 2_000))) is None
    assert judged(asked("C4", filled()), answer(**cart(3, 3_000)))
    assert judged(asked("C4", filled()), answer(**cart(2, 2_100)))


def test_an_order_is_held_against_its_cart_and_leads_the_list() -> None:
    books = filled()
    made = {"id": "order-1", "number": "A1", "lines": [{"quantity": 2}], "total": {"amount": 2_000}}
    assert judged(asked("O1", books), answer(order=made)) is None
    assert not books.carts
    assert judged(asked("O2", books), answer(nodes=[{"number": "A1"}])) is None
    assert judged(asked("O2", books), answer(nodes=[{"number": "A0"}, {"number": "A1"}]))
    dearer = {**made, "total": {"amount": 2_001}}
    assert judged(asked("O1", filled()), answer(order=dearer))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"errors": [{"extensions": {"code": "INTERNAL"}}], "data": None}, "INTERNAL"),
        ({"data": {"field": {"userErrors": [{"code": "OUT_OF_STOCK"}]}}}, "OUT_OF_STOCK"),
        ({"data": {"field": None}}, "NOTHING"),
    ],
)
def test_an_answer_with_an_error_has_its_code(body: Mapping[str, Any], code: str) -> None:
    assert judged(asked("K2"), json.dumps(body)) == code


def test_what_a_request_needs_is_asked_before() -> None:
    """A checkout needs a cart; a payment an order, whose invoice a list has shown."""
    assert asked("O1").flow.name == "C2 add"
    assert asked("I3 pay").flow.name == "C2 add"
    books = Books.of(SCENE)
    order = Order("order-1", "A1", "ada", ("product-1",), 1_000)
    books.carts["ada"] = {"product-1": 1}
    books.place(order)
    listed = asked("I3 pay", books)
    assert listed.flow.name == "I2 open"
    open_ones = answer(
        nodes=[{"id": "invoice-9", "number": "Z"}, {"id": "invoice-1", "number": "A1"}]
    )
    assert judged(listed, open_ones) is None
    pay = asked("I3 pay", books)
    assert (pay.flow.name, pay.variables["input"]["id"]) == ("I3 pay", "invoice-1")


def test_popular_things_are_drawn_more_often() -> None:
    chance = Random(1)
    drawn = [SCENE.draw(chance, number).products[0] for number in range(3_000)]
    counts = [drawn.count(offer.id) for offer in SCENE.offers]
    # One, a half, a third of the weight.
    assert [round(count / 3_000, 1) for count in counts] == [0.5, 0.3, 0.2]
