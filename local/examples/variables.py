"""The variables of the examples: objects of a tenant's demonstration data."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from local.demo import DemoTenant, words
from local.demo.shop import LEFT_OPEN
from local.demo.today import TODAY
from tenantql.commerce.model import SellerProfile
from tenantql.table import global_ids
from tenantql.table.entity import entity_of

FIRST, LAST_OF_SELLER = 0, 4
"""Positions of the named seller's products: of the first, and of the smallest plan's last."""

FIRST_MONTH, LAST_MONTH = "2026-07", "2026-12"
"""Those of the demonstration data, and the month after it."""


def given(**fields: Any) -> dict[str, Any]:
    """The input of a mutation."""
    return {"input": fields}


def product(tenant: DemoTenant) -> dict[str, Any]:
    """The first product."""
    return {"id": tenant.products[0].global_id}


def id_of_category(tenant: DemoTenant, name: str) -> str:
    """The global id of a category of the plan."""
    return tenant.categories[[*words.CATEGORIES].index(name)].global_id


def category(name: str) -> Callable[[DemoTenant], Mapping[str, Any]]:
    """A category of the plan, by its name."""
    return lambda tenant: {"id": id_of_category(tenant, name)}


def under(name: str) -> Callable[[DemoTenant], Mapping[str, Any]]:
    """What is right under a category of the plan."""
    return lambda tenant: {"parentId": id_of_category(tenant, name)}


def new_category(tenant: DemoTenant) -> dict[str, Any]:
    """One more category under another."""
    parent = id_of_category(tenant, "Kitchen")
    return given(name="Baking", parentId=parent, idempotencyKey="my first category")


def renamed_category(tenant: DemoTenant) -> dict[str, Any]:
    """Another name for a category."""
    own = id_of_category(tenant, "Light")
    return given(id=own, name="Lamps and candles", idempotencyKey="my first name")


def moved_category(tenant: DemoTenant) -> dict[str, Any]:
    """Another place for a category."""
    own, parent = (id_of_category(tenant, name) for name in ("Textiles", "Living"))
    return given(id=own, parentId=parent, idempotencyKey="my first move")


def empty_category(tenant: DemoTenant) -> dict[str, Any]:
    """A category with nothing in it."""
    own = id_of_category(tenant, "Gifts")
    return given(id=own, idempotencyKey="my first deletion")


def revision(tenant: DemoTenant) -> dict[str, Any]:
    """Of the first product, which is the named seller's."""
    text = "Made to last, and easier to repair than ever."
    category = id_of_category(tenant, "Decoration")
    own = {"id": tenant.products[0].global_id, "categoryId": category}
    return given(**own, description=text, idempotencyKey="my first revision")


def last_product(tenant: DemoTenant) -> dict[str, Any]:
    """A product of the named seller that no other example needs."""
    own = tenant.products[LAST_OF_SELLER].global_id
    return given(id=own, idempotencyKey="my last word")


def order(tenant: DemoTenant) -> dict[str, Any]:
    """The newest order, which is paid."""
    return {"id": tenant.orders[0].global_id}


def sold(tenant: DemoTenant) -> dict[str, Any]:
    """The named seller's parts of orders."""
    return {"sellerId": profile_of_seller(tenant), "first": 5}


def unpaid(tenant: DemoTenant) -> dict[str, Any]:
    """The fourth order, which the plan has left unpaid."""
    return given(id=tenant.orders[3].global_id, idempotencyKey="my first cancellation")


def packed(tenant: DemoTenant) -> dict[str, Any]:
    """A part of the first order, which the plan has paid and nobody has begun."""
    return given(id=tenant.parts[0].global_id, status="PACKED", idempotencyKey="my first parcel")


def checkout(_tenant: DemoTenant) -> dict[str, Any]:
    """Of the cart that the named customer has from the beginning."""
    return given(idempotencyKey="my first checkout")


def top(tenant: DemoTenant) -> dict[str, Any]:
    """The best customers."""
    return {"currency": tenant.currency, "first": 5}


def email(tenant: DemoTenant) -> dict[str, Any]:
    """The named customer's address."""
    return {"email": tenant.people["customer"][0].email}


def username(tenant: DemoTenant) -> dict[str, Any]:
    """The named customer's user name."""
    return {"username": tenant.people["customer"][0].username}


def customer(tenant: DemoTenant) -> dict[str, Any]:
    """The named customer."""
    return {"id": tenant.people["customer"][1].global_id, "first": 5}


def seller(tenant: DemoTenant) -> dict[str, Any]:
    """The named seller's last days."""
    return {"sellerId": profile_of_seller(tenant), "days": 100}


def words_of_customer(tenant: DemoTenant) -> dict[str, Any]:
    """Words of what the named customer bought."""
    return {"text": "desk", "userId": tenant.people["customer"][1].global_id, "first": 5}


def invoice(tenant: DemoTenant, position: int) -> dict[str, Any]:
    """The invoice of one of the first orders."""
    return {"id": tenant.invoices[position].global_id}


def payment(tenant: DemoTenant) -> dict[str, Any]:
    """Of the second invoice, which the plan has left open."""
    return given(**invoice(tenant, 1), idempotencyKey="my first payment")


def refund(tenant: DemoTenant) -> dict[str, Any]:
    """Part of the third invoice, whose payment the plan has made."""
    return given(**invoice(tenant, 2), amount=100, idempotencyKey="my first refund")


def withdrawal(tenant: DemoTenant) -> dict[str, Any]:
    """Of an older invoice, which the plan has left open."""
    return given(**invoice(tenant, LEFT_OPEN), idempotencyKey="my first withdrawal")


