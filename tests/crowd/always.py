"""What holds at every moment, whoever is amid whatever: because it changes in one transaction."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from tenantql.accounts.model import User
from tenantql.commerce.categories import lineage
from tenantql.commerce.model import (
    ROOT,
    Category,
    CategoryTree,
    Product,
    Review,
    SellerProfile,
)
from tenantql.table.attributes import RawItem, encode_item
from tenantql.table.entity import declared, entity_of
from tenantql.table.planted import planted_keys
from tenantql.table.unique import UniqueClaim
from tests.crowd.shelves import Shelves
from tests.unit.commerce.books import Books

NEVER_NEGATIVE = (
    *("available", "reserved", "points", "refunded", "products", "count"),
    *("rating_sum", "rating_count", "points_earned", "points_redeemed", "quantity"),
)
DIFFERENCES = {"StockMovement", "LoyaltyEntry"}
PREFIXES = ("orders_", "spend_", "fulfilments_", "sales_", "q_")


def wrong_with(old: RawItem | None, new: RawItem | None) -> Iterator[str]:
    """What is wrong with one write, by the item before and after."""
    if new is None:
        return
    for name, value in new.items() if new["type"]["S"] not in DIFFERENCES else ():
        counted = name in NEVER_NEGATIVE or name.startswith(PREFIXES)
        if counted and "N" in value and int(value["N"]) < 0:
            yield f"{name} is {value['N']}"
    if planted_keys(new):
        yield "an index key of another tenant"
    if old is not None and old["DIRPK"] != new["DIRPK"]:
        yield "its place in the directory has changed"
    if new["type"]["S"] == "Stock":
        places = [int(each["N"]) for each in new["warehouses"]["M"].values()]
        if min(places, default=0) < 0:
            yield f"pieces in warehouses are {places}"
        if sum(places) != int(new["available"]["N"]) + int(new["reserved"]["N"]):
            yield "the warehouses do not add up"
    if new["type"]["S"] == "Invoice" and int(new["refunded"]["N"]) > int(new["total"]["N"]):
        yield "more was given back than was paid"


class Moments:
    """Tests a tenant at any moment. Items that were tested and have not changed are not again."""

    def __init__(self, shelves: Shelves) -> None:
        self._shelves = shelves
        self._tested: dict[int, RawItem] = {}

    def check(self, tenant: str, time_zone: str) -> None:
        """Asserts what must hold now."""
        self._check_form(tenant)
        names = ("Order", "Invoice", "Stock", "Fulfilment", "CustomerAccount")
        items = {
            name: self._shelves.all(tenant, declared()[name].item)
            for name in (*names, "RevenueMonth", "RevenueTotal")
        }
        Books(items).balance(time_zone)
        self._check_names(tenant)
        self._check_reviews(tenant)
        self._check_tree(tenant)

    def _check_form(self, tenant: str) -> None:
        """Every item is as its type writes it: so its index keys follow from what it says."""
        for name, entity in declared().items():
            for raw in self._shelves.raw(tenant, name):
                if self._tested.get(id(raw)) is raw:
                    continue
                made = encode_item(entity.attributes(entity.decode(raw)))
                assert _plain(raw) == _plain(made), raw
                self._tested[id(raw)] = raw

    def _check_names(self, tenant: str) -> None:
        """Each address and user name is claimed by who has it, and nothing else is claimed."""
        users: list[User] = self._shelves.all(tenant, User)
        owned = Counter(
            (attribute, value, each.id)
            for each in users
            for attribute, value in (("EMAIL", each.email_key), ("USERNAME", each.username_key))
        )
        user = entity_of(User)
        claims: list[UniqueClaim] = self._shelves.all(tenant, UniqueClaim)
        claimed = Counter(
            (each.attribute, each.value, str(user.pk.parse(each.owner_pk)["id"])) for each in claims
        )
        assert owned == claimed
        assert len({each.email_key for each in users}) == len(users)
        assert len({each.username_key for each in users}) == len(users)
        sellers = {each.id for each in users if "seller" in each.roles}
        profiles: list[SellerProfile] = self._shelves.all(tenant, SellerProfile)
        assert {each.seller for each in profiles} <= sellers

    def _check_reviews(self, tenant: str) -> None:
        """A product's stars are those of its reviews; a category counts each of its products."""
        stars: defaultdict[str, list[int]] = defaultdict(list)
        for review in self._shelves.all(tenant, Review):
            stars[review.product].append(review.rating)
        within: Counter[str] = Counter()
        products: list[Product] = self._shelves.all(tenant, Product)
        for product in products:
            own = stars[product.id]
            assert (product.rating_sum, product.rating_count) == (sum(own), len(own)), product.id
            within[product.category or ""] += 1
        categories: dict[str, Any] = {each.id: each for each in self._shelves.all(tenant, Category)}
        assert within.keys() <= {"", *categories}, "a product's category is there"
        assert all(each.products >= within[each.id] for each in categories.values())

    def _check_tree(self, tenant: str) -> None:
        """The tree is that of the categories, and each has a way to the root."""
        tree: CategoryTree | None = self._shelves.get(CategoryTree, tenant=tenant)
        parents = {each.id: each.parent for each in self._shelves.all(tenant, Category)}
        assert parents == (tree.parents if tree else {})
        assert len(parents) == (tree.count if tree else 0)
        for each in parents:
            way = lineage(parents, each)
            assert way[-1] == each
            assert parents[way[0]] == ROOT


def _plain(item: RawItem) -> RawItem:
    """An item without its place in the directory, and with its sets in an order."""
    return {
        name: {"SS": sorted(value["SS"])} if "SS" in value else value
        for name, value in item.items()
        if name != "DIRPK"
    }
