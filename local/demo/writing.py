"""One tenant's data, written as its members would write it, at the times that the plan says."""

from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx

from local.demo.pictures import VIEWS, picture
from local.demo.today import TODAY
from tenantql.accounts import users
from tenantql.accounts.model import Organisation, User
from tenantql.accounts.users import NewUser
from tenantql.commerce import (
    cancellation,
    carts,
    category_tree,
    checkout,
    favourites,
    fulfilments,
    images,
    loyalty,
    payments,
    products,
    refunds,
    reviews,
    sellers,
    spend,
    stocks,
)
from tenantql.commerce.carts import Addition, Shown
from tenantql.commerce.category_tree import NewCategory
from tenantql.commerce.checkout import Terms
from tenantql.commerce.fulfilments import Step
from tenantql.commerce.images import MAX_BYTES, ImageType
from tenantql.commerce.model import (
    ROOT,
    Address,
    Category,
    CustomerAccount,
    FulfilmentStatus,
    Invoice,
    Order,
    Product,
    Review,
)
from tenantql.commerce.products import NewProduct
from tenantql.commerce.refunds import Repayment
from tenantql.commerce.reviews import NewReview
from tenantql.commerce.sellers import NewSeller
from tenantql.commerce.shipping import Source
from tenantql.commerce.stocks import Adjustment
from tenantql.engine.context import Context
from tenantql.engine.rounds import Rounds
from tenantql.engine.ulids import ulid
from tenantql.table import calls
from tenantql.table.driving import drive
from tenantql.table.entity import Key, entity_of
from tenantql.table.errors import ConditionFailed
from tenantql.table.requests import BatchGet, Get, Request
from tenantql.table.transport import Transport
from tenantql.table.writes import Create
from tenantql.tenancy.admission import Admission, Admitted
from tenantql.tenancy.identity import Identity, Role
from tenantql.tenancy.policy import Level
from tenantql.tenancy.usage import Counts, adding

WRITER: Final = "demonstration"
"""Who made what nobody of the tenant did."""

DESCRIPTION: Final = "Made by hand, sent the same day."

CITIES: Final = (("Lisbon", "PT"), ("Hamburg", "DE"), ("Boston", "US"), ("Lyon", "FR"))
"""Where customers live, with the country."""


USAGE_DAYS: Final = 14
SATURDAY: Final = 5


