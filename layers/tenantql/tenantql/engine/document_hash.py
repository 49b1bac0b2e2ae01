"""The name of a document: the SHA-256 of its text, as clients of persisted documents reckon it."""

from hashlib import sha256


def document_hash(text: str) -> str:
    """The hash in 64 hexadecimal digits. A lone surrogate, which can stand in a comment, counts."""
    return sha256(text.encode(errors="surrogatepass")).hexdigest()
