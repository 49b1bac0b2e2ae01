"""A shop with two categories, and the operations that change its products."""

from typing import Any

import msgspec

from tenantql.commerce.model import (
    Availability,
    Category,
    ListOrder,
    Product,
    ProductCard,
)
from tenantql.commerce.model.lists import ALL
from tests.integration.commerce.shop import PROBLEMS, Shop
from tests.integration.commerce.stream import Stream
from tests.integration.installation import id_of
from tests.unit.commerce.builders import (
    AUDIT,
    category,
    category_tree,
    id_of_number,
)

CREATE = f"""mutation($i: CreateProductInput!) {{ createProduct(input: $i) {{
  product {{ id category {{ name }} categoryName sellerName }} {PROBLEMS} }} }}"""
UPDATE = f"""mutation($i: UpdateProductInput!) {{ updateProduct(input: $i) {{
  product {{ title description price {{ amount }} categoryName }} {PROBLEMS} }} }}"""
DELETE = f"""mutation($i: DeleteProductInput!) {{ deleteProduct(input: $i) {{
  deletedId {PROBLEMS} }} }}"""
QUIETLY = """mutation($i: UpdateProductInput!) { updateProduct(input: $i) {
  userErrors { code } } }"""
PRODUCT = "query($id: ID!) { product(id: $id) { title categoryName sellerName } }"
EUR = {"currency": "EUR"}


class Market:
    """A shop with two categories, pans and pots, and the stream of what happens in it."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.pans, self.pots = (
            category(shop.tenant, id_of_number(900 + number), name=name)
            for number, name in enumerate(("Pans", "Pots"))
        )
        shop.installation.write(self.pans, self.pots, category_tree(None, self.pans, self.pots))
        self.stream = Stream(shop)

    def offer(self, of: Category | None = None, **changed: Any) -> Product:
        """A product that stands in a category, with its stock and where lists have it."""
        own: dict[str, Any] = {} if of is None else {"category": of.id, "category_name": of.name}
        made = self.shop.stocked(**own, **changed)
        self.shop.installation.write(*(card(made, *scope) for scope in _scopes(made)))
        return made

    def change(self, text: str, product: Product, **fields: Any) -> dict[str, Any]:
        return self.shop.change(self.shop.seller, text, id=id_of(product), **fields)

    def count(self, of: Category) -> int:
        found: list[Category] = self.shop.books().items["Category"]
        return next(each.products for each in found if each.id == of.id)

    @property
    def products(self) -> list[Product]:
        return self.shop.books().items.get("Product", [])


def _scopes(product: Product) -> list[tuple[str, str]]:
    return [(product.category or ALL, ALL), (ALL, product.seller)]


def card(product: Product, in_category: str, of_seller: str) -> ProductCard:
    """What a list of any stock, the newest first, shows of a product."""
    return ProductCard(
        tenant=product.tenant,
        **AUDIT,
        in_category=in_category,
        of_seller=of_seller,
        availability=Availability.ANY,
        order=ListOrder.NEWEST,
        rank=product.created_at,
        product=product.id,
        seller=product.seller,
        title=product.title,
        price=product.price,
        currency=product.currency,
        in_stock=True,
    )


def changed[T: msgspec.Struct](item: T, **changed: Any) -> T:
    return msgspec.structs.replace(item, **changed)
