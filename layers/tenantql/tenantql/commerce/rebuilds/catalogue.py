"""The catalogue: the tree of categories, names that are copied, and the lists of products."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec.structs

from tenantql.accounts.model import User
from tenantql.commerce import cards, categories, copies
from tenantql.commerce.model import (
    CardSet,
    Category,
    CategoryPath,
    CategoryTree,
    Product,
    ProductCard,
    SellerProfile,
    Step,
    Stock,
)
from tenantql.engine.rebuilds import Copies, Wanted, as_read, audit_of_now
from tenantql.table.entity import Item, Key, entity_of
from tenantql.table.requests import BatchGet, Get
from tenantql.tenancy.routing import RoutingRecord


async def _want_tree(
    route: RoutingRecord, trees: Mapping[Key, CategoryTree | None]
) -> dict[Key, Wanted]:
    """Every change of a category's place writes the tree, so its version stands for all of them."""
    ((key, tree),) = trees.items()
    found = (await categories.all_of_them(route.tenant, consistent=True)).items
    if not found and tree is None:
        return {key: Wanted()}
    parents = {each.id: each.parent for each in found}
    known = tree or CategoryTree(**audit_of_now(route.tenant))
    made = msgspec.structs.replace(known, parents=parents, count=len(parents))
    return {key: Wanted({key: made})}


async def _want_paths(
    route: RoutingRecord, sources: Mapping[Key, Category | None]
) -> dict[Key, Wanted]:
    """By what the categories say; names and places change with the tree's version."""
    key = categories.tree_key(route.tenant)
    tree = await Get(CategoryTree, key)
    found = (await categories.all_of_them(route.tenant, consistent=True)).items
    names = {each.id: each.name for each in found}
    parents = {each.id: each.parent for each in found}
    holds = (as_read(CategoryTree, key, tree),)
    version = 0 if tree is None else tree.version
    wanted: dict[Key, Wanted] = {}
    for source, category in sources.items():
        # A category is what the Query shows: what was listed a moment before may be gone.
        way = () if category is None else categories.lineage(parents, category.id)
        wanted[source] = Wanted(holds=holds)
        if category is not None and way:
            path = CategoryPath(
                **audit_of_now(route.tenant),
                category=category.id,
                steps=tuple(Step(id=each, name=names[each]) for each in way),
                tree_version=version,
            )
            wanted[source] = Wanted({entity_of(CategoryPath).key_of(path): path}, holds)
    return wanted


async def _want_names(
    _: RoutingRecord, products: Mapping[Key, Product | None]
) -> dict[Key, Wanted]:
    """As the stream fills them in; one that was taken off keeps those that it had."""
    of_category: dict[str | None, copies.Named] = {}
    of_seller: dict[str, copies.Named] = {}
    wanted: dict[Key, Wanted] = {}
    for key, product in products.items():
        wanted[key] = Wanted()
        if product is None or product.deleted_at is not None:
            continue
        if product.category not in of_category:
            of_category[product.category] = await copies.category_name(product)
        if product.seller not in of_seller:
            of_seller[product.seller] = await copies.seller_name(product)
        category, category_holds = of_category[product.category]
        seller, seller_holds = of_seller[product.seller]
        named = msgspec.structs.replace(product, category_name=category, seller_name=seller)
        wanted[key] = Wanted({key: named}, (*category_holds, *seller_holds))
    return wanted


async def _want_stock(
    _: RoutingRecord, products: Mapping[Key, Product | None]
) -> dict[Key, Wanted]:
    """Stock and product are made and deleted together, so nothing is made here."""
    stocks = await _beside(Stock, products)
    wanted: dict[Key, Wanted] = {}
    for key, product in products.items():
        stock = stocks[key]
        holds = (as_read(Product, key, product),)
        wanted[key] = Wanted(holds=holds)
        if product is not None and stock is not None:
            copied = msgspec.structs.replace(
                stock,
                seller=product.seller,
                title=product.title,
                price=product.price,
                currency=product.currency,
                image=next(iter(product.images), None),
                active=product.deleted_at is None,
            )
            wanted[key] = Wanted({entity_of(Stock).key_of(stock): copied}, holds)
    return wanted


async def _want_cards(
    _: RoutingRecord, products: Mapping[Key, Product | None]
) -> dict[Key, Wanted]:
    """A product's cards change one after another, each time with their set."""
    sets = await _beside(CardSet, products)
    stocks = await _beside(Stock, products)
    wanted: dict[Key, Wanted] = {}
    for key, product in products.items():
        stock, known = stocks[key], sets[key]
        made, made_set = cards.wanted(product, stock, known)
        items: list[Item] = [*made, *(() if made_set is None else (made_set,))]
        holds = (
            as_read(CardSet, _key_beside(CardSet, key), known),
            as_read(Product, key, product),
            as_read(Stock, _key_beside(Stock, key), stock),
        )
        wanted[key] = Wanted({entity_of(type(each)).key_of(each): each for each in items}, holds)
    return wanted


async def _beside[T: Item](kind: type[T], products: Mapping[Key, Any]) -> dict[Key, T | None]:
    """What stands beside each product in its item collection, by the product's key."""
    found = await BatchGet(kind, tuple(_key_beside(kind, key) for key in products))
    return dict(zip(products, found, strict=True))


def _key_beside(kind: type[Item], product: Key) -> Key:
    return Key(product.pk, entity_of(kind).sk.format({}))


def _category_of(path: CategoryPath) -> Key:
    return categories.key(path.tenant, path.category)


def _product_of(item: ProductCard | CardSet | Stock) -> Key:
    return entity_of(Product).key(tenant=item.tenant, id=item.product)


TREE: Final = Copies(
    "tree",
    "the shape of the tree of categories",
    CategoryTree,
    _want_tree,
    (CategoryTree,),
    parts=frozenset({CategoryTree}),
    besides=(Category,),
    only=categories.tree_key,
)

PATHS: Final = Copies(
    "paths",
    "the way to each category",
    Category,
    _want_paths,
    (CategoryPath,),
    {CategoryPath: _category_of},
    unsaid=frozenset({"tree_version"}),
)

NAMES: Final = Copies(
    "names",
    "names of categories and sellers that products show",
    Product,
    _want_names,
    (Product,),
    parts=frozenset({Product}),
    besides=(Category, SellerProfile, User),
)

STOCK: Final = Copies(
    "stock",
    "what stock repeats of its product",
    Product,
    _want_stock,
    (Stock,),
    parts=frozenset({Stock}),
)

CARDS: Final = Copies(
    "cards",
    "the lists that products are in",
    Product,
    _want_cards,
    (ProductCard, CardSet),
    {ProductCard: _product_of, CardSet: _product_of},
    parts=frozenset({CardSet}),
    besides=(Stock,),
)
