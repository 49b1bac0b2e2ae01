"""What an answer tells: what is there from now on, and whether it is what it must be."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from benchmarks.day.cast import Cast
from load.books import Books, Order, Part, State
from load.scene import Offer
from tenantql.table import global_ids

PRICE: Final = 1_000
"""What everything costs, in minor units; the mix names it with each price."""

REFUNDED: Final = {"I3 refund": 100, "I3 return": PRICE}
"""What the mix gives back."""

CHANGED: Final = 2
"""The quantity that the mix changes a line of a cart to."""

CARTS: Final = frozenset({"C1", "C2", "C3", "C4"})


def learn(name: str, cast: Cast, books: Books, taken: Order | Part | None, root: Any) -> str | None:
    """Takes note of an answer. What is wrong with it, if it is not as known."""
    if name in CHANGES:
        CHANGES[name](cast, books)
    elif isinstance(taken, Part):
        _moved(name, books, taken)
    elif taken is not None:
        _settled(name, books, taken)
    elif name in MADE:
        MADE[name](cast, books, root)
    elif name in {"I2 all", "I2 open"}:
        _invoices(books, root["nodes"], are_open=name == "I2 open")
    elif name in {"O1", "O1 last piece"}:
        return _placed(cast, books, root["order"])
    elif name == "O2":
        return _newest(cast, books, root["nodes"])
    return _cart(cast, books, root) if name.split(" ", 1)[0] in CARTS else None


def _added(cast: Cast, books: Books) -> None:
    inside = books.carts.setdefault(cast.customer, {})
    inside[cast.products[2]] = inside.get(cast.products[2], 0) + 1


def _changed(cast: Cast, books: Books) -> None:
    books.carts[cast.customer][cast.products[0]] = CHANGED


def _removed(cast: Cast, books: Books) -> None:
    inside = books.carts[cast.customer]
    del inside[cast.products[0]]
    if not inside:
        del books.carts[cast.customer]


def _cleared(cast: Cast, books: Books) -> None:
    del books.carts[cast.customer]


def _marked(cast: Cast, books: Books) -> None:
    books.favourites.setdefault(cast.customer, set()).add(cast.products[0])


def _unmarked(cast: Cast, books: Books) -> None:
    marked = books.favourites[cast.customer]
    marked.discard(cast.products[0])
    if not marked:
        del books.favourites[cast.customer]


def _reviewed(cast: Cast, books: Books) -> None:
    books.reviewed.add((cast.customer, cast.products[0]))


def _new_user(_cast: Cast, books: Books, root: Any) -> None:
    books.unchanged.add(id_within(root["user"]["id"]))


def _new_seller(cast: Cast, books: Books, _root: Any) -> None:
    books.quiet_sellers.add(cast.user)


def _new_product(cast: Cast, books: Books, root: Any) -> None:
    books.spare.add(Offer(id_within(root["product"]["id"]), cast.sellers[0]))


CHANGES: Final[Mapping[str, Callable[[Cast, Books], None]]] = {
    "C2 add": _added,
    "C2 change": _changed,
    "C3 remove": _removed,
    "C3 clear": _cleared,
    "U11 add": _marked,
    "U11 remove": _unmarked,
    "P11 add": _reviewed,
}
MADE: Final[Mapping[str, Callable[[Cast, Books, Any], None]]] = {
    "U1": _new_user,
    "U6": _new_seller,
    "P5 create": _new_product,
}


def _placed(cast: Cast, books: Books, made: Any) -> str | None:
    inside = books.carts[cast.customer]
    total = PRICE * sum(inside.values())
    order = Order(made["id"], made["number"], cast.customer, tuple(inside), total)
    books.place(order)
    pieces = sum(line["quantity"] for line in made["lines"])
    if made["total"]["amount"] != total or pieces * PRICE != total:
        return f"an order of {total} is one of {made['total']['amount']}"
    return None


def _newest(cast: Cast, books: Books, nodes: Any) -> str | None:
    last = books.last.get(cast.customer)
    if last is not None and (not nodes or nodes[0]["number"] != last):
        return "the newest order is not the last one that was placed"
    return None


def _invoices(books: Books, nodes: Any, *, are_open: bool) -> None:
    for node in nodes:
        books.invoices.add(node["id"])
        order = books.numbers.get(node["number"])
        if are_open and order is not None and not order.invoice:
            order.invoice = node["id"]
            books.open.add(order)


def _moved(name: str, books: Books, part: Part) -> None:
    match name:
        case "O5 pack":
            part.order.state = State.PACKED
            books.to_ship.add(part)
        case "O5 ship":
            books.to_deliver.add(part)
        case _:
            pass


def _settled(name: str, books: Books, order: Order) -> None:
    match name:
        case "I3 pay":
            order.state = State.PAID
            books.received += order.total
            books.paid.add(order)
            books.to_pack.add(order.part(books.seller_of[order.products[0]]))
        case "O4 unpaid":
            order.state = State.ENDED
        case "O4 paid":
            order.state = State.ENDED
            books.given_back += order.total
        case "I3 refund" | "I3 return":
            order.state = State.ENDED
            books.given_back += REFUNDED[name]
        case _:
            pass


def _cart(cast: Cast, books: Books, root: Any) -> str | None:
    inside = books.carts.get(cast.customer, {})
    cart = root.get("cart", root) if "userErrors" in root else root
    pieces = sum(inside.values())
    if cart is None:
        return "a cart is gone" if pieces else None
    if "pieces" in cart and cart["pieces"] != pieces:
        return f"a cart of {pieces} pieces has {cart['pieces']}"
    if "lines" in cart and sum(line["quantity"] for line in cart["lines"]) != pieces:
        return f"a cart of {pieces} pieces shows others"
    total = cart.get("total")
    if total is not None and total["amount"] != pieces * PRICE:
        return f"a cart of {pieces * PRICE} is one of {total['amount']}"
    return None


def id_within(global_id: str) -> str:
    """The id within the tenant that a global id names."""
    entity, key, _ = global_ids.decode(global_id)
    values = {**entity.pk.parse(key.pk), **entity.sk.parse(key.sk)}
    return str(values["id"])
