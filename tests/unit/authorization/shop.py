"""A small shop with one of everything, and the people who try what they may do in it."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final, cast

import msgspec

from local.authorization.matrix import Outcome, Person, Row
from tenantql.accounts.model import Organisation
from tenantql.commerce import fulfilments
from tenantql.commerce.cards import cards_of
from tenantql.commerce.model import (
    CategoryTree,
    CustomerAccount,
    Favourite,
    FulfilmentStatus,
    Invoice,
    InvoiceStatus,
    Line,
    LoyaltyEntry,
    Order,
    OrderStatus,
    PointsReason,
    Progress,
    RevenueMonth,
    Review,
    SellerDay,
    SellerProfile,
    StockMovement,
)
from tenantql.commerce.model.products import MovementKind
from tenantql.commerce.search import CATEGORIES, ORDERS, PRODUCTS
from tenantql.table import global_ids, unique
from tenantql.table.entity import entity_of
from tenantql.table.writes import Create
from tenantql.tenancy.identity import Identity, Role
from tenantql.tenancy.usage import UsageDay
from tests.unit.builders import AUDIT as TEXTS
from tests.unit.builders import invoice, organisation, user
from tests.unit.commerce.builders import (
    CUSTOMER,
    SELLER,
    cart,
    category,
    category_tree,
    id_of_number,
    order,
    product,
    spender,
    stock,
)

OTHER_CUSTOMER, OTHER_SELLER, PARTNER, CLERK, BOSS = (id_of_number(900 + n) for n in range(5))
"""The partner is the order's second seller, who asks nothing here."""

ELSEWHERE: Final = "elsewhere"

AUDIT: Final[dict[str, Any]] = {**TEXTS}

SUBJECTS: Final[Mapping[Person, tuple[str, Role]]] = {
    Person.CUSTOMER: (CUSTOMER, Role.CUSTOMER),
    Person.OTHER_CUSTOMER: (OTHER_CUSTOMER, Role.CUSTOMER),
    Person.SELLER: (SELLER, Role.SELLER),
    Person.OTHER_SELLER: (OTHER_SELLER, Role.SELLER),
    Person.STAFF: (CLERK, Role.STAFF),
    Person.ADMIN: (BOSS, Role.ADMIN),
}


def identity_of(person: Person, tenant: str) -> Identity:
    """A person of the shop; from elsewhere, the customer's namesake with every role."""
    if person is Person.ELSEWHERE:
        everything = frozenset(Role) - {Role.PLATFORM}
        return Identity(ELSEWHERE, CUSTOMER, everything, "token")
    subject, role = SUBJECTS[person]
    return Identity(tenant, subject, frozenset({role}), "token")


