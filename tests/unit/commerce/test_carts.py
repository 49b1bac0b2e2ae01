"""A cart is what was put into it and not taken out, whatever happens to the calls meanwhile."""

from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

import pytest

from local.memory import Memory
from tenantql.commerce import carts
from tenantql.commerce.additions import REMEMBERED
from tenantql.commerce.carts import Addition, Shown
from tenantql.commerce.model import Cart
from tenantql.engine.context import Context
from tenantql.engine.rounds import Rounds
from tenantql.engine.user_errors import UserError
from tenantql.table import calls
from tenantql.table.driving import drive
from tenantql.table.errors import Conflict, Unavailable
from tenantql.table.transport import Transport
from tenantql.tenancy.identity import Role
from tests.unit.builders import access, identity
from tests.unit.commerce.books import Books
from tests.unit.commerce.builders import CUSTOMER, id_of_number
from tests.unit.commerce.money import Died, Failing

TENANT = "acme"


@dataclass
class Model:
    """What the cart has to be: a quantity and a price for each product, and the last keys."""

    quantities: dict[str, int] = field(default_factory=dict[str, int])
    prices: dict[str, int] = field(default_factory=dict[str, int])
    keys: deque[tuple[str, Addition]] = field(default_factory=lambda: deque(maxlen=REMEMBERED))

    def add(self, key: str, added: Addition) -> list[str]:
        """The codes of the problems."""
        known = dict(self.keys).get(key)
        if known is not None:
            return [] if known == added else ["KEY_REUSED"]
        product = added.product
        self.quantities[product] = self.quantities.get(product, 0) + added.quantity
        self.prices[product] = added.shown.price
        self.keys.append((key, added))
        return []

    def remove(self, product: str) -> None:
        self.quantities.pop(product, None)
        self.prices.pop(product, None)


def _insist(transport: Transport, write: Callable[[], Coroutine[Any, Any, Any]]) -> list[str]:
    """The codes of the problems that a client is told of who tries until there is an answer."""
    while True:
        try:
            drive(write(), lambda request: calls.run(transport, request, access()))
        except UserError as error:
            return [each.code for each in error.problems]
        except (Conflict, Unavailable, Died):
            continue
        return []


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.pattern("C2", "C3")
def test_a_cart_is_what_its_customer_made_of_it(seed: int) -> None:
    chance, memory, model = Random(seed), Memory(), Model()
    asked: list[tuple[str, Addition]] = []
    again = refusals = 0
    failing = Failing(memory, chance, share=0.3)
    who = identity(Role.CUSTOMER, tenant=TENANT, subject=CUSTOMER)
    for number in range(400):
        context = Context(who, Rounds(memory, access))
        product = id_of_number(chance.randrange(6))
        quantity, price = chance.randrange(1, 9), chance.randrange(1, 4)
        shown = Shown(price, "EUR")
        match chance.randrange(16):
            case 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7:
                asked.append((str(number), Addition(product, quantity, shown)))
                # Now and then one of before is asked for again, or its key for another one.
                key, added = chance.choice((asked[-1], chance.choice(asked[-12:])))
                if not chance.randrange(4):
                    added = asked[-1][1]
                again += key in dict(model.keys)
                expected = model.add(key, added)
                refusals += expected != []
                assert _insist(failing, partial(carts.add, context, added, key)) == expected
            case 8 | 9 | 10 | 11:
                seen = chance.choice((None, shown))
                known = product in model.quantities
                refused = _insist(failing, partial(carts.change, context, product, quantity, seen))
                assert refused == ([] if known else ["NOT_IN_CART"])
                if known:
                    model.quantities[product] = quantity
                if known and seen is not None:
                    model.prices[product] = price
            case 12 | 13 | 14:
                assert _insist(failing, partial(carts.remove, context, product)) == []
                model.remove(product)
            case _:
                assert _insist(failing, partial(carts.clear, context)) == []
                model = Model()
        found = Books.of(memory.items.values()).carts
        stored = found[0] if found else Cart(**context.audit(), customer=CUSTOMER, currency="EUR")
        assert (stored.quantities, stored.prices) == (model.quantities, model.prices)
        assert stored.products == model.quantities.keys()
    assert failing.failures > 50
    assert again > refusals > 0
