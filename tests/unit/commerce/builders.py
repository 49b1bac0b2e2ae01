"""Items of the shop, made without going through its mutations."""

from datetime import timedelta
from typing import Any

import msgspec

from tenantql.accounts.model import orderable
from tenantql.commerce.checkout import NUMBER_LENGTH
from tenantql.commerce.model import (
    Cart,
    Category,
    CategoryTree,
    CustomerSpend,
    Line,
    Order,
    OrderStatus,
    Product,
    Progress,
    SellerProfile,
    Stock,
)
from tenantql.commerce.orders import platform_shard
from tenantql.engine.ulids import ulid
from tenantql.table import global_ids
from tenantql.table.entity import entity_of, timestamp
from tests.unit.builders import AUDIT as TEXTS
from tests.unit.builders import NOW

AUDIT: dict[str, Any] = {**TEXTS}
SELLER = "01J00000000000000000000011"
CUSTOMER = "01J00000000000000000000012"


def profile_id(tenant: str, seller: str = SELLER) -> str:
    """The global id of a seller's profile, whether or not it is there."""
    return global_ids.naming(entity_of(SellerProfile), {"tenant": tenant, "seller": seller})


def id_of_number(number: int) -> str:
    """The id of the thing number so-and-so: one a second, the later the higher."""
    return ulid(NOW + timedelta(seconds=number), number)


def time_of_number(number: int) -> str:
    """When the thing number so-and-so was made."""
    return timestamp(NOW + timedelta(seconds=number))


def product(tenant: str, id: str, **changed: Any) -> Product:
    values: dict[str, Any] = {
        "title": f"Thing {id[-4:]}",
        "description": "",
        "seller": SELLER,
        "price": 1000,
        "currency": "EUR",
        **changed,
    }
    return Product(tenant=tenant, **AUDIT, id=id, **values)


def category(tenant: str, id: str, **changed: Any) -> Category:
    """A category at the top of the tree, if it is not said to be elsewhere."""
    values: dict[str, Any] = {"name": f"Category {id[-4:]}", **changed}
    values.setdefault("name_key", orderable(values["name"]))
    return Category(tenant=tenant, **AUDIT, id=id, **values)


def category_tree(of: CategoryTree | None, *added: Category, **changed: Any) -> CategoryTree:
    """The shape of a tree with categories added to it."""
    own = of or CategoryTree(tenant=added[0].tenant, **AUDIT)
    parents = {**own.parents, **{each.id: each.parent for each in added}}
    values: dict[str, Any] = {"parents": parents, "count": len(parents), **changed}
    return msgspec.structs.replace(own, **values)


def stock(of: Product, pieces: int = 10) -> Stock:
    """A product's stock: so many pieces in one warehouse."""
    return Stock(
        tenant=of.tenant,
        **AUDIT,
        product=of.id,
        seller=of.seller,
        title=of.title,
        price=of.price,
        currency=of.currency,
        warehouses={"berlin": pieces},
        available=pieces,
    )


def cart(tenant: str, quantities: dict[str, int], customer: str = CUSTOMER, **changed: Any) -> Cart:
    """A cart in which every product costs 1000."""
    values: dict[str, Any] = {
        "currency": "EUR",
        "prices": dict.fromkeys(quantities, 1000),
        "expires_at": 2**33,
        **changed,
    }
    return Cart(
        tenant=tenant,
        **AUDIT,
        customer=customer,
        products=frozenset(quantities),
        quantities=quantities,
        **values,
    )


def order(tenant: str, number: int, shard: str = "00", **changed: Any) -> Order:
    """A customer's order number so-and-so, of one piece."""
    id = id_of_number(number)
    line = Line(product=id, seller=SELLER, title="Kettle", price=1250, quantity=1)
    values: dict[str, Any] = {
        "customer": CUSTOMER,
        "status": OrderStatus.PLACED,
        "lines": (line,),
        "sellers": frozenset({SELLER}),
        "fulfilments": {SELLER: Progress()},
        "total": 1250,
        "currency": "EUR",
        **changed,
    }
    return Order(
        tenant=tenant,
        **AUDIT,
        id=id,
        placed_at=time_of_number(number),
        shard=shard,
        platform_shard=platform_shard(id),
        invoice_shard="00",
        number=id[-NUMBER_LENGTH:],
        **values,
    )


def spender(tenant: str, number: int, shard: str = "00", currency: str = "EUR") -> CustomerSpend:
    """The customer number so-and-so, who spent that many minor units and a million."""
    return CustomerSpend(
        tenant=tenant,
        **AUDIT,
        customer=id_of_number(number),
        currency=currency,
        shard=shard,
        spend=1_000_000 + number,
        source_version=1,
    )