def months(tenant: DemoTenant) -> dict[str, Any]:
    """The months of the demonstration data."""
    return {"currency": tenant.currency, "from": FIRST_MONTH, "to": LAST_MONTH}


def fortnight(_tenant: DemoTenant) -> dict[str, Any]:
    """The last two weeks of the demonstration data."""
    return {"from": str((TODAY - timedelta(days=13)).date()), "to": str(TODAY.date())}


def nodes(tenant: DemoTenant) -> dict[str, Any]:
    """Objects of three types."""
    things = (tenant.people["customer"][1], tenant.products[0], tenant.orders[0])
    return {"ids": [thing.global_id for thing in things]}


def new_product(tenant: DemoTenant) -> dict[str, Any]:
    """A product to offer."""
    price = {"amount": 4_900, "currency": tenant.currency}
    return given(title="Enamel teapot", price=price, idempotencyKey="my first product")


def delivery(tenant: DemoTenant) -> dict[str, Any]:
    """For the first product, which is the named seller's."""
    return given(productId=tenant.products[0].global_id, warehouse="airport", by=25)


def by_price(tenant: DemoTenant) -> dict[str, Any]:
    """Products of a range of prices."""
    within = {"currency": tenant.currency, "least": 1_000, "most": 20_000}
    return {"filter": {"inStock": True}, "byPrice": {"range": within}, "first": 5}


def all_below(tenant: DemoTenant) -> dict[str, Any]:
    """A category whose products are several levels deep."""
    return {"categoryIds": [id_of_category(tenant, "Kitchen")], "first": 5}


def offers(tenant: DemoTenant) -> dict[str, Any]:
    """What the named seller offers."""
    return {"sellerId": profile_of_seller(tenant), "first": 5}


def profile_of_seller(tenant: DemoTenant) -> str:
    """The global id of the named seller's profile."""
    profile = {"tenant": tenant.id, "seller": tenant.people["seller"][1].id}
    return global_ids.naming(entity_of(SellerProfile), profile)


def first_product(tenant: DemoTenant) -> dict[str, Any]:
    """Something of the first product, as a list."""
    return {"productId": tenant.products[0].global_id, "first": 5}


def count(tenant: DemoTenant) -> dict[str, Any]:
    """Of a warehouse where nothing was counted before."""
    return given(
        productId=tenant.products[0].global_id, warehouse="showroom", quantity=3, expected=0
    )


def opinion(tenant: DemoTenant) -> dict[str, Any]:
    """Of the second product, which the named customer has not reviewed."""
    return given(productId=tenant.products[1].global_id, rating=5, author="Bela", text="Fine.")


def second_thought(tenant: DemoTenant) -> dict[str, Any]:
    """The named customer's review of a product that no other example changes."""
    planned, review = next(
        each for each in tenant.reviews if each[0].product not in {FIRST, LAST_OF_SELLER}
    )
    return given(id=review.global_id, rating=planned.rating, idempotencyKey="my second thought")


def other_order(tenant: DemoTenant) -> dict[str, Any]:
    """Of the images of the first product, which is the named seller's."""
    product = tenant.products[FIRST]
    images = [*reversed(product.images)]
    return given(productId=product.global_id, images=images, idempotencyKey="my first order")


def choice(tenant: DemoTenant) -> dict[str, Any]:
    """Two pieces of the second product."""
    return given(productId=tenant.products[1].global_id, quantity=2)


def regret(tenant: DemoTenant) -> dict[str, Any]:
    """The second product."""
    return given(productId=tenant.products[1].global_id)


def new_user(tenant: DemoTenant) -> dict[str, Any]:
    """A user to create."""
    return given(
        email=f"grace.hopper@{tenant.id}.example",
        username="grace.hopper",
        displayName="Grace Hopper",
        roles=["CUSTOMER"],
    )


def member(tenant: DemoTenant) -> dict[str, Any]:
    """The named customer, as whose something is."""
    return {"userId": tenant.people["customer"][1].global_id}


def farewell(tenant: DemoTenant) -> dict[str, Any]:
    """Somebody who has bought nothing."""
    return given(id=tenant.leaver.global_id, idempotencyKey="my first farewell")


def id_of_seller(tenant: DemoTenant) -> dict[str, Any]:
    """The named seller."""
    return {"id": tenant.people["seller"][1].global_id}


def new_words(tenant: DemoTenant) -> dict[str, Any]:
    """Of the named seller, whose profile nothing has changed before."""
    text = "Made by hand, and mended for as long as it lasts."
    return given(id=profile_of_seller(tenant), version=1, description=text)


def autumn(tenant: DemoTenant) -> dict[str, Any]:
    """What the named customer ordered in a range of dates."""
    since, until = "2026-09-01T00:00:00.000Z", "2026-11-20T00:00:00.000Z"
    return {**member(tenant), "since": since, "until": until, "first": 5}


def new_address(tenant: DemoTenant) -> dict[str, Any]:
    """Of the named member of staff, whom nothing has changed before."""
    person, loaded = tenant.people["staff"]
    return given(
        id=loaded.global_id,
        version=1,
        email=f"new.address@{tenant.id}.example",
        currentEmail=person.email,
        idempotencyKey="my first address",
    )


def new_seller(tenant: DemoTenant) -> dict[str, Any]:
    """The named customer, who is to sell as well."""
    return given(
        userId=tenant.people["customer"][1].global_id,
        name="Second hand",
        idempotencyKey="my first seller",
    )
