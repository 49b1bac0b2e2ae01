"""A tenant in memory that sells and is paid, around its midnight."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from local.memory import Memory
from tenantql.commerce import checkout
from tenantql.commerce.model import Invoice
from tenantql.engine.context import Context
from tenantql.engine.rounds import Rounds
from tenantql.table import calls
from tenantql.table.driving import drive
from tenantql.table.entity import Key, entity_of
from tenantql.tenancy.identity import Role
from tenantql.tenancy.routing import ShardCount
from tests.unit.builders import access, identity, invoice
from tests.unit.commerce.books import Books
from tests.unit.commerce.builders import cart, id_of_number, product, stock

TENANT = "acme"
PRICE = 1000


@dataclass
class Till:
    """A tenant in memory, and the moments at which it is paid: around its midnight."""

    memory: Memory
    chance: Random
    time_zone: str
    shards: int

    def moment(self) -> datetime:
        """A time within seconds or hours of a midnight of the days to come."""
        zone = ZoneInfo(self.time_zone)
        # In the future, since keys of repetitions are good for a day of the clock.
        day = datetime.now(zone).date() + timedelta(days=2 + self.chance.randrange(40))
        away = self.chance.choice((timedelta(0), timedelta(milliseconds=1), timedelta(hours=9)))
        midnight = datetime.combine(day, time(), zone).astimezone(UTC)
        return midnight + self.chance.choice((-1, 1)) * away

    def context(self, subject: str = "clerk", write: int | None = None) -> Context:
        shards = {"revenue": ShardCount(read=self.shards, write=write or self.shards)}
        rounds = Rounds(self.memory, access)
        who = identity(Role.STAFF, tenant=TENANT, subject=subject)
        return Context(who, rounds, shards, self.moment(), time_zone=self.time_zone)

    def answer(self, request: Any) -> Any:
        return calls.run(self.memory, request, access())

    def order(self, number: int) -> Key:
        """The key of the invoice of a new order, by one of a few customers."""
        customer = id_of_number(number % 7)
        made = product(TENANT, id_of_number(number), price=PRICE, currency=self.currency(number))
        quantities = {made.id: 1 + number % 3}
        self.memory.add(made, stock(made, 5))
        self.memory.add(cart(TENANT, quantities, customer, currency=made.currency))
        found = drive(checkout.check_out(self.context(customer), str(number)), self.answer)
        return entity_of(Invoice).key(
            tenant=TENANT, shard=found.invoice_shard, issued_at=found.placed_at, id=found.id
        )

    def bill(self, number: int) -> Key:
        """The key of a new invoice without an order."""
        made = invoice(TENANT, id=id_of_number(number), customer=id_of_number(number % 5))
        self.memory.add(made)
        return entity_of(Invoice).key_of(made)

    @staticmethod
    def currency(number: int) -> str:
        return "EUR" if number % 3 else "JPY"

    def books(self) -> Books:
        return Books.of(self.memory.items.values())
