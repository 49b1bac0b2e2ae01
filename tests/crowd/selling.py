"""What customers buy, and what becomes of it: carts, orders, fulfilments, invoices."""

from collections.abc import Mapping
from typing import Any, Final

from tenantql.commerce.fulfilments import BEFORE
from tenantql.commerce.model import (
    Cart,
    CustomerAccount,
    Fulfilment,
    FulfilmentStatus,
    Invoice,
    InvoiceStatus,
    Order,
    Product,
    Stock,
)
from tenantql.commerce.returns import IN_THE_WAREHOUSE
from tenantql.tenancy.identity import Role
from tests.crowd.actions import Action, Asked, Director, chosen, id_of, priced, product_id
from tests.crowd.goods import WAREHOUSES

LEFT: Final = {InvoiceStatus.PAID, InvoiceStatus.PARTLY_REFUNDED}
"""Of which something is left to give back."""


def add_to_cart(director: Director) -> Asked | None:
    stock = director.some(Stock, lambda each: each.buyable or director.often(0.1))
    product = stock and director.shelves.get(Product, tenant=director.tenant, id=stock.product)
    if product is None:
        return None
    other = director.some(Cart) if director.often(0.4) else None
    who = director.logged_in(other.customer) if other else director.person(Role.CUSTOMER)
    cart = who and director.shelves.get(Cart, tenant=director.tenant, customer=who.subject)
    if cart is not None and cart.currency != stock.currency and director.often(0.8):
        return None
    shown = priced(product.price, product.currency) if director.often(0.7) else None
    quantity = director.chance.choice((1, 1, 2, 5))
    return chosen(who, productId=id_of(product), quantity=quantity, price=shown)


def change_cart_line(director: Director) -> Asked | None:
    cart, product = _in_cart(director)
    if product is None:
        return None
    shown = priced(product.price, product.currency) if director.often(0.5) else None
    quantity = director.chance.randrange(1, 5)
    who = director.logged_in(cart.customer)
    return chosen(who, productId=id_of(product), quantity=quantity, price=shown)


def remove_from_cart(director: Director) -> Asked | None:
    cart, product = _in_cart(director)
    return product and chosen(director.logged_in(cart.customer), productId=id_of(product))


def _in_cart(director: Director) -> tuple[Any, Any]:
    cart = director.some(Cart, lambda each: bool(each.products))
    if cart is None:
        return None, None
    id = director.chance.choice(sorted(cart.products))
    return cart, director.shelves.get(Product, tenant=director.tenant, id=id)


def clear_cart(director: Director) -> Asked | None:
    cart = director.some(Cart)
    return cart and chosen(director.logged_in(cart.customer))


def check_out(director: Director) -> Asked | None:
    cart = director.some(Cart, lambda each: _can_be_had(director, each) or director.often(0.03))
    if cart is None:
        return None
    account = director.shelves.get(CustomerAccount, tenant=director.tenant, customer=cart.customer)
    there = account.points if account else 0
    points = director.chance.choice((0, 0, 0, there, there // 2, there // 2, there + 1))
    return chosen(director.logged_in(cart.customer), redeemPoints=points)


def _can_be_had(director: Director, cart: Cart) -> bool:
    for product, quantity in cart.quantities.items():
        stock = director.shelves.get(Stock, tenant=director.tenant, product=product)
        if stock is None or not stock.active or stock.available < quantity:
            return False
    return bool(cart.products)


def cancel_order(director: Director) -> Asked | None:
    order = director.some(Order, lambda each: each.status.is_open or director.often(0.1))
    if order is None:
        return None
    who = director.logged_in(order.customer) if director.often(0.5) else director.staff()
    return chosen(who, id=id_of(order))


def advance_fulfilment(director: Director) -> Asked | None:
    part = director.some(Fulfilment, lambda each: _goes_on(each) or director.often(0.004))
    if part is None:
        return None
    following = [after for after, before in BEFORE.items() if before is part.status]
    status = director.chance.choice(following * 20 + [*FulfilmentStatus])
    shipped: dict[str, Any] = {}
    if status is FulfilmentStatus.SHIPPED:
        shipped = {"warehouse": _warehouse(director, part), "tracking": f"T{director.number}"}
    who = director.logged_in(part.seller) if director.often(0.7) else director.staff()
    return chosen(who, id=id_of(part), status=status.name, **shipped)


def _goes_on(part: Fulfilment) -> bool:
    ended = {FulfilmentStatus.DELIVERED, FulfilmentStatus.CANCELLED}
    return part.order_paid and part.status not in ended


def _warehouse(director: Director, part: Fulfilment) -> str:
    """Where most of the pieces of the first line are, as a rule."""
    stock = director.shelves.get(Stock, tenant=director.tenant, product=part.lines[0].product)
    if stock is None or not stock.warehouses or director.often(0.1):
        return director.chance.choice(WAREHOUSES)
    return max(sorted(stock.warehouses), key=lambda place: stock.warehouses[place])


def pay_invoice(director: Director) -> Asked | None:
    invoice = director.some(Invoice, lambda each: _is_open(each) or director.often(0.005))
    return invoice and chosen(director.staff(), id=id_of(invoice))


def void_invoice(director: Director) -> Asked | None:
    invoice = director.some(Invoice, lambda each: _is_open(each) or director.often(0.005))
    return invoice and chosen(director.staff(), id=id_of(invoice))


def _is_open(invoice: Invoice) -> bool:
    return invoice.status is InvoiceStatus.OPEN


def refund_invoice(director: Director) -> Asked | None:
    invoice = director.some(Invoice, lambda each: each.status in LEFT or director.often(0.005))
    if invoice is None:
        return None
    left = invoice.total - invoice.refunded
    goods = _goods(director, invoice) if director.often(0.6) else None
    amount = director.chance.choice((1, 150, left, left, left // 2 + 1))
    return chosen(director.staff(), id=id_of(invoice), amount=amount, goods=goods)


def _goods(director: Director, invoice: Invoice) -> list[dict[str, Any]] | None:
    order = director.shelves.get(
        Order,
        tenant=director.tenant,
        customer=invoice.customer,
        placed_at=invoice.issued_at,
        id=invoice.id,
    )
    lines = sorted((each for each in order.lines if each.kept), key=lambda each: each.product)
    found: list[dict[str, Any]] = []
    for line in lines[: director.chance.randrange(1, 4)]:
        quantity = director.chance.randint(1, line.kept)
        each = {"productId": product_id(director, line.product), "quantity": quantity}
        if order.fulfilments[line.seller].status not in IN_THE_WAREHOUSE:
            each["warehouse"] = director.chance.choice(WAREHOUSES)
        found.append(each)
    return found or None


ACTIONS: Final[Mapping[str, tuple[int, Action]]] = {
    "addToCart": (20, add_to_cart),
    "changeCartLine": (3, change_cart_line),
    "removeFromCart": (2, remove_from_cart),
    "clearCart": (2, clear_cart),
    "checkout": (18, check_out),
    "cancelOrder": (4, cancel_order),
    "advanceFulfilment": (18, advance_fulfilment),
    "payInvoice": (13, pay_invoice),
    "voidInvoice": (4, void_invoice),
    "refundInvoice": (8, refund_invoice),
}
"""How often each is done, and how."""
