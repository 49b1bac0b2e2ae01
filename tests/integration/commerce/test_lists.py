"""Lists: everything exactly once in either direction, and no page for a wrong window or cursor."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.integration.commerce.world import COUNT, World
from tests.integration.installation import Answer, Installation, Instance, id_of
from tests.unit.builders import user
from tests.unit.commerce.builders import id_of_number, time_of_number

NUMBERS = range(COUNT)
PAID = range(100, 100 + COUNT)
NEWEST = [time_of_number(number) for number in reversed(range(-1, COUNT - 1))]


@dataclass(frozen=True)
class Listing:
    """A list: its field, what tells its items apart, and these in order."""

    field: str
    item: str
    items: Callable[[World], list[Any]]
    arguments: str = ""
    of_user: bool = False

    def ask(self, endpoint: Instance, world: World, **window: Any) -> Answer:
        page = f"""{self.field}({self.arguments}
            first: $first, after: $after, last: $last, before: $before) {{
          nodes {{ {self.item} }} edges {{ cursor node {{ {self.item} }} }}
          pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }}"""
        types = "$first: Int, $after: String, $last: Int, $before: String"
        if self.of_user:
            text = f"query({types}, $id: ID!) {{ user(id: $id) {{ {page} }} }}"
            window["id"] = world.user_id
        else:
            text = f"query({types}) {{ {page} }}"
        return endpoint.ask(world.staff, text, **window)

    def page(self, endpoint: Instance, world: World, **window: Any) -> dict[str, Any]:
        """A page, whose edges and nodes say the same."""
        found = self.ask(endpoint, world, **window).data
        connection = (found["user"] if self.of_user else found)[self.field]
        assert [edge["node"] for edge in connection["edges"]] == connection["nodes"]
        cursors = [edge["cursor"] for edge in connection["edges"]]
        assert connection["pageInfo"]["startCursor"] == (cursors[0] if cursors else None)
        assert connection["pageInfo"]["endCursor"] == (cursors[-1] if cursors else None)
        return connection


def _placed(numbers: range) -> list[dict[str, str]]:
    return [{"placedAt": time_of_number(number)} for number in numbers]


LISTS: Mapping[str, Listing] = {
    "U7": Listing("users", "createdAt", lambda _: [{"createdAt": at} for at in NEWEST]),
    "O2": Listing(
        "orders",
        "placedAt",
        lambda _: [*_placed(PAID)[::-1], *_placed(NUMBERS)[::-1]],
        of_user=True,
    ),
    "O8": Listing("ordersByStatus", "placedAt", lambda _: _placed(PAID), arguments="status: PAID,"),
    "O11": Listing(
        "recentOrders", "placedAt", lambda _: [*_placed(PAID)[::-1], *_placed(NUMBERS)[::-1]]
    ),
    "I2": Listing(
        "invoices",
        "number",
        lambda _: [{"number": f"A-{n}"} for n in [*PAID[::-1], *NUMBERS[::-1]]],
    ),
    "I2 by status": Listing(
        "invoices",
        "number status",
        lambda _: [{"number": f"A-{n}", "status": "OPEN"} for n in NUMBERS[::-1]],
        arguments="status: OPEN,",
    ),
    "I5": Listing(
        "topCustomers",
        "spend { amount }",
        lambda _: [{"spend": {"amount": 1_000_000 + n}} for n in NUMBERS[::-1]],
        arguments='currency: "EUR",',
    ),
}


@pytest.fixture(params=LISTS)
def listing(request: pytest.FixtureRequest) -> Listing:
    return LISTS[request.param]


def test_pages_forward_have_everything_once(
    world: World, endpoint: Instance, listing: Listing
) -> None:
    wanted, found, cursor = listing.items(world), list[Any](), None
    while True:
        page = listing.page(endpoint, world, first=3, after=cursor)
        assert page["pageInfo"]["hasPreviousPage"] is (cursor is not None)
        found += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            break
        assert len(page["nodes"]) == 3
        cursor = page["pageInfo"]["endCursor"]
    assert found == wanted
    assert listing.page(endpoint, world)["nodes"] == wanted
    end = listing.page(endpoint, world, first=5, after=page["pageInfo"]["endCursor"])
    assert (end["nodes"], end["pageInfo"]["hasNextPage"]) == ([], False)


def test_pages_backward_have_everything_once(
    world: World, endpoint: Instance, listing: Listing
) -> None:
    wanted, found, cursor = listing.items(world), list[Any](), None
    while True:
        page = listing.page(endpoint, world, last=3, before=cursor)
        assert page["pageInfo"]["hasNextPage"] is (cursor is not None)
        found = page["nodes"] + found
        if not page["pageInfo"]["hasPreviousPage"]:
            break
        assert len(page["nodes"]) == 3
        cursor = page["pageInfo"]["startCursor"]
    assert found == wanted
    # A cursor of one direction is good for the other.
    (middle,) = listing.page(endpoint, world, first=3)["edges"][1:2]
    assert listing.page(endpoint, world, last=5, before=middle["cursor"])["nodes"] == wanted[:1]


WINDOWS: list[dict[str, Any]] = [
    {"first": 2, "last": 2},
    {"first": 0},
    {"last": 0},
    {"first": -1},
    {"first": 101},
    {"last": 101},
    {"last": 2, "after": "x"},
    {"first": 2, "before": "x"},
    {"before": "x"},
    {"after": "x", "before": "x"},
    {"after": ""},
    {"after": "x"},
    {"after": "\N{GREEK SMALL LETTER ALPHA}"},
    {"after": "A" * 20_000},
    {"last": 2, "before": "AAAA"},
]


@pytest.mark.parametrize("window", WINDOWS, ids=repr)
@pytest.mark.parametrize("world", [3], indirect=True, ids=["three-shards"])
def test_a_wrong_window_is_refused_before_a_call(
    installation: Installation, world: World, endpoint: Instance, window: dict[str, Any]
) -> None:
    for listing in LISTS.values():
        answer = listing.ask(endpoint, world, **window)
        assert answer.codes == ["BAD_USER_INPUT"], listing
        assert answer.operations == ["GetItem"] * listing.of_user


def test_a_hundred_are_given(world: World, endpoint: Instance, listing: Listing) -> None:
    assert listing.page(endpoint, world, first=100)["nodes"] == listing.items(world)
    assert listing.page(endpoint, world, last=100)["nodes"] == listing.items(world)


@pytest.mark.parametrize("world", [3], indirect=True, ids=["three-shards"])
def test_a_cursor_is_good_for_its_own_list_only(
    installation: Installation, world: World, endpoint: Instance
) -> None:
    twin = World(installation, world.shards)
    others = {
        **LISTS,
        "O2 in a range": Listing(
            "orders",
            "placedAt",
            lambda _: [],
            arguments=f'since: "{time_of_number(0)}",',
            of_user=True,
        ),
        "O8 of another status": Listing(
            "ordersByStatus", "placedAt", lambda _: [], arguments="status: PLACED,"
        ),
        "O8 in a range": Listing(
            "ordersByStatus",
            "placedAt",
            lambda _: [],
            arguments=f'status: PAID, until: "{time_of_number(999)}",',
        ),
        "I2 by another status": Listing(
            "invoices", "number", lambda _: [], arguments="status: VOID,"
        ),
        "I5 in another currency": Listing(
            "topCustomers", "spend { amount }", lambda _: [], arguments='currency: "USD",'
        ),
    }
    for name, own in LISTS.items():
        cursor = own.page(endpoint, world, first=3)["pageInfo"]["endCursor"]
        assert own.page(endpoint, world, after=cursor)["nodes"] == own.items(world)[3:]
        for other, listing in others.items():
            if other != name:
                answer = listing.ask(endpoint, world, after=cursor)
                assert answer.codes == ["BAD_USER_INPUT"], (name, other)
        assert own.ask(endpoint, twin, after=cursor).codes == ["BAD_USER_INPUT"]
        altered = cursor[:30] + ("A" if cursor[30] != "A" else "B") + cursor[31:]
        for wrong in (altered, cursor[:-4], cursor + "AAAA", cursor.swapcase()):
            assert own.ask(endpoint, world, after=wrong).codes == ["BAD_USER_INPUT"]


@pytest.mark.parametrize("world", [3], indirect=True, ids=["three-shards"])
def test_orders_of_another_user_do_not_take_the_cursor(world: World, endpoint: Instance) -> None:
    listing = LISTS["O2"]
    cursor = listing.page(endpoint, world, first=3)["pageInfo"]["endCursor"]
    text = """query($id: ID!, $after: String) {
      user(id: $id) { orders(after: $after) { nodes { id } } } }"""
    other = id_of(user(world.tenant, id=id_of_number(1)))
    assert endpoint.ask(world.staff, text, id=other, after=cursor).codes == ["BAD_USER_INPUT"]
    assert endpoint.ask(world.staff, text, id=other).data["user"]["orders"]["nodes"] == []


RANGES = [
    'ordersByStatus(status: PAID, since: "2026-02-01T00:00:00Z", until: "2026-01-01T00:00:00Z")',
    'ordersByStatus(status: PAID, since: "2026-02-01")',
    'ordersByStatus(status: PAID, until: "9999-12-31T23:59:59-14:00")',
    'revenue(currency: "EUR", from: "2026-02", to: "2026-01")',
    'revenue(currency: "EUR", from: "2020-01", to: "2023-01")',
    'revenue(currency: "eur", from: "2026-01", to: "2026-01")',
    'topCustomers(currency: "EURO")',
]


@pytest.mark.parametrize("field", RANGES)
@pytest.mark.parametrize("world", [3], indirect=True, ids=["three-shards"])
def test_a_wrong_range_is_refused_before_a_call(
    world: World, endpoint: Instance, field: str
) -> None:
    shown = "total { net { amount } }" if field.startswith("revenue") else "nodes { __typename }"
    answer = endpoint.ask(world.staff, f"{{ {field} {{ {shown} }} }}")
    assert {*answer.codes} == {"BAD_USER_INPUT"}
    assert answer.operations == []


@pytest.mark.parametrize("world", [3], indirect=True, ids=["three-shards"])
def test_orders_of_a_user_take_a_range_that_is_one(world: World, endpoint: Instance) -> None:
    text = """query($id: ID!, $since: DateTime, $until: DateTime) {
      user(id: $id) { orders(since: $since, until: $until) { nodes { placedAt } } } }"""

    def asked(since: int, until: int) -> Answer:
        ends = {"since": time_of_number(since), "until": time_of_number(until)}
        return endpoint.ask(world.customer, text, id=world.user_id, **ends)

    assert asked(5, 4).codes == ["BAD_USER_INPUT"]
    assert asked(4, 4).data["user"]["orders"]["nodes"] == []
    assert asked(4, 5).data["user"]["orders"]["nodes"] == _placed(range(4, 5))
