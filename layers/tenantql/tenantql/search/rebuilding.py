"""Rebuilding: the index compared with what it is made of, by the directory, and mended."""

from collections.abc import Mapping
from typing import Any

from tenantql.engine.rebuilds import Copies, Wanted, as_read
from tenantql.search.index import TermIndex
from tenantql.table.entity import Item, Key
from tenantql.tenancy.routing import RoutingRecord


def rebuild(index: TermIndex[Any, Any]) -> Copies:
    """How an index is computed from its things.

    A thing that changes while its entries are mended has its change on the stream, which puts them
    right; so they are written only while it is as it was read.
    """

    async def want(_: RoutingRecord, things: Mapping[Key, Item | None]) -> dict[Key, Wanted]:
        return {
            key: Wanted(index.wanted(thing), (as_read(index.source, key, thing),))
            for key, thing in things.items()
        }

    return Copies(
        f"search-{index.name}",
        f"the words that {index.name} are found by",
        index.source,
        want,
        (index.entry,),
        {index.entry: index.source_of},
    )