class Writing:
    """Writes with the tenant's own credentials. Everything is known by its position in the plan."""

    def __init__(self, tenant: str, admit: Admission, transport: Transport) -> None:
        self._tenant = tenant
        self._admit = admit
        self._transport = transport
        self._people: list[User] = []
        self._categories: list[Category] = []
        self._products: list[Product] = []
        self._warehouses: dict[str, str] = {}
        self._orders: dict[int, Key] = {}
        self._invoices: dict[int, Key] = {}
        self._customers: dict[int, str] = {}
        self._http = httpx.Client(trust_env=False)

    def organisation(
        self, name: str, currency: str, time_zone: str, founded: datetime
    ) -> Organisation:
        """The tenant, as its members see it."""
        audit = self._context(WRITER, Role.ADMIN, founded).audit()
        made = Organisation(**audit, name=name, currency=currency, time_zone=time_zone)
        for days in range(USAGE_DAYS):
            self._run(adding(self._tenant, _usage(days), TODAY - timedelta(days=days)))
        self._run(Create(made))
        return made

    def person(
        self,
        *,
        name: str,
        username: str,
        email: str,
        role: str,
        created_at: str,
        randomness: int,
    ) -> User:
        """A user, made by an administrator."""
        context = self._context(WRITER, Role.ADMIN, moment(created_at), randomness)
        new = NewUser(email=email, username=username, display_name=name, roles=[Role(role)])
        user = self._drive(users.create(context, new))
        self._people.append(user)
        if Role(role) is Role.SELLER:
            seller = NewSeller(user=user.id, name=f"{name}'s shop", description=DESCRIPTION)
            self._drive(sellers.make(context, seller, None))
        return user

    def category(
        self, *, name: str, parent: int | None, created_at: str, randomness: int
    ) -> Category:
        """A category, made by an administrator."""
        context = self._context(WRITER, Role.ADMIN, moment(created_at), randomness)
        above = ROOT if parent is None else self._categories[parent].id
        new = NewCategory(name=name, parent=above)
        made = self._drive(category_tree.create(context, new, None))
        self._categories.append(made)
        return made

    def product(
        self,
        *,
        title: str,
        description: str,
        seller: int,
        price: int,
        currency: str,
        category: int,
        stock: Mapping[str, int],
        created_at: str,
        randomness: int,
    ) -> Product:
        """A product, made and stocked by its seller."""
        context = self._context(
            self._people[seller].id, Role.SELLER, moment(created_at), randomness
        )
        new = NewProduct(
            title=title,
            description=description,
            price=price,
            currency=currency,
            category=self._categories[category].id,
        )
        product = self._drive(products.create(context, new, None))
        for warehouse, pieces in stock.items():
            adjustment = Adjustment(warehouse=warehouse, by=pieces)
            self._drive(stocks.adjust(context, product.id, adjustment, None))
        if context.uploads.bucket is not None:
            views = enumerate(VIEWS, start=1)
            keys = [self._upload(context, number, picture(title, view)) for number, view in views]
            product = self._drive(images.show(context, product.id, tuple(keys), None)) or product
        self._products.append(product)
        self._warehouses[product.id] = max(stock, key=lambda warehouse: stock[warehouse])
        return product

    def _upload(self, context: Context, number: int, content: bytes) -> str:
        """The key of an image, uploaded with a form as a browser would.

        The key is of the plan's time, and the form of this moment: its life is short.
        """
        id = context.new_id(context.now + timedelta(milliseconds=number))
        name, now = f"{id}.png", datetime.now(UTC)
        form = context.uploads.form(name, ImageType.PNG, MAX_BYTES, now)
        file = {"file": (name, content)}
        self._http.post(form.url, data=form.fields, files=file).raise_for_status()
        return form.fields["key"]

    def review(self, *, product: int, customer: int, rating: int, text: str, at: str) -> Review:
        """What a customer thinks of a product."""
        author = self._people[customer]
        new = NewReview(
            product=self._products[product].id,
            rating=rating,
            author=author.display_name.split()[0],
            text=text,
        )
        context = self._context(author.id, Role.CUSTOMER, moment(at))
        return self._drive(reviews.add(context, new, None))

    def fill_cart(self, *, customer: int, lines: Sequence[Mapping[str, int]]) -> None:
        """Puts pieces into a customer's cart. It is of this moment: a cart's life is short."""
        context = self._context(self._people[customer].id, Role.CUSTOMER, datetime.now(UTC))
        for line in lines:
            product = self._products[line["product"]]
            self._drive(
                carts.add(
                    context,
                    Addition(product.id, line["quantity"], Shown(product.price, product.currency)),
                )
            )

    def order(
        self,
        position: int,
        *,
        customer: int,
        lines: Sequence[Mapping[str, int]],
        at: str,
        randomness: int,
    ) -> Order:
        """An order, placed by the customer."""
        self.fill_cart(customer=customer, lines=lines)
        subject = self._people[customer].id
        context = self._context(subject, Role.CUSTOMER, moment(at), randomness)
        terms = Terms(address=self._home(customer))
        order = self._drive(checkout.check_out(context, f"{WRITER} {position}", terms))
        self._orders[position] = entity_of(Order).key_of(order)
        self._drive(favourites.add(context, self._products[lines[0]["product"]].id))
        self._customers[position] = subject
        self._invoices[position] = entity_of(Invoice).key(
            tenant=order.tenant, shard=order.invoice_shard, issued_at=order.placed_at, id=order.id
        )
        return order

    def pay(self, position: int, *, at: str) -> None:
        """Pays an order's invoice, as staff does when the money has come."""
        key = self._invoices[position]
        self._entering(position, payments.pay(self._staff(at), key, None))

    def fulfil(self, position: int, *, steps: Sequence[str], at: str) -> None:
        """Packs and ships an order, as staff may; of several sellers the first is a step ahead."""
        order = self._run(Get(Order, self._orders[position]))
        assert order is not None, "an order that was placed is there"
        for number, seller in enumerate(sorted(order.sellers)):
            for name in steps[:-1] if number else steps:
                self._drive(
                    fulfilments.advance(self._staff(at), self._step(order, seller, name), None)
                )

    def _step(self, order: Order, seller: str, name: str) -> Step:
        key, status = fulfilments.key_of(order, seller), FulfilmentStatus(name)
        if status is not FulfilmentStatus.SHIPPED:
            return Step(fulfilment=key, status=status)
        lines = [line for line in order.lines if line.seller == seller]
        sources = tuple(
            Source(
                product=line.product,
                warehouse=self._warehouses[line.product],
                quantity=line.quantity,
            )
            for line in lines
        )
        return Step(
            fulfilment=key, status=status, sources=sources, tracking=f"TQ{order.number[-6:]}"
        )

    def cancel(self, position: int, *, at: str) -> None:
        """Cancels an order that nobody has paid, as staff does."""
        self._drive(cancellation.cancel(self._staff(at), self._orders[position], None))

    def refund(self, position: int, *, amount: int, at: str) -> None:
        """Gives back money of an order, as staff does."""
        key = self._invoices[position]
        repayment = Repayment(invoice=key, amount=amount)
        key = f"{WRITER} {position}"
        self._entering(position, refunds.refund(self._staff(at), repayment, key))

    def _home(self, customer: int) -> Address:
        city, country = CITIES[customer % len(CITIES)]
        name = self._people[customer].display_name
        return Address(name=name, street=f"{customer} Harbour Street", city=city, country=country)

    def _entering(self, position: int, work: Coroutine[Any, Any, Any]) -> None:
        """Enters the points that a payment or refund moves, as the stream does later on."""
        account = loyalty.account_of(self._tenant, self._customers[position])
        before = self._run(account)
        self._drive(work)
        after = self._run(account)
        entry = None if after is None else loyalty.entry_of(before, after)
        if entry is not None:
            with suppress(ConditionFailed):
                self._run(Create(entry))

    def rank(self, customers: Sequence[int]) -> None:
        """Puts customers into the list of those who spent most, as the stream does later on."""
        entity = entity_of(CustomerAccount)
        keys = tuple(
            entity.key(tenant=self._tenant, customer=self._people[customer].id)
            for customer in customers
        )
        count = self._admitted(WRITER, Role.ADMIN).shards["spend"].write
        accounts = self._run(BatchGet(CustomerAccount, keys))
        for account in filter(None, accounts):
            for standing in spend.standings(account, count):
                # Where the stream is followed already, it may have been faster.
                with suppress(ConditionFailed):
                    self._run(standing)

    def _staff(self, at: str) -> Context:
        staff = next(user for user in self._people if Role.STAFF in user.roles)
        return self._context(staff.id, Role.STAFF, moment(at))

    def _context(self, subject: str, role: Role, now: datetime, randomness: int = 0) -> Context:
        """What a resolver would have, at another time, and with ids that have this randomness."""
        admitted = self._admitted(subject, role)
        right = admitted.right(Level.WRITE)
        return Context(
            Identity(self._tenant, subject, frozenset({role})),
            Rounds(self._transport, right.access),
            admitted.shards,
            now,
            lambda moment: ulid(moment, randomness),
            time_zone=admitted.time_zone,
            uploads=right.uploads,
        )

    def _admitted(self, subject: str, role: Role) -> Admitted:
        return self._admit(Identity(self._tenant, subject, frozenset({role})))

    def _drive[R](self, work: Coroutine[Any, Any, R]) -> R:
        return drive(work, self._run)

    def _run[R](self, request: Request[R]) -> R:
        access = self._admitted(WRITER, Role.ADMIN).right(Level.WRITE).access()
        return calls.run(self._transport, request, access)


def _usage(days: int) -> Counts:
    """What was asked for so many days ago: less at the weekend, and a little more every week."""
    weekday = (TODAY - timedelta(days=days)).weekday()
    requests = (240 if weekday >= SATURDAY else 900) - 11 * days
    return Counts(requests, days % 7, requests * 7, requests * 2, requests // 3, requests * 900)


def moment(text: str) -> datetime:
    """A time of the plan."""
    return datetime.fromisoformat(text)
