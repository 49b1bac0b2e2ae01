"""Opaque texts: bytes as base64url without padding, each in one form and no other.

https://www.rfc-editor.org/rfc/rfc4648#section-5
"""

from base64 import urlsafe_b64decode
from binascii import b2a_base64
from typing import Final

_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")


def opaque(raw: bytes) -> str:
    """The text of `raw`."""
    return b2a_base64(raw, newline=False).translate(_URL_SAFE, b"=").decode()


def raw_of(text: str) -> bytes:
    """What `opaque` made `text` of. Raises ValueError for any other text."""
    raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    if opaque(raw) != text:
        raise ValueError("not the one form of these bytes")
    return raw
