"""Entities: the organisation and its users."""

import unicodedata
from typing import Final

from tenantql.table.entity import Item, entity

ORDERED_BYTES: Final = 40


@entity(name="Organisation", pk="TENANT#{tenant}#ORGANISATION", sk="ORGANISATION")
class Organisation(Item, frozen=True, kw_only=True):
    """A tenant, as its own members see it; the platform's view is the routing record."""

    name: str
    currency: str
    time_zone: str


@entity(
    name="User",
    pk="TENANT#{tenant}#USER#{id}",
    sk="PROFILE",
    indexes={
        "GSI1": ("TENANT#{tenant}#EMAIL#{email_key}", "USER"),
        "GSI2": ("TENANT#{tenant}#USERNAME#{username_key}", "USER"),
        "GSI3": ("TENANT#{tenant}#USERS#{shard}", "{created_at}#{id}"),
    },
    unique={"EMAIL": "email_key", "USERNAME": "username_key"},
    # A profile is read with the user's latest orders.
    follows="ORDER#",
)
class User(Item, frozen=True, kw_only=True):
    """A person. `email_key` and `username_key` are what is compared: see `comparable`.

    `shard` is the part of the list of all users that holds this one, chosen at creation.
    """

    id: str
    shard: str
    email: str
    email_key: str
    username: str
    username_key: str
    display_name: str
    roles: frozenset[str]


def comparable(text: str) -> str:
    """`text` as uniqueness compares it: compatibility forms and case folded (Unicode, UAX #15).

    Folding can undo a normalisation, so it is normalised again.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", folded)


def orderable(name: str) -> str:
    """`name` as a sort key holds it: as `comparable`, trimmed, at most 40 bytes.

    It orders, and need not be unique: an id follows it in the key.
    """
    return comparable(name).strip().encode()[:ORDERED_BYTES].decode(errors="ignore").strip()
