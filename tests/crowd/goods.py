"""What sellers and staff do with goods: products, categories, stock, images; and reviews."""

from collections.abc import Mapping
from typing import Any, Final

from tenantql.commerce.model import Category, Product, Review, Stock
from tenantql.engine.ulids import ulid
from tenantql.tenancy.identity import Role
from tests.crowd.actions import (
    CURRENCIES,
    Action,
    Asked,
    Director,
    chosen,
    id_of,
    priced,
    product_id,
)
from tests.unit.builders import NOW

WAREHOUSES: Final = ("berlin", "paris", "rome")


def create_product(director: Director) -> Asked | None:
    category = director.some(Category) if director.often(0.7) else None
    return chosen(
        director.person(Role.SELLER),
        title=director.words(),
        description="Good.",
        price=_price(director),
        categoryId=category and id_of(category),
    )


def _price(director: Director) -> dict[str, Any]:
    amount = director.chance.choice((150, 1000, 2599))
    return priced(amount, director.chance.choice(CURRENCIES))


def update_product(director: Director) -> Asked | None:
    product, category = director.offered(), director.some(Category)
    if product is None:
        return None
    changed: dict[str, Any] = {}
    if director.often(0.4):
        changed["title"] = director.words()
    if director.often(0.15):
        changed["price"] = priced(product.price + 1, product.currency)
    if director.often(0.5):
        changed["categoryId"] = (category and director.often(0.8) and id_of(category)) or None
    who = director.logged_in(product.seller)
    return None if who is None else Asked(who, {"id": id_of(product), **changed})


def delete_product(director: Director) -> Asked | None:
    product = director.offered()
    return product and chosen(director.logged_in(product.seller), id=id_of(product))


def create_category(director: Director) -> Asked | None:
    parent = director.some(Category) if director.often(0.7) else None
    return chosen(director.staff(), name=director.words(1), parentId=parent and id_of(parent))


def rename_category(director: Director) -> Asked | None:
    category = director.some(Category)
    return category and chosen(director.staff(), id=id_of(category), name=director.words(1))


def move_category(director: Director) -> Asked | None:
    category = director.some(Category)
    parent = director.some(Category) if director.often(0.8) else None
    parent_id = parent and id_of(parent)
    return category and chosen(director.staff(), id=id_of(category), parentId=parent_id)


def delete_category(director: Director) -> Asked | None:
    category = director.some(Category, lambda each: not each.products or director.often(0.1))
    return category and chosen(director.staff(), id=id_of(category))


def adjust_stock(director: Director) -> Asked | None:
    stock = director.some(Stock)
    if stock is None:
        return None
    by = director.chance.choice((9, 9, 5, 3, 1, -1, -3, -20))
    return chosen(
        director.logged_in(stock.seller) if director.often(0.7) else director.staff(),
        productId=product_id(director, stock.product),
        warehouse=director.chance.choice(WAREHOUSES),
        by=by,
    )


def set_stock(director: Director) -> Asked | None:
    stock = director.some(Stock)
    if stock is None:
        return None
    warehouse = director.chance.choice(WAREHOUSES)
    return chosen(
        director.logged_in(stock.seller) if director.often(0.7) else director.staff(),
        productId=product_id(director, stock.product),
        warehouse=warehouse,
        quantity=director.chance.choice((0, 3, 9)),
        expected=stock.warehouses.get(warehouse, 0),
    )


def request_image_upload(director: Director) -> Asked | None:
    return chosen(director.person(Role.SELLER), type=director.chance.choice(("PNG", "WEBP")))


def set_product_images(director: Director) -> Asked | None:
    product = director.offered()
    count = director.chance.randrange(3)
    images = [
        f"{director.tenant}/{ulid(NOW, director.chance.getrandbits(80))}.png" for _ in range(count)
    ]
    who = product and director.logged_in(product.seller)
    return product and chosen(who, productId=id_of(product), images=images)


def add_review(director: Director) -> Asked | None:
    product = director.some(Product)
    return product and chosen(
        director.person(Role.CUSTOMER),
        productId=id_of(product),
        rating=director.chance.randrange(1, 6),
        author=director.words(1),
    )


def withdraw_review(director: Director) -> Asked | None:
    review = director.some(Review)
    if review is None:
        return None
    own = director.often(0.7)
    who = director.logged_in(review.customer) if own else director.staff()
    return chosen(who, id=id_of(review), rating=review.rating)


ACTIONS: Final[Mapping[str, tuple[int, Action]]] = {
    "createProduct": (6, create_product),
    "updateProduct": (7, update_product),
    "deleteProduct": (2, delete_product),
    "createCategory": (5, create_category),
    "renameCategory": (3, rename_category),
    "moveCategory": (4, move_category),
    "deleteCategory": (4, delete_category),
    "adjustStock": (10, adjust_stock),
    "setStock": (4, set_stock),
    "requestImageUpload": (1, request_image_upload),
    "setProductImages": (2, set_product_images),
    "addReview": (5, add_review),
    "withdrawReview": (4, withdraw_review),
}
"""How often each is done, and how."""
