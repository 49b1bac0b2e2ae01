"""Content negotiation: which media type and which coding a client takes an answer in.

https://www.rfc-editor.org/rfc/rfc9110#section-12.5
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

GRAPHQL_JSON: Final = "application/graphql-response+json"
JSON: Final = "application/json"

MEDIA_TYPES: Final = (GRAPHQL_JSON, JSON)
"""What an answer can be sent as; of two that a client likes as much, the first."""

LONGEST: Final = 1_000
"""Characters of a header that are read: a browser sends a hundred or so."""

KNOWN: Final = 256
"""Headers whose meaning is remembered. A client sends the same one each time."""


@lru_cache(KNOWN)
def media_type(accept: str | None, offers: tuple[str, ...] = MEDIA_TYPES) -> str | None:
    """The one of `offers` that `accept` gives the highest weight; None if it takes none.

    Plain JSON for a client that takes anything or says nothing, as it may be one that has never
    heard of GraphQL's own type.
    """
    ranges = dict(_weighted(accept or "*/*"))
    best, found = 0.0, None
    for offer in offers:
        weight = _weight(ranges, offer)
        if weight > best or (weight == best > 0 and found not in ranges and offer == JSON):
            best, found = weight, offer
    return found


@lru_cache(KNOWN)
def takes_gzip(accept_encoding: str | None) -> bool:
    """Whether the client says that it reads gzip. One that says nothing may not."""
    codings = dict(_weighted(accept_encoding or ""))
    return codings.get("gzip", codings.get("*", 0.0)) > 0


def _weight(ranges: dict[str, float], offer: str) -> float:
    """The weight of the most specific range that has `offer` in it."""
    for name in (offer, f"{offer.partition('/')[0]}/*", "*/*"):
        if name in ranges:
            return ranges[name]
    return 0.0


def _weighted(header: str) -> Iterator[tuple[str, float]]:
    """The elements of a list with their weights; what is malformed has none.

    Other parameters, such as a charset, do not tell our types apart and are passed over.
    """
    for element in header[:LONGEST].lower().split(","):
        name, *parameters = (part.strip() for part in element.split(";"))
        weight = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip() == "q":
                weight = _quality(value.strip())
        if name:
            yield name, weight


def _quality(text: str) -> float:
    """A weight of 0 to 1 with at most three digits behind the point; 0 for anything else."""
    whole, _, rest = text.partition(".")
    digits = rest.isascii() and (rest.isdigit() or not rest) and len(rest) <= 3
    if whole not in ("0", "1") or not digits:
        return 0.0
    return min(1.0, float(f"{whole}.{rest or 0}"))
