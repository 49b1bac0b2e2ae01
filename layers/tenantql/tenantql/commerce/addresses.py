"""Addresses as customers give them, and what they may be: docs/data-model.md, item sizes."""

import re
from collections.abc import Mapping
from typing import Final

from tenantql.commerce.model import Address
from tenantql.engine.user_errors import Problem

LENGTHS: Final[Mapping[str, int]] = {
    "name": 200,
    "street": 200,
    "postal_code": 20,
    "city": 100,
    "region": 100,
}
"""The most characters of each part; but for the country, which has two letters (ISO 3166-1)."""

OPTIONAL: Final = frozenset({"postal_code", "region"})

_COUNTRY: Final = re.compile(r"[A-Z]{2}")


def problems_of(address: Address | None, field: str) -> list[Problem]:
    """What is wrong with an address that stands in the input as `field`."""
    if address is None:
        return []
    problems: list[Problem] = []
    for name, most in LENGTHS.items():
        text: str | None = getattr(address, name)
        if text is None and name in OPTIONAL:
            continue
        if text is None or not 0 < len(text.strip()) <= len(text) <= most:
            first, *rest = name.split("_")
            path = (field, first + "".join(part.title() for part in rest))
            problems.append(Problem("INVALID", f"This has 1 to {most} characters.", path))
    if not _COUNTRY.fullmatch(address.country):
        message = "A country is its code of two letters, such as DE."
        problems.append(Problem("INVALID", message, (field, "country")))
    return problems
