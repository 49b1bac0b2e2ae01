"""A tenant in memory, large where lists and trees are read, in which each flow is asked once."""

import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final

import msgspec
from aws_lambda_powertools import Logger

from benchmarks.day.cast import Cast
from benchmarks.day.mix import ADDRESS, FLOWS, Flow
from benchmarks.day.recording import Recorder
from benchmarks.memory import IssuingSts
from local.memory import Memory
from tenantql.accounts.consumers import consumers as of_accounts
from tenantql.commerce import search
from tenantql.commerce.consumers import consumers as of_commerce
from tenantql.commerce.model import (
    Address,
    Category,
    CustomerAccount,
    Favourite,
    Fulfilment,
    FulfilmentStatus,
    LoyaltyEntry,
    PointsReason,
    Product,
    RevenueMonth,
    RevenueTotal,
    Review,
    SellerDay,
    SellerProfile,
    SellerTotal,
)
from tenantql.engine.changes import Dispatcher, Record
from tenantql.engine.observation import Observation
from tenantql.engine.operations import Engine
from tenantql.engine.schema import PLATFORM_SCHEMA, TENANT_SCHEMA, bind_schema, read_schema
from tenantql.engine.service import Service
from tenantql.http.endpoint import Endpoint
from tenantql.table import calls
from tenantql.table.access import Credentials
from tenantql.table.entity import entity_of
from tenantql.tenancy import admission, revocation
from tenantql.tenancy.credentials import PlatformRole, TenantRole, Vendor
from tenantql.tenancy.identity import Identity, Role
from tenantql.tenancy.revocation import RevokedCopy, revocations_access
from tenantql.tenancy.routing import Routes
from tenantql.tenancy.uploads import Bucket
from tests.integration.installation import Runtime
from tests.unit.builders import TABLE, invoice, route, user
from tests.unit.commerce.builders import (
    AUDIT,
    cart,
    category,
    category_tree,
    id_of_number,
    order,
    product,
    spender,
    stock,
    time_of_number,
)
from tests.unit.http.events import posted
from tests.unit.schemas import SHIPPED

TENANT: Final = "acme"
CONTROL_TABLE: Final = "shop-control"
REGION: Final = "eu-central-1"

MANY: Final = 30
"""Entries of each list: more than a page."""

PRODUCTS: Final = 320
"""More than the 300 entries that a search for several words reads of each."""

PRODUCT_IDS: Final = tuple(id_of_number(number) for number in range(PRODUCTS))

CATEGORIES: Final = 1_000
"""The most that a tenant may have: the tree is read as a whole."""

MAKERS: Final = ("Ahorn", "Birke", "Cedar", "Drossel", "Elm", "Fichte", "Ginkgo", "Hazel")
SHOP: Final = "Pots and pans of Berlin"
DESCRIPTION: Final = (
    "A kettle of brushed steel for every kind of stove, induction included. The handle stays cool, "
    "the whistle is heard two rooms away, and the lid opens wide enough for a brush. "
) * 14
"""Some 2.4 KB: with its other attributes a product has 3 KB."""

_OWN: Final = Credentials("ASIAEXAMPLE", "s" * 40, "t")


