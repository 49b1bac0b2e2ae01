"""The additions to a cart that had an idempotency key: the last few are remembered in the cart.

Each is an entry of `Cart.added`, an attribute of its own, the newest in place 1. An update moves
all of them by one place, so which come first is DynamoDB's decision, and two that come at once are
both there.
"""

from base64 import urlsafe_b64encode
from hashlib import sha256
from itertools import pairwise
from typing import Final

import msgspec

from tenantql.commerce.model import Cart
from tenantql.engine.idempotency import key_reused
from tenantql.engine.user_errors import UserError
from tenantql.table.expressions import Change, Condition, Copy, Set, begins_otherwise

REMEMBERED: Final = 8
"""How many: more than one customer's devices have on their way at once."""

DIGEST: Final = 9
"""Bytes: a customer's own keys do not meet by chance, and nobody else's are among them."""

_PLACES: Final = tuple(f"added_{place}" for place in range(1, REMEMBERED + 1))


class Mark(msgspec.Struct, frozen=True):
    """What is remembered of an addition: a digest of its key, and one of what was added."""

    key: str
    input: str

    @classmethod
    def of(cls, key: str, input: object) -> "Mark":
        """The mark of an addition with this idempotency key and input."""
        return cls(_digest(key.encode()), _digest(msgspec.json.encode(input)))

    @property
    def text(self) -> str:
        """As it is stored."""
        return self.key + self.input

    def unknown(self) -> tuple[Condition, ...]:
        """What holds of a cart that does not remember this key."""
        return tuple(begins_otherwise(place, self.key) for place in _PLACES)

    def remembered(self) -> tuple[Change, ...]:
        """Puts it in the first place; each of the others moves on, and the last one is forgotten.

        The last is moved first: so it is the same whether or not a change sees those before it.
        """
        moved = [Copy(to, of, "") for of, to in pairwise(_PLACES)]
        return *reversed(moved), Set(_PLACES[0], self.text)

    def known(self, cart: Cart) -> bool:
        """Whether the cart has this addition. Raises UserError if the key was for another one."""
        found = [text for text in cart.added.values() if text.startswith(self.key)]
        if found and self.text not in found:
            raise UserError([key_reused()])
        return bool(found)


def _digest(content: bytes) -> str:
    return urlsafe_b64encode(sha256(content).digest()[:DIGEST]).decode()
