"""What holds when all is quiet: when everything that the stream keeps has followed its sources."""

from collections import Counter, defaultdict
from typing import Any

from tenantql.accounts.model import User
from tenantql.accounts.tokens import RevokedTokens, copy_of
from tenantql.commerce.categories import lineage
from tenantql.commerce.model import (
    CardSet,
    Cart,
    Category,
    CategoryPath,
    CustomerAccount,
    Favourite,
    Fulfilment,
    LoyaltyEntry,
    Order,
    Product,
    Review,
    SellerProfile,
    Stock,
    StockMovement,
)
from tenantql.commerce.rebuilds import rebuilds
from tenantql.engine.carrying import Carry
from tenantql.engine.rebuilds import Watcher
from tenantql.table import calls
from tenantql.table.driving import drive
from tenantql.table.requests import Get
from tenantql.tenancy.revocation import revoked
from tenantql.tenancy.routing import RoutingRecord
from tests.crowd.cloud import Cloud
from tests.crowd.shelves import Shelves


class Rest:
    """Tests a tenant of whom no record is left to deliver."""

    def __init__(self, cloud: Cloud, shelves: Shelves) -> None:
        self._cloud = cloud
        self._shelves = shelves

    def check(self, route: RoutingRecord) -> None:
        """Asserts what must hold now."""
        tenant = route.tenant
        self._check_aggregates(route)
        self._check_products(tenant)
        self._check_journals(tenant)
        self._check_paths(tenant)
        self._check_orders(tenant)
        self._check_people(tenant)
        assert not self._shelves.all(tenant, Carry), "everything was carried to its end"

    def _run(self, tenant: str, work: Any) -> Any:
        access = self._cloud.access(tenant)
        return drive(work, lambda request: calls.run(self._cloud, request, access))

    def _check_aggregates(self, route: RoutingRecord) -> None:
        """The commands that compute them anew find nothing to mend."""
        for each in rebuilds:
            outcome = self._run(route.tenant, each.run(route, Watcher(), mend=False))
            assert outcome.agrees, (each.name, outcome.differences, outcome.moving)

    def _check_products(self, tenant: str) -> None:
        """Copies are as their sources; of what was taken off only what is reserved is left."""
        products = {each.id: each for each in self._shelves.all(tenant, Product)}
        stocks = {each.product: each for each in self._shelves.all(tenant, Stock)}
        assert products.keys() == stocks.keys()
        for id, product in products.items():
            stock = stocks[id]
            assert stock.active is (product.deleted_at is None)
            if not stock.active:
                assert stock.reserved, "nothing waits for it"
                continue
            shown = ("title", "price", "currency", "seller")
            assert [getattr(stock, n) for n in shown] == [getattr(product, n) for n in shown]
            assert stock.image == next(iter(product.images), None)
            category = product.category and self._shelves.get(
                Category, tenant=tenant, id=product.category
            )
            assert product.category_name == (category and category.name)
            profile = self._shelves.get(SellerProfile, tenant=tenant, seller=product.seller)
            seller = self._shelves.get(User, tenant=tenant, id=product.seller)
            assert product.seller_name == (profile.name if profile else seller.display_name)
        for kind in (Review, CardSet, StockMovement):
            beside: list[Any] = self._shelves.all(tenant, kind)
            orphans = [each for each in beside if each.product not in products]
            assert not orphans, orphans[0]

    def _check_journals(self, tenant: str) -> None:
        """Movements add up to the stock, entries to the points; each change is entered once."""
        sums: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for entry in self._shelves.all(tenant, StockMovement):
            sums[entry.product].update(available=entry.available, reserved=entry.reserved)
            sums[entry.product].update(entry.warehouses)
        for stock in self._shelves.all(tenant, Stock):
            there = {"available": stock.available, "reserved": stock.reserved, **stock.warehouses}
            assert +sums[stock.product] == +Counter(there), stock
        points: Counter[str] = Counter()
        last: dict[str, LoyaltyEntry] = {}
        for entry in self._shelves.all(tenant, LoyaltyEntry):
            points[entry.customer] += entry.points
            last[entry.customer] = max(
                entry, last.get(entry.customer, entry), key=lambda each: each.number
            )
            of = {"customer": entry.customer, "placed_at": entry.placed_at, "id": entry.order}
            assert self._shelves.get(Order, tenant=tenant, **of), "of an order that is there"
        for account in self._shelves.all(tenant, CustomerAccount):
            assert account.points == points.pop(account.customer, 0), account
            assert account.customer not in last or last[account.customer].balance == account.points
        assert not +points

    def _check_paths(self, tenant: str) -> None:
        """Each category has its path, and no other path is there."""
        categories = {each.id: each for each in self._shelves.all(tenant, Category)}
        parents = {each.id: each.parent for each in categories.values()}
        paths: dict[str, list[tuple[str, str]]] = {
            each.category: [(step.id, step.name) for step in each.steps]
            for each in self._shelves.all(tenant, CategoryPath)
        }
        assert paths == {
            id: [(each, categories[each].name) for each in lineage(parents, id)]
            for id in categories
        }

    def _check_orders(self, tenant: str) -> None:
        """What fulfilments repeat of their orders."""
        for part in self._shelves.all(tenant, Fulfilment):
            of = {"customer": part.customer, "placed_at": part.placed_at, "id": part.order}
            order = self._shelves.get(Order, tenant=tenant, **of)
            paid = order.booked_day is not None
            assert (part.order_status, part.order_paid) == (order.status, paid), part

    def _check_people(self, tenant: str) -> None:
        """Nobody who is gone has a cart or favourites; the authorizer knows what was revoked."""
        users = {each.id for each in self._shelves.all(tenant, User)}
        assert {each.customer for each in self._shelves.all(tenant, Cart)} <= users
        assert {each.customer for each in self._shelves.all(tenant, Favourite)} <= users
        access = self._cloud.revocations(tenant)
        for tokens in self._shelves.all(tenant, RevokedTokens):
            get: Get[Any] = revoked(tenant, tokens.subject)
            assert calls.run(self._cloud, get, access) == copy_of(tokens)
