"""Cursors: where a page ended, signed, so that a client cannot make one up or use it elsewhere.

A cursor is a position: the keys of the last item that was handed out. What it belongs to (tenant,
query with its arguments, index, order) is not in the text but in the signature: the same position
of another tenant or query has another signature. Clients treat the text as opaque; it is not
secret.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import msgspec

from tenantql.table.errors import CursorRefused, ModelError
from tenantql.table.requests import Position

VERSION: Final = 1
SIGNATURE_BYTES: Final = 16
MAX_LENGTH: Final = 12_288
"""Characters; a longer text is refused before decoding. The longest keys are shorter."""

KEY_BYTES: Final = 32
"""What a signing key has at least."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a cursor belongs to. `query` names the collection with its arguments."""

    tenant: str
    query: str
    index: str
    descending: bool


class Cursors:
    """Seals positions with the first of `keys`, and opens what any of them has sealed.

    To rotate: put a new key in front, and take the old one away when its cursors may end.
    Raises ModelError without a key, and for a short one.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) < KEY_BYTES for key in keys):
            raise ModelError(f"cursors need keys of at least {KEY_BYTES} bytes")
        self._keys = tuple(keys)

    def sealer(self, scope: Scope) -> Callable[[Position], str]:
        """What makes the cursor of a position in `scope`."""
        key, bound = self._keys[0], _bound(scope)

        def seal(position: Position) -> str:
            payload = bytes([VERSION]) + msgspec.json.encode(position)
            return _text(_signature(key, bound, payload) + payload)

        return seal

    def seal(self, scope: Scope, position: Position) -> str:
        """The cursor of `position` in `scope`."""
        return self.sealer(scope)(position)

    def open(self, scope: Scope, text: str) -> Position:
        """The position that `text` holds. Raises CursorRefused unless it was sealed for `scope`."""
        if len(text) > MAX_LENGTH:
            raise CursorRefused
        try:
            raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        except ValueError:
            raise CursorRefused from None
        if _text(raw) != text:
            raise CursorRefused
        signature, payload = raw[:SIGNATURE_BYTES], raw[SIGNATURE_BYTES:]
        bound = _bound(scope)
        if not any(
            hmac.compare_digest(signature, _signature(key, bound, payload)) for key in self._keys
        ):
            raise CursorRefused
        if payload[:1] != bytes([VERSION]):
            raise CursorRefused
        return msgspec.json.decode(payload[1:], type=Position.__value__)


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bound(scope: Scope) -> bytes:
    # Encoded as a list, so that no two scopes have the same bytes.
    encoded = msgspec.json.encode([scope.tenant, scope.query, scope.index, scope.descending])
    return sha256(encoded).digest()


def _signature(key: bytes, bound: bytes, payload: bytes) -> bytes:
    return hmac.digest(key, bound + payload, "sha256")[:SIGNATURE_BYTES]