class SmallShop:
    """Its items, and the ids by which rows of the matrix name them."""

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant
        audit: dict[str, Any] = AUDIT | {"tenant": tenant}
        self.kitchen = category(tenant, id_of_number(800), name="Kitchen")
        self.pots = category(tenant, id_of_number(801), name="Pots", parent=self.kitchen.id)
        kept = {"category": self.kitchen.id, "category_name": "Kitchen"}
        reviewed = {"rating_sum": 5, "rating_count": 1}
        self.pan = product(tenant, id_of_number(1), title="Pan", **kept, **reviewed)
        self.kettle = product(tenant, id_of_number(2), title="Kettle", seller=PARTNER)
        self.review = Review(
            **audit, product=self.pan.id, customer=CUSTOMER, rating=5, author="Ada"
        )
        self.order = self._order(1)
        self.invoice = self._invoice_of(self.order)
        booked: dict[str, Any] = {"booked_day": "2026-11-21"}
        self.paid_order = self._order(
            2, status=OrderStatus.PAID, discount=500, points_redeemed=5, total=1500, **booked
        )
        self.paid = self._invoice_of(
            self.paid_order,
            status=InvoiceStatus.PAID,
            total=1500,
            paid_at=TEXTS["updated_at"],
            **booked,
        )
        self.people = {
            name: user(
                tenant,
                id=id,
                email=f"{name}@example.com",
                username=name,
                display_name=name.title(),
                roles=frozenset({role}),
            )
            for name, id, role in (
                ("customer", CUSTOMER, "customer"),
                ("stranger", OTHER_CUSTOMER, "customer"),
                ("seller", SELLER, "seller"),
                ("boss", BOSS, "admin"),
            )
        }
        self.parts = [
            fulfilments.part_of(order, seller)
            for order in (self.order, self.paid_order)
            for seller in sorted(order.sellers)
        ]
        self.profile = SellerProfile(**audit, seller=SELLER, name="Sel's")

    def _order(self, number: int, **changed: Any) -> Order:
        """An order of one piece of each seller's."""
        lines = tuple(
            Line(product=each.id, seller=each.seller, title=each.title, price=1000, quantity=1)
            for each in (self.pan, self.kettle)
        )
        sellers = frozenset(line.seller for line in lines)
        values: dict[str, Any] = {"total": 2000, **changed}
        pending = dict.fromkeys(sellers, Progress(status=FulfilmentStatus.PENDING))
        return order(
            self.tenant, number, lines=lines, sellers=sellers, fulfilments=pending, **values
        )

    def _invoice_of(self, of: Order, **changed: Any) -> Invoice:
        values: dict[str, Any] = {"total": of.total, **changed}
        return invoice(
            self.tenant,
            id=of.id,
            shard=of.invoice_shard,
            number=f"A-{of.number}",
            issued_at=of.placed_at,
            customer=of.customer,
            order_shard=of.shard,
            **values,
        )

    def items(self) -> Iterator[msgspec.Struct]:
        """Everything that is in its table."""
        audit: dict[str, Any] = AUDIT | {"tenant": self.tenant}
        organised: Organisation = organisation(self.tenant)
        tree: CategoryTree = category_tree(None, self.kitchen, self.pots)
        used = UsageDay(**audit, date="2026-11-20", requests=1)
        yield from (organised, self.kitchen, self.pots, tree, used)
        for each in self.people.values():
            # A user and what claims the address and the name.
            yield from (
                action.value for action in unique.creation(each) if isinstance(action, Create)
            )
        for each in (self.pan, self.kettle):
            pieces = stock(each, 5)
            yield from (each, msgspec.structs.replace(pieces, available=3, reserved=2))
            yield from cards_of(each, in_stock=True)
            yield from PRODUCTS.entries(each)
        yield from CATEGORIES.entries(self.kitchen)
        yield from (self.review, self.order, self.invoice, self.profile, *self.parts)
        yield from (self.paid_order, self.paid)
        yield from ORDERS.entries(self.order)
        yield cart(self.tenant, {self.pan.id: 1})
        yield Favourite(**audit, customer=CUSTOMER, product=self.pan.id)
        yield CustomerAccount(
            **audit, customer=CUSTOMER, orders={"PLACED": 1, "PAID": 1}, points=10
        )
        yield LoyaltyEntry(
            **audit,
            customer=CUSTOMER,
            number=1,
            points=10,
            balance=10,
            why=PointsReason.PAID,
            order=self.order.id,
            placed_at=self.order.placed_at,
        )
        spent = spender(self.tenant, 1)
        yield msgspec.structs.replace(spent, customer=CUSTOMER)
        paid: dict[str, Any] = {"days": {"21_paid": 7}, "paid": 7}
        yield RevenueMonth(**audit, shard="00", currency="EUR", month="2026-11", **paid)
        yield SellerDay(**audit, seller=SELLER, date=str(datetime.now(UTC).date()), orders=1)
        yield StockMovement(
            **audit,
            product=self.pan.id,
            number=1,
            kind=MovementKind.ADJUSTED,
            available=5,
            reserved=0,
        )

    def ids(self) -> dict[str, str]:
        """The global ids that rows name, by name."""
        part, paid_part = (part for part in self.parts if part.seller == SELLER)
        named = {
            **self.people,
            "organisation": organisation(self.tenant),
            "profile": self.profile,
            "product": self.pan,
            "category": self.kitchen,
            "leaf": self.pots,
            "review": self.review,
            "order": self.order,
            "invoice": self.invoice,
            "part": part,
            "paidOrder": self.paid_order,
            "paidInvoice": self.paid,
            "paidPart": paid_part,
            "kettle": self.kettle,
        }
        return {
            name: global_ids.encode(entity_of(type(item)), item) for name, item in named.items()
        }


def document(row: Row, ids: Mapping[str, str], kind: str) -> tuple[str, dict[str, str]]:
    """The operation that a row asks, and its variables."""
    used = {name: id for name, id in ids.items() if f"${name}" in row.ask}
    declared = ", ".join(f"${name}: ID!" for name in used)
    return f"{kind} {f'({declared})' if used else ''} {{ {row.ask} }}", used


def outcome(body: Mapping[str, Any]) -> Outcome:
    """What came of asking, by the response: of `it`, or of what stood in the way."""
    for error in body.get("errors", ()):
        return Outcome(error["extensions"]["code"])
    found = next(_named(body["data"]), None)
    match found:
        case None:
            return Outcome.NULL
        case {"userErrors": [problem, *_]}:
            return Outcome(problem["code"])
        case {"nodes": []} | []:
            return Outcome.EMPTY
        case _:
            return Outcome.YES


def _named(data: Any) -> Iterator[Any]:
    """Each `it` in an answer."""
    within: list[Any] = []
    match data:
        case dict():
            found = cast("dict[str, Any]", data)
            if "it" in found:
                yield found["it"]
            within = [*found.values()]
        case list():
            within = cast("list[Any]", data)
        case _:
            pass
    for each in within:
        yield from _named(each)
