"""Rebuilding: the index compared with what it is made of, by the directory, and mended.

Two walks: over the things, for entries that are missing or say something else; over the entries,
for those that no thing has. Needs credentials of the level administer.
"""

from collections.abc import AsyncGenerator, Sequence
from itertools import batched

import msgspec

from tenantql.search.entries import Entry
from tenantql.search.index import TermIndex, same
from tenantql.table.entity import Item, Key, entity_of
from tenantql.table.errors import ConditionFailed
from tenantql.table.expressions import absent, equals
from tenantql.table.requests import MAX_GETS, BatchGet, ListedKey, Query
from tenantql.table.writes import MAX_ACTIONS, Check, Delete, Put, Transact


class Report(msgspec.Struct, kw_only=True):
    """What a rebuild saw and found: entries that were missing, different, or nobody's."""

    sources: int = 0
    entries: int = 0
    missing: int = 0
    different: int = 0
    extra: int = 0

    @property
    def agrees(self) -> bool:
        """Whether the index is what its things make it."""
        return not (self.missing or self.different or self.extra)


async def rebuild[S: Item, E: Entry](
    index: TermIndex[S, E], tenant: str, directory: Sequence[str], *, mend: bool
) -> Report:
    """Compares an index of a tenant with its things, in these shards of the directory.

    With `mend`, each difference is put right in a transaction that holds only while the thing is
    as it was read: if it is not, its change is on the stream, which puts it right. So a rebuild
    can run beside everything else. What is on its way to the index counts as a difference.
    """
    report = Report()
    async for keys in _listed(index.source, tenant, directory):
        await _complete(index, keys, report, mend=mend)
    async for keys in _listed(index.entry, tenant, directory):
        await _clear(index, keys, report, mend=mend)
    return report


async def _listed(
    item: type[Item], tenant: str, directory: Sequence[str]
) -> AsyncGenerator[tuple[Key, ...]]:
    """The keys of all items of a type, as many at a time as a batch reads."""
    entity = entity_of(item)
    for shard in directory:
        key, after = entity.directory_key(tenant, shard), None
        while True:
            page = await Query(ListedKey, key, index="directory", limit=MAX_GETS, after=after)
            if page.items:
                yield tuple(listed.key for listed in page.items)
            if page.resume is None:
                break
            after = page.resume


async def _complete[S: Item, E: Entry](
    index: TermIndex[S, E], keys: tuple[Key, ...], report: Report, *, mend: bool
) -> None:
    """Writes what is missing of the entries of these things, or says something else."""
    sources = [source for source in await BatchGet(index.source, keys) if source is not None]
    wanted = [index.wanted(source) for source in sources]
    stored: dict[Key, E | None] = {}
    for part in batched((key for each in wanted for key in each), MAX_GETS, strict=False):
        stored |= zip(part, await BatchGet(index.entry, part), strict=True)
    report.sources += len(sources)
    for source, entries in zip(sources, wanted, strict=True):
        wrong = [entry for key, entry in entries.items() if not same(stored[key], entry)]
        absent_ones = sum(stored[key] is None for key in entries)
        report.missing += absent_ones
        report.different += len(wrong) - absent_ones
        if mend:
            key = entity_of(index.source).key_of(source)
            await _mend(index, key, source, [Put(entry) for entry in wrong])


async def _clear[S: Item, E: Entry](
    index: TermIndex[S, E], keys: tuple[Key, ...], report: Report, *, mend: bool
) -> None:
    """Deletes those of these entries that their things are not found by."""
    entries = {
        key: entry
        for key, entry in zip(keys, await BatchGet(index.entry, keys), strict=True)
        if entry is not None
    }
    report.entries += len(entries)
    if not entries:
        return
    of = {key: index.source_of(entry) for key, entry in entries.items()}
    source_keys = tuple(dict.fromkeys(of.values()))
    sources = dict(zip(source_keys, await BatchGet(index.source, source_keys), strict=True))
    for source_key, source in sources.items():
        wanted = index.wanted(source)
        extra = [key for key in entries if of[key] == source_key and key not in wanted]
        report.extra += len(extra)
        if mend:
            await _mend(index, source_key, source, [Delete(index.entry, key) for key in extra])


async def _mend[S: Item, E: Entry](
    index: TermIndex[S, E], key: Key, source: S | None, writes: Sequence[Put | Delete]
) -> None:
    """Makes the writes while the thing is as it was read; nothing if it is not any more."""
    as_read = absent("PK") if source is None else equals("version", source.version)
    for part in batched(writes, MAX_ACTIONS - 1, strict=False):
        try:
            await Transact((Check(index.source, key, as_read), *part))
        except ConditionFailed:
            return
