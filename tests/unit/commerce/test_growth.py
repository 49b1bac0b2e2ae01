"""What a page costs does not depend on how much a tenant has: 1,000 items, or 100,000.

In memory, since 100,000 items take the local cloud minutes; `memory.sizes` has the units' rules.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import pytest

from local.memory import Memory
from tenantql import accounts, commerce
from tenantql.engine import nodes
from tenantql.engine.context import Context
from tenantql.engine.operations import Engine
from tenantql.engine.rounds import Rounds
from tenantql.engine.schema import TENANT_SCHEMA, bind_schema, read_schema
from tenantql.table import global_ids
from tenantql.table.attributes import RawItem
from tenantql.table.entity import entity_of
from tenantql.table.shards import shard_names, shard_of
from tenantql.tenancy.identity import Role
from tenantql.tenancy.routing import ShardCount
from tests.unit.builders import access, identity, invoice, user
from tests.unit.commerce.builders import CUSTOMER, id_of_number, order, spender, time_of_number

TENANT = "acme"
SMALL, LARGE = 1_000, 100_000
FIRST = 20
SHARDS = 3

COLLECTIONS: Final = ("users", "orders", "invoices", "spend")

type Maker = Callable[[int, str], msgspec.Struct]

KINDS: Final[tuple[Maker, ...]] = (
    lambda number, shard: user(
        TENANT,
        id=id_of_number(number),
        shard=shard,
        created_at=time_of_number(number),
        username=f"u{number:06d}",
        email=f"{number:06d}@example.com",
    ),
    lambda number, shard: order(TENANT, number, shard),
    lambda number, shard: invoice(
        TENANT, id=id_of_number(number), shard=shard, issued_at=time_of_number(number)
    ),
    lambda number, shard: spender(TENANT, number, shard),
)


@dataclass
class Page:
    """What a page answered and cost."""

    nodes: list[Any]
    end: str
    more: bool
    calls: int
    units: float


class Tenant:
    """A tenant in memory with so many items, a quarter of each kind."""

    def __init__(self, items: int, shards: int) -> None:
        self.memory = Memory()
        count = ShardCount(read=shards, write=shards)
        self.shards: dict[str, ShardCount] = dict.fromkeys(COLLECTIONS, count)
        makers = [{shard: Copies(make, shard) for shard in shard_names(shards)} for make in KINDS]
        for number in range(items // len(KINDS)):
            id, at = id_of_number(number), time_of_number(number)
            for maker in makers:
                self.memory.put(maker[shard_of(id, shards)].item(number, id, at))
        self.memory.add(user(TENANT, id=CUSTOMER, created_at=time_of_number(-1)))
        assert len(self.memory.items) == items + 1

    def page(self, engine: Engine, field: str, after: str | None) -> Page:
        """The first page of a list, or the one behind a cursor."""
        shown = "{ nodes { __typename } pageInfo { endCursor hasNextPage } }"
        path = [field.partition("(")[0]]
        text = f"{field} {shown}".replace("...", f"first: {FIRST}, after: $after")
        if field.startswith("orders("):
            item = user(TENANT, id=CUSTOMER)
            text = f'user(id: "{global_ids.encode(entity_of(type(item)), item)}") {{ {text} }}'
            path.insert(0, "user")
        rounds = Rounds(self.memory, access)
        who = identity(Role.STAFF, tenant=TENANT)
        context = Context(who, rounds, self.shards, cursor_keys=(b"k" * 32,))
        operation = engine.prepare(f"query($after: String) {{ {text} }}", None)
        result = engine.execute(operation, {"after": after}, context)
        assert result.errors is None
        found: Any = result.data
        for name in path:
            found = found[name]
        info = found["pageInfo"]
        cost = (rounds.cost.calls, rounds.cost.units)
        return Page(found["nodes"], info["endCursor"], info["hasNextPage"], *cost)


class Copies:
    """Items of a kind in a shard, copied from one: to make each from its values takes too long."""

    NUMBER: Final = 987_654

    def __init__(self, make: Maker, shard: str) -> None:
        item = encoded(make(self.NUMBER, shard))
        id = id_of_number(self.NUMBER)
        self._texts = (id, id[-10:], time_of_number(self.NUMBER), str(self.NUMBER))
        self._item = item
        self._changed = [
            (name, kind, text)
            for name, value in item.items()
            for kind, text in value.items()
            if isinstance(text, str) and any(each in text for each in self._texts)
        ]

    def item(self, number: int, id: str, at: str) -> RawItem:
        """The item number so-and-so."""
        own = dict(zip(self._texts, (id, id[-10:], at, f"{number:06d}"), strict=True))
        found = dict(self._item)
        for name, kind, text in self._changed:
            for old, new in own.items():
                text = text.replace(old, new)  # noqa: PLW2901
            found[name] = {kind: text}
        return found


def encoded(value: msgspec.Struct) -> RawItem:
    """An item with room for more, so that a page is several units."""
    return entity_of(type(value)).encode(value) | {"created_by": {"S": "x" * 300}}


@pytest.mark.parametrize("make", KINDS)
def test_a_copy_is_what_would_be_made(make: Maker) -> None:
    for number in (0, 5, 24_999):
        copy = Copies(make, "01").item(number, id_of_number(number), time_of_number(number))
        made = encoded(make(number, "01"))
        different = {name for name in made if copy.pop(name) != made[name]}
        assert not copy
        # Of an order, what no list of the tenant's looks at.
        assert different <= {"lines", "platform_shard", "PLATPK"}


@pytest.fixture(scope="module")
def engine() -> Engine:
    found = nodes.bindables([*accounts.nodes, *commerce.nodes])
    bindables = [*found, *accounts.bindables, *commerce.bindables]
    return Engine(bind_schema(read_schema(TENANT_SCHEMA), bindables))


@pytest.fixture(scope="module")
def sizes() -> tuple[int, Tenant, Tenant]:
    """The number of shards, the small tenant, and the large one."""
    return SHARDS, Tenant(SMALL, SHARDS), Tenant(LARGE, SHARDS)


LISTS: Final = {
    "U7": "users(...)",
    "O2": "orders(...)",
    "O8": "ordersByStatus(status: PLACED, ...)",
    "O11": "recentOrders(...)",
    "I2": "invoices(...)",
    "I2 by status": "invoices(status: OPEN, ...)",
    "I5": 'topCustomers(currency: "EUR", ...)',
}


@pytest.mark.parametrize("pattern", LISTS)
def test_a_page_costs_the_same(
    engine: Engine, sizes: tuple[int, Tenant, Tenant], pattern: str
) -> None:
    shards, small, large = sizes
    costs: list[list[tuple[int, float]]] = []
    for tenant in (small, large):
        after, pages = None, list[tuple[int, float]]()
        for _ in range(5):
            page = tenant.page(engine, LISTS[pattern], after)
            assert (len(page.nodes), page.more) == (FIRST, True)
            pages.append((page.calls, page.units))
            after = page.end
        costs.append(pages)
    # A customer's orders are under one key; the user is one call before.
    calls = 2 if pattern == "O2" else shards
    assert {each for each, _ in costs[0] + costs[1]} == {calls}
    assert costs[0] == costs[1]
    # Each shard reads a page: 21 items of some 700 bytes to 1 KB, several units of 4 KB.
    assert all(1 <= units < 8 * calls for _, units in costs[1])


def test_by_id_costs_the_same(engine: Engine, sizes: tuple[int, Tenant, Tenant]) -> None:
    _, small, large = sizes
    item = user(TENANT, id=CUSTOMER)
    id = global_ids.encode(entity_of(type(item)), item)
    operation = engine.prepare(f'{{ user(id: "{id}") {{ username }} }}', None)
    costs = list[tuple[int, float]]()
    for tenant in (small, large):
        rounds = Rounds(tenant.memory, access)
        context = Context(identity(Role.STAFF, tenant=TENANT), rounds, tenant.shards)
        result = engine.execute(operation, None, context)
        assert result.data == {"user": {"username": "Ada"}}
        costs.append((rounds.cost.calls, rounds.cost.units))
    assert costs == [(1, 1.0)] * 2
