"""Cursors: where a page ended, signed, so that a client cannot make one up or use it elsewhere.

A cursor is a position: the keys of the last item that was handed out. What it belongs to (tenant,
query with its arguments, index, order) is not in the text but in the signature: the same position
of another tenant or query has another signature. Clients treat the text as opaque; it is not
secret.
"""

from collections.abc import Callable, Sequence
from hashlib import blake2b, sha256
from hmac import compare_digest
from typing import Final

import msgspec

from tenantql.table.errors import CursorRefused, ModelError
from tenantql.table.opaque import opaque, raw_of
from tenantql.table.requests import Position

VERSION: Final = b"\2"
SIGNATURE_BYTES: Final = 16
MAX_LENGTH: Final = 12_288
"""Characters; a longer text is refused before decoding. The longest keys are shorter."""

KEY_BYTES: Final = 32
MAX_KEY_BYTES: Final = 64
"""What a signing key has at least, and at most."""


class Scope(msgspec.Struct, frozen=True):
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
        if not keys or any(not KEY_BYTES <= len(key) <= MAX_KEY_BYTES for key in keys):
            raise ModelError(f"cursors need keys of {KEY_BYTES} to {MAX_KEY_BYTES} bytes")
        self._keys = tuple(keys)

    def sealer(self, scope: Scope) -> Callable[[Position], str]:
        """What makes the cursor of a position in `scope`."""
        begun, encode = _begun(self._keys[0], scope), msgspec.json.encode

        def seal(position: Position) -> str:
            payload = VERSION + encode(position)
            signing = begun.copy()
            signing.update(payload)
            return opaque(signing.digest() + payload)

        return seal

    def seal(self, scope: Scope, position: Position) -> str:
        """The cursor of `position` in `scope`."""
        return self.sealer(scope)(position)

    def open(self, scope: Scope, text: str) -> Position:
        """The position that `text` holds. Raises CursorRefused unless it was sealed for `scope`."""
        if len(text) > MAX_LENGTH:
            raise CursorRefused
        try:
            raw = raw_of(text)
        except ValueError:
            raise CursorRefused from None
        signature, payload = raw[:SIGNATURE_BYTES], raw[SIGNATURE_BYTES:]
        if not any(
            compare_digest(signature, _signature(key, scope, payload)) for key in self._keys
        ):
            raise CursorRefused
        if payload[:1] != VERSION:
            raise CursorRefused
        return msgspec.json.decode(payload[1:], type=Position.__value__)


def _begun(key: bytes, scope: Scope) -> blake2b:
    """The signature of what is yet to come in `scope`."""
    # Encoded as a list, so that no two scopes have the same bytes.
    encoded = msgspec.json.encode([scope.tenant, scope.query, scope.index, scope.descending])
    return blake2b(sha256(encoded).digest(), key=key, digest_size=SIGNATURE_BYTES)


def _signature(key: bytes, scope: Scope, payload: bytes) -> bytes:
    signing = _begun(key, scope)
    signing.update(payload)
    return signing.digest()
