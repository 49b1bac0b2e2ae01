"""A tenant with some of everything, for the tests that only read."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tenantql.commerce.model import (
    InvoiceStatus,
    OrderStatus,
    Product,
    RevenueMonth,
    RevenueTotal,
    SellerDay,
    SellerTotal,
    Stock,
)
from tenantql.table.shards import shard_of
from tenantql.tenancy.identity import Identity, Role
from tests.integration.installation import Installation, id_of, member
from tests.unit.builders import invoice, user
from tests.unit.commerce.builders import (
    AUDIT,
    CUSTOMER,
    SELLER,
    cart,
    id_of_number,
    order,
    product,
    spender,
    stock,
    time_of_number,
)

COUNT = 7
"""How many of each: a page of three leaves one for the third."""


@dataclass
class World:
    """A tenant whose collections have so many shards."""

    installation: Installation
    shards: int
    tenant: str = ""
    product: Product = field(init=False)
    stock: Stock = field(init=False)

    def __post_init__(self) -> None:
        self.tenant = self.installation.new_tenant(shards=self.shards)
        self.product = product(self.tenant, id_of_number(1), title="Kettle")
        self.stock = stock(self.product, 5)
        write = self.installation.write
        write(self.product, self.stock, cart(self.tenant, {self.product.id: 2}))
        write(user(self.tenant, id=CUSTOMER, created_at=time_of_number(-1)))
        for number in range(COUNT - 1):
            write(self._user(number))
        for number in range(COUNT):
            write(self.order(number), self.invoice(number), self._spender(number))
            paid = OrderStatus.PAID
            write(order(self.tenant, 100 + number, self.shard(100 + number), status=paid))
            void = InvoiceStatus.VOID
            write(self.invoice(100 + number, status=void))
        for shard in range(self.shards):
            write(*self._revenue(f"{shard:02d}"))
        write(*self._statistics())

    @property
    def staff(self) -> Identity:
        return member(self.tenant, Role.STAFF)

    @property
    def customer(self) -> Identity:
        return member(self.tenant, Role.CUSTOMER, subject=CUSTOMER)

    @property
    def seller(self) -> Identity:
        return member(self.tenant, Role.SELLER, subject=SELLER)

    @property
    def user_id(self) -> str:
        """The global id of the customer."""
        return id_of(user(self.tenant, id=CUSTOMER))

    @property
    def days(self) -> list[str]:
        """The seller's days, the newest first: today, the day before, and one long ago."""
        today = datetime.now(UTC).date()
        return [str(today - timedelta(days=back)) for back in (0, 1, 40)]

    def shard(self, number: int) -> str:
        return shard_of(id_of_number(number), self.shards)

    def order(self, number: int) -> Any:
        return order(self.tenant, number, self.shard(number))

    def invoice(self, number: int, **changed: Any) -> Any:
        return invoice(
            self.tenant,
            id=id_of_number(number),
            shard=self.shard(number),
            number=f"A-{number}",
            issued_at=time_of_number(number),
            customer=CUSTOMER,
            **changed,
        )

    def _user(self, number: int) -> Any:
        return user(
            self.tenant,
            id=id_of_number(number),
            shard=self.shard(number),
            created_at=time_of_number(number),
            username=f"user{number}",
            email=f"{number}@example.com",
        )

    def _spender(self, number: int) -> Any:
        return spender(self.tenant, number, self.shard(number))

    def _statistics(self) -> tuple[Any, ...]:
        own: dict[str, Any] = {"tenant": self.tenant, **AUDIT, "seller": SELLER}
        parts = {"PENDING": 3, "DELIVERED": 9, "CANCELLED": 1}
        sales = {"EUR": 4000, "USD": 50, "JPY": 0}
        return (
            SellerTotal(**own, products=2, orders=13, pieces=20, fulfilments=parts, sales=sales),
            *(
                SellerDay(**own, date=day, orders=1, pieces=n, sales={"EUR": 10 * n})
                for n, day in enumerate(self.days, 1)
            ),
        )

    def _revenue(self, shard: str) -> tuple[Any, ...]:
        days = {"21_paid": 100, "21_refunded": 30, "02_paid": 50}
        sums: dict[str, Any] = {"paid": 150, "refunded": 30}
        own: dict[str, Any] = {"tenant": self.tenant, **AUDIT, "shard": shard, "currency": "EUR"}
        return (
            RevenueMonth(**own, month="2026-11", days=days, **sums),
            RevenueMonth(**own, month="2026-12", days={"01_paid": 7}, paid=7),
            RevenueTotal(**own, paid=157, refunded=30),
        )
