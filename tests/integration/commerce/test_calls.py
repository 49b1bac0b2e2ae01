"""What each pattern costs: the catalogue's number of calls, with one shard and with several."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tenantql.commerce.model import RevenueMonth, RevenueTotal
from tenantql.tenancy.identity import Identity
from tests.integration.commerce.shop import ADD, ADJUST, CHECKOUT, PAY, PRODUCT, REFUND, Shop
from tests.integration.commerce.world import World
from tests.integration.installation import Installation, Instance, id_of
from tests.unit.commerce.builders import AUDIT, SELLER, id_of_number, profile_id, time_of_number

MONEY = "{ amount currency }"
EUR = {"currency": "EUR"}


@dataclass(frozen=True)
class Read:
    """A query, what it answers, and its calls: those of what it hangs on, then its own."""

    text: str
    answer: Callable[[World], Any]
    operation: str
    index: str | None = None
    consistent: bool = False
    a_shard: bool = False
    first: tuple[str, ...] = ()
    variables: Callable[[World], dict[str, Any]] = lambda _world: {}
    who: Callable[[World], Identity] = lambda world: world.staff


def _id(of: Callable[[World], Any]) -> Callable[[World], dict[str, Any]]:
    return lambda world: {"id": id_of(of(world))}


READS: Mapping[str, Read] = {
    "U7": Read(
        "{ users(first: 2) { nodes { username } pageInfo { hasNextPage } } }",
        lambda _: {
            "nodes": [{"username": "user5"}, {"username": "user4"}],
            "pageInfo": {"hasNextPage": True},
        },
        "Query",
        index="GSI3",
        a_shard=True,
    ),
    "O2": Read(
        "query($id: ID!) { user(id: $id) { orders(first: 1) { nodes { status placedAt } } } }",
        lambda _: {"orders": {"nodes": [{"status": "PAID", "placedAt": time_of_number(106)}]}},
        "Query",
        consistent=True,
        first=("GetItem",),
        variables=lambda world: {"id": world.user_id},
        who=lambda world: world.customer,
    ),
    "O2 by itself": Read(
        "query($id: ID!) { orders(userId: $id, first: 1) { nodes { status placedAt } } }",
        lambda _: {"nodes": [{"status": "PAID", "placedAt": time_of_number(106)}]},
        "Query",
        consistent=True,
        variables=lambda world: {"id": world.user_id},
    ),
    "O2 of oneself": Read(
        "{ orders(first: 1) { nodes { status placedAt } } }",
        lambda _: {"nodes": [{"status": "PAID", "placedAt": time_of_number(106)}]},
        "Query",
        consistent=True,
        who=lambda world: world.customer,
    ),
    "O2 in a range": Read(
        f"""query($id: ID!) {{ user(id: $id) {{ orders(
          since: "{time_of_number(2)}", until: "{time_of_number(4)}") {{ nodes {{ placedAt }} }}
        }} }}""",
        lambda _: {"orders": {"nodes": [{"placedAt": time_of_number(n)} for n in (3, 2)]}},
        "Query",
        consistent=True,
        first=("GetItem",),
        variables=lambda world: {"id": world.user_id},
    ),
    "O3": Read(
        f"""query($id: ID!) {{ order(id: $id) {{
          number status lines {{ title quantity price {MONEY} }} total {MONEY} }} }}""",
        lambda _: {
            "number": id_of_number(3)[-10:],
            "status": "PLACED",
            "lines": [{"title": "Kettle", "quantity": 1, "price": {"amount": 1250, **EUR}}],
            "total": {"amount": 1250, **EUR},
        },
        "GetItem",
        consistent=True,
        variables=_id(lambda world: world.order(3)),
    ),
    "O8": Read(
        "{ ordersByStatus(status: PLACED, first: 2) { nodes { placedAt status } } }",
        lambda _: {"nodes": [{"placedAt": time_of_number(n), "status": "PLACED"} for n in (0, 1)]},
        "Query",
        index="GSI1",
        a_shard=True,
    ),
    "O8 in a range": Read(
        f"""{{ ordersByStatus(status: PAID, since: "{time_of_number(102)}",
          until: "{time_of_number(104)}") {{ nodes {{ placedAt }} }} }}""",
        lambda _: {"nodes": [{"placedAt": time_of_number(n)} for n in (102, 103)]},
        "Query",
        index="GSI1",
        a_shard=True,
    ),
    "O11": Read(
        "{ recentOrders(first: 3) { nodes { placedAt status } pageInfo { hasNextPage } } }",
        lambda _: {
            "nodes": [{"placedAt": time_of_number(n), "status": "PAID"} for n in (106, 105, 104)],
            "pageInfo": {"hasNextPage": True},
        },
        "Query",
        index="GSI2",
        a_shard=True,
    ),
    "I1": Read(
        f"query($id: ID!) {{ invoice(id: $id) {{ number status total {MONEY} }} }}",
        lambda _: {"number": "A-2", "status": "OPEN", "total": {"amount": 1250, **EUR}},
        "GetItem",
        consistent=True,
        variables=_id(lambda world: world.invoice(2)),
    ),
    "I2": Read(
        "{ invoices(first: 2) { nodes { number status } } }",
        lambda _: {"nodes": [{"number": f"A-{n}", "status": "VOID"} for n in (106, 105)]},
        "Query",
        consistent=True,
        a_shard=True,
    ),
    "I2 by status": Read(
        "{ invoices(status: OPEN, first: 2) { nodes { number status } } }",
        lambda _: {"nodes": [{"number": f"A-{n}", "status": "OPEN"} for n in (6, 5)]},
        "Query",
        index="GSI1",
        a_shard=True,
    ),
    "I4": Read(
        """{ revenue(currency: "EUR", from: "2026-11", to: "2026-11") {
          total { net { amount } } months { month sums { paid { amount } refunded { amount } } }
          days { day sums { net { amount } } } } }""",
        lambda world: {
            "total": {"net": {"amount": 127 * world.shards}},
            "months": [
                {
                    "month": "2026-11",
                    "sums": {
                        "paid": {"amount": 150 * world.shards},
                        "refunded": {"amount": 30 * world.shards},
                    },
                }
            ],
            "days": [
                {"day": "2026-11-02", "sums": {"net": {"amount": 50 * world.shards}}},
                {"day": "2026-11-21", "sums": {"net": {"amount": 70 * world.shards}}},
            ],
        },
        "Query",
        consistent=True,
        a_shard=True,
    ),
    "I5": Read(
        f'{{ topCustomers(currency: "EUR", first: 2) {{ nodes {{ spend {MONEY} }} }} }}',
        lambda _: {"nodes": [{"spend": {"amount": 1_000_000 + n, **EUR}} for n in (6, 5)]},
        "Query",
        index="GSI1",
        a_shard=True,
    ),
    "P4": Read(
        f"query($id: ID!) {{ product(id: $id) {{ title price {MONEY} }} }}",
        lambda _: {"title": "Kettle", "price": {"amount": 1000, **EUR}},
        "GetItem",
        consistent=True,
        variables=_id(lambda world: world.product),
        who=lambda world: world.customer,
    ),
    "P8": Read(
        """query($id: ID!) { product(id: $id) {
          stock { available reserved warehouses { warehouse quantity } } } }""",
        lambda _: {
            "stock": {
                "available": 5,
                "reserved": 0,
                "warehouses": [{"warehouse": "berlin", "quantity": 5}],
            }
        },
        "GetItem",
        consistent=True,
        first=("GetItem",),
        variables=_id(lambda world: world.product),
    ),
    "P8 by itself": Read(
        "query($id: ID!) { stock(productId: $id) { available warehouses { quantity } } }",
        lambda _: {"available": 5, "warehouses": [{"quantity": 5}]},
        "GetItem",
        consistent=True,
        variables=_id(lambda world: world.product),
    ),
    "P9": Read(
        f"""{{ sellerDashboard(days: 3) {{ products pending packed shipped delivered cancelled
          total {{ orders pieces sales {MONEY} }}
          days {{ day figures {{ orders pieces sales {MONEY} }} }} }} }}""",
        lambda world: {
            "products": 2,
            "pending": 3,
            "packed": 0,
            "shipped": 0,
            "delivered": 9,
            "cancelled": 1,
            "total": {
                "orders": 13,
                "pieces": 20,
                "sales": [{"amount": 4000, **EUR}, {"amount": 50, "currency": "USD"}],
            },
            "days": [
                {
                    "day": day,
                    "figures": {"orders": 1, "pieces": n, "sales": [{"amount": 10 * n, **EUR}]},
                }
                for n, day in enumerate(world.days[:2], 1)
            ],
        },
        "Query",
        who=lambda world: world.seller,
    ),
    "P9 of another": Read(
        "query($id: ID!) { sellerDashboard(sellerId: $id, days: 1) { products days { day } } }",
        lambda world: {"products": 2, "days": [{"day": world.days[0]}]},
        "Query",
        variables=lambda world: {"id": profile_id(world.tenant)},
    ),
    "C1": Read(
        f"{{ cart {{ lines {{ quantity price {MONEY} }} total {MONEY} }} }}",
        lambda _: {
            "lines": [{"quantity": 2, "price": {"amount": 1000, **EUR}}],
            "total": {"amount": 2000, **EUR},
        },
        "GetItem",
        consistent=True,
        who=lambda world: world.customer,
    ),
}


def _marked(names: Iterable[str]) -> list[Any]:
    """Each case with the row of the catalogue that its name begins with."""
    return [pytest.param(name, marks=pytest.mark.pattern(name.split()[0])) for name in names]


@pytest.mark.parametrize("pattern", _marked(READS))
def test_a_read_costs_what_the_catalogue_says(
    world: World, endpoint: Instance, pattern: str
) -> None:
    read = READS[pattern]
    answer = endpoint.ask(read.who(world), read.text, **read.variables(world))
    (found,) = answer.data.values()
    assert found == read.answer(world)
    own = world.shards if read.a_shard else 1
    assert answer.operations == [*read.first, *[read.operation] * own]
    assert answer.line["calls"] == len(read.first) + own
    assert answer.line["rounds"] == len(read.first) + 1
    # What it costs is said beforehand, whatever number of shards a list is spread over.
    assert answer.line["calls"] <= answer.line["cost"] * own
    for call in answer.calls[len(read.first) :]:
        assert call.parameters.get("IndexName") == read.index
        assert call.parameters.get("ConsistentRead", False) is read.consistent


@pytest.mark.parametrize("shards", [1, 3])
def test_a_write_costs_what_the_catalogue_says(
    installation: Installation, endpoint: Instance, shards: int
) -> None:
    shop = Shop(installation, endpoint, shards)

    def cost(who: Identity, text: str, **fields: Any) -> list[str]:
        answer = endpoint.ask(who, text, i=fields)
        (payload,) = answer.data.values()
        assert payload["userErrors"] == []
        assert answer.line["calls"] == len(answer.calls) <= answer.line["cost"]
        return answer.operations

    price = {"amount": 1250, "currency": "EUR"}
    for key in (None, "a"):
        made = cost(shop.seller, PRODUCT, title="Pan", price=price, idempotencyKey=key)
        assert made == ["TransactWriteItems"], "P5"
    product = shop.product(pieces=0)
    adjusted = cost(shop.seller, ADJUST, productId=product, warehouse="berlin", by=9)
    assert adjusted == ["UpdateItem"], "P7"
    assert cost(shop.customer, ADD, productId=product, price=price) == ["UpdateItem"], "C2"
    looked_up = cost(shop.customer, ADD, productId=product)
    assert looked_up == ["GetItem", "UpdateItem"], "P4 and C2"
    placed = cost(shop.customer, CHECKOUT, idempotencyKey="a")
    assert placed == ["GetItem", "BatchGetItem", "TransactWriteItems"], "C5, then O1"
    (order,) = shop.books().balance().orders
    assert order.sellers == {SELLER}
    invoice = shop.invoice_of({"id": id_of(order)})
    once: list[dict[str, str]] = [{}, {"idempotencyKey": "b"}]
    paid = cost(shop.staff, PAY, id=invoice, **once[shards == 1])
    assert paid == ["GetItem", "TransactWriteItems"], "I3"
    for key in "cd":
        given = cost(shop.staff, REFUND, id=invoice, amount=500, idempotencyKey=key)
        assert given == ["GetItem", "TransactWriteItems"], "I3"
    shop.books().balance()


def test_a_transaction_has_as_many_actions_as_the_data_model_says(shop: Shop) -> None:
    products = [shop.stocked(seller=seller) for seller in ("a", "a", "b")]
    shop.fill(*((product, 1) for product in products))
    answer = shop.instance.ask(shop.customer, CHECKOUT, i={"idempotencyKey": "a"})
    assert len(answer.calls[-1].parameters["TransactItems"]) == 5 + 3 + 2
    invoice = shop.invoice_of(answer.data["checkout"]["order"])
    paid = shop.instance.ask(shop.staff, PAY, i={"id": invoice, "idempotencyKey": "b"})
    assert len(paid.calls[-1].parameters["TransactItems"]) == 6
    shop.books().balance()


def test_revenue_reads_on_until_the_total(
    shop: Shop, installation: Installation, endpoint: Instance
) -> None:
    own: dict[str, Any] = {"tenant": shop.tenant, **AUDIT, "shard": "00", "currency": "EUR"}
    months = [f"{year}-{month:02d}" for year in range(2000, 2010) for month in range(1, 13)]
    installation.write(*(RevenueMonth(**own, month=month, paid=1) for month in months))
    installation.write(RevenueTotal(**own, paid=len(months)))
    text = """{ revenue(currency: "EUR", from: "2000-01", to: "2000-03") {
      total { paid { amount } } months { month } } }"""
    answer = endpoint.ask(shop.staff, text)
    assert answer.data["revenue"]["total"] == {"paid": {"amount": 120}}
    assert [each["month"] for each in answer.data["revenue"]["months"]] == months[:3]
    assert answer.operations == ["Query"]