class World:
    """A tenant's endpoint, the platform's and the stream, over one table in memory."""

    def __init__(self) -> None:
        self.recorder = Recorder(Memory(), CONTROL_TABLE)
        self.observed: Observation | None = None
        """The last request; None if it was no operation."""
        self._numbers = count(1)
        ids = {name: id_of_number(-1_000_000 - number) for number, name in enumerate("ABCDEF")}
        self.cast = Cast(
            tenant=TENANT,
            table=TABLE,
            customer=ids["A"],
            user=ids["B"],
            sellers=(ids["C"], ids["D"]),
            products=PRODUCT_IDS[:3],
            categories=tuple(id_of_number(5_000 + number) for number in range(3)),
        )
        sts: Any = IssuingSts()
        vendor = Vendor(TenantRole("arn:aws:iam::123456789012:role/t", REGION), lambda: sts)
        control = admission.control_access(CONTROL_TABLE, lambda: _OWN)
        routes = Routes(self.recorder, control)
        bucket = Bucket("images", REGION, "https://images.example")
        operators = Vendor(PlatformRole("arn:aws:iam::123456789012:role/p", REGION), lambda: sts)
        admit = admission.tenants(routes, vendor, bucket)
        platform = admission.operators(CONTROL_TABLE, lambda: _OWN, operators)
        engines = [_engine(TENANT_SCHEMA), _engine(PLATFORM_SCHEMA)]
        logger = Logger(service="day", stream=io.StringIO())
        self._tenants, self._operators = (
            Endpoint(Service(engine, admitted, self.recorder, logger), self._observe)
            for engine, admitted in zip(engines, (admit, platform), strict=True)
        )
        self._revocations = revocations_access(CONTROL_TABLE, lambda: _OWN)
        self._dispatcher = Dispatcher(
            [of_accounts, of_commerce],
            routes,
            vendor,
            self.recorder,
            self._revocations,
        )
        self._furnish()

    def ask(self, flow: Flow) -> Any:
        """Ask it; its one root field. Raises ValueError for an answer with errors."""
        self.cast.number = next(self._numbers)
        self.observed = None
        if not flow.operation:
            asked = revocation.revoked(TENANT, self.cast.customer)
            calls.run(self.recorder, asked, self._revocations(TENANT))
            return None
        who = self._identity(flow.role)
        event = posted(flow.text, variables=flow.variables(self.cast), identity=who)
        endpoint = self._operators if flow.role is Role.PLATFORM else self._tenants
        body: dict[str, Any] = json.loads(endpoint(event, Runtime())["body"])
        data: dict[str, Any] = body.get("data") or {}
        found: Any = next(iter(data.values()), None)
        problems = found.get("userErrors") if hasattr(found, "get") else None
        if "errors" in body or problems or not found:
            raise ValueError(f"{flow.name} is answered with {body}")
        return found

    def _observe(self, observed: Observation) -> None:
        self.observed = observed

    def settle(self) -> None:
        """Hands what was written to the stream's consumers, until they write nothing more."""
        while records := self.recorder.records:
            self.recorder.records = []
            batch = self._dispatcher.batch()
            for record in records:
                batch.take(record)
            for error in batch.finish().values():
                raise error

    def prepare(self, flow: Flow) -> None:
        """What must be there before `flow` can be asked."""
        if flow.row in _CART or flow.name in _ORDERED or flow.name in _PAID:
            self._fill_cart(1 if flow.name == "O1 last piece" else 1_000)
        elif flow.row in _GOODS:
            self._renew_products()
        if flow.name in _ORDERED or flow.name in _PAID:
            self._buy()
        if flow.name in _PAID:
            self._do("I3 pay")
        for earlier in _EARLIER.get(flow.name, ()):
            self._do(earlier)
        self.settle()

    def _do(self, name: str) -> Any:
        (flow,) = (flow for flow in FLOWS if flow.name == name)
        return self.ask(flow)

    def _buy(self) -> None:
        """An order of the cart; the cast has its ids from now on."""
        self.cast.order = self._do("O1")["order"]["id"]
        text = "query($id: ID!) { order(id: $id) { invoice { id } } }"
        self.cast.invoice = self._asked(Role.STAFF, text, id=self.cast.order)["invoice"]["id"]
        newest = self._asked(Role.SELLER, "{ fulfilments(first: 1) { nodes { id } } }")
        self.cast.part = newest["nodes"][0]["id"]

    def _asked(self, role: Role, text: str, **variables: Any) -> Any:
        event = posted(text, variables=variables, identity=self._identity(role))
        (found,) = json.loads(self._tenants(event, Runtime())["body"])["data"].values()
        return found

    def _identity(self, role: Role) -> Identity:
        tenant = None if role is Role.PLATFORM else TENANT
        subjects = {Role.CUSTOMER: self.cast.customer, Role.SELLER: self.cast.sellers[0]}
        return Identity(tenant, subjects.get(role, "somebody"), frozenset({role}), "jti-1")

    def _add(self, *values: msgspec.Struct) -> None:
        """Puts items in, of which the stream tells its consumers."""
        for value in values:
            item = entity_of(type(value)).encode(value)
            self.recorder.memory.put(item)
            event = f"made-{next(self._numbers)}"
            self.recorder.records.append(Record(event, TABLE, None, item))

    def _put(self, *values: msgspec.Struct) -> None:
        """Puts items in, of which nobody is told."""
        self.recorder.memory.add(*values)

    def _fill_cart(self, pieces: int) -> None:
        self._renew_products(pieces)
        self._put(cart(TENANT, dict.fromkeys(self.cast.products, 1), self.cast.customer))

    def _renew_products(self, pieces: int = 1_000) -> None:
        """The cast's products as they were; of the first one so many pieces."""
        for number in range(len(self.cast.products)):
            made = self._product(number)
            left = stock(made, 1_000 if number else pieces)
            # Movements are numbered by the version, and there is none of these numbers yet.
            version = 1_000 * next(self._numbers)
            self._put(made, msgspec.structs.replace(left, version=version))

    def _product(self, number: int) -> Product:
        seller = self.cast.sellers[number == 2]
        words = f"Steel kettle {MAKERS[number % len(MAKERS)]} {number}"
        images = tuple(f"{TENANT}/{id_of_number(9_000 + n)}.png" for n in range(4))
        made = product(TENANT, PRODUCT_IDS[number], title=words, description=DESCRIPTION)
        return msgspec.structs.replace(
            made,
            seller=seller,
            seller_name=SHOP,
            images=images,
            category=self.cast.categories[0],
            category_name="Kettles",
        )

    def _furnish(self) -> None:
        own: dict[str, Any] = {"tenant": TENANT, **AUDIT}
        memory, cast = self.recorder.memory, self.cast
        memory.add(route(TENANT))
        memory.add(
            RevokedCopy(
                tenant=TENANT,
                subject=cast.customer,
                created_at=AUDIT["created_at"],
                version=1,
                expires_at=2**33,
                token_ids=frozenset({"another"}),
            )
        )
        self._people(own)
        self._categories()
        for seller in cast.sellers:
            self._add(SellerProfile(**own, seller=seller, name=SHOP))
        for number in range(PRODUCTS):
            made = self._product(number)
            if number < MANY:
                self._add(made, stock(made, 1_000))
            else:
                # As the stream would have left them, but in no list: a page is full without.
                self._put(made, stock(made, 1_000), *search.PRODUCTS.entries(made))
        self.settle()
        self._histories(own)
        self.settle()

    def _people(self, own: Mapping[str, Any]) -> None:
        cast = self.cast
        people = [cast.customer, cast.user, *cast.sellers]
        people += [id_of_number(20_000 + number) for number in range(MANY)]
        for id in people:
            changed = {"id": id, "email": f"{id}@example.com", "username": f"user-{id}"}
            self._put(user(TENANT, **changed, created_at=time_of_number(0)))
        self._put(
            CustomerAccount(
                **own, customer=cast.customer, orders={"PLACED": MANY}, spend={"EUR": 100}, points=9
            )
        )

    def _categories(self) -> None:
        cast, made = self.cast, list[Category]()
        for number in range(CATEGORIES - len(cast.categories) - 10):
            id = id_of_number(6_000 + number)
            # Few at the top, then some 30 below each.
            parent = {} if number < MANY else {"parent": made[(number - MANY) // MANY].id}
            made.append(category(TENANT, id, name=f"Steel pots number {number}", **parent))
        first, second, third = cast.categories
        made.append(category(TENANT, first, name="Kettles"))
        made.append(category(TENANT, second, name="Teapots", parent=first))
        made.append(category(TENANT, third, name="Filters", parent=first))
        for number in range(7):
            id = id_of_number(8_000 + number)
            made.append(category(TENANT, id, name=f"Kettles of {number} litres", parent=first))
        self._put(category_tree(None, *made))
        # Of all of them the stream would read the whole tree, a thousand times.
        self._put(*made[: -2 * MANY])
        self._add(*made[-2 * MANY :])

    def _histories(self, own: Mapping[str, Any]) -> None:
        cast = self.cast
        address = Address(**{_ADDRESS.get(name, name): text for name, text in ADDRESS.items()})
        today = datetime.now(UTC).date()
        for number in range(MANY):
            made = order(TENANT, number, customer=cast.customer, address=address)
            lines = tuple(
                msgspec.structs.replace(made.lines[0], product=id, title=f"Steel kettle {number}")
                for id in cast.products
            )
            self._add(msgspec.structs.replace(made, lines=lines, sellers=frozenset(cast.sellers)))
            self._put(invoice(TENANT, id=made.id, issued_at=made.placed_at, address=address))
            self._put(spender(TENANT, number))
            self._put(
                Fulfilment(
                    **own,
                    seller=cast.sellers[0],
                    placed_at=made.placed_at,
                    order=made.id,
                    customer=cast.customer,
                    number=made.number,
                    status=FulfilmentStatus.PENDING,
                    lines=lines[:2],
                    subtotal=2500,
                    currency="EUR",
                    address=address,
                )
            )
            self._put(Favourite(**own, customer=cast.customer, product=PRODUCT_IDS[100 + number]))
            self._put(
                LoyaltyEntry(
                    **own,
                    customer=cast.customer,
                    number=1_000_000 + number,
                    points=1,
                    balance=number,
                    why=PointsReason.PAID,
                    order=made.id,
                    placed_at=made.placed_at,
                )
            )
            writer = id_of_number(20_000 + number)
            text = "It boils fast, and the handle stays cool. " * 8
            self._put(
                Review(
                    **own,
                    product=cast.products[0],
                    customer=writer,
                    rating=4,
                    author="Bela",
                    text=text,
                )
            )
            day = str(today - timedelta(days=number))
            sums: dict[str, Any] = {"orders": 3, "pieces": 9, "sales": {"EUR": 9_000}}
            self._put(*(SellerDay(**own, seller=id, date=day, **sums) for id in cast.sellers))
        totals: dict[str, Any] = {"orders": 3, "pieces": 9, "sales": {"EUR": 9_000}}
        self._put(*(SellerTotal(**own, seller=id, products=9, **totals) for id in cast.sellers))
        own_spend = msgspec.structs.replace(spender(TENANT, 0), customer=cast.customer)
        self._put(msgspec.structs.replace(own_spend, spend=100, source_version=0))
        books: dict[str, Any] = {**own, "shard": "00", "currency": "EUR"}
        days = {f"{day:02d}_paid": 1_000 for day in range(1, 29)}
        for month in range(1, 13):
            self._put(
                RevenueMonth(**books, month=f"{cast.year}-{month:02d}", days=days, paid=28_000)
            )
        self._put(RevenueTotal(**books, paid=336_000))


_ADDRESS: Final = {"postalCode": "postal_code"}
_GOODS: Final = frozenset({"P4", "P5", "P7", "P8", "P11"})
_CART: Final = frozenset({"C1", "C2", "C3", "C4", "C5", "O1"})
_ORDERED: Final = frozenset({"O3", "O4 unpaid", "I1", "I3 pay"})
_PAID: Final = frozenset({"O4 paid", "O5 pack", "O5 ship", "O5 deliver", "I3 refund", "I3 return"})
_EARLIER: Final[Mapping[str, tuple[str, ...]]] = {
    "O5 ship": ("O5 pack",),
    "O5 deliver": ("O5 pack", "O5 ship"),
    "U11 remove": ("U11 add",),
}


def _engine(name: str) -> Engine:
    return Engine(bind_schema(read_schema(name), SHIPPED[name]))
