"""Indexes of terms: what is found by which words, kept in the table by the stream."""

from collections.abc import Callable, Sequence
from itertools import batched

import msgspec
import msgspec.structs

from tenantql.engine.changes import Change
from tenantql.search.entries import Entry
from tenantql.table.entity import Item, Key, entity_of
from tenantql.table.requests import Get
from tenantql.table.writes import MAX_BATCH_WRITES, BatchWrite, Delete, Put


class TermIndex[S: Item, E: Entry](msgspec.Struct, frozen=True):
    """Things of one type and the words that they are found by.

    `entries` makes all entries of a thing, none for one that is not to be found; nothing but the
    thing decides them. `source_of` is the table key of an entry's thing. The partition key of an
    entry may have `{head}`: the first `head` characters of the word, which spread the words. `text`
    is, of an entry, all that its thing is found by, if it holds that: then a search for several
    words is one Query.
    """

    name: str
    source: type[S]
    entry: type[E]
    entries: Callable[[S], Sequence[E]]
    source_of: Callable[[E], Key]
    head: int = 0
    text: Callable[[E], str] | None = None

    def wanted(self, source: S | None) -> dict[Key, E]:
        """The entries that belong into the table, by their keys."""
        made = () if source is None else self.entries(source)
        return {entity_of(self.entry).key_of(entry): entry for entry in made}


async def keep[S: Item, E: Entry](index: TermIndex[S, E], change: Change[S]) -> None:
    """Takes a change of a thing into the index.

    Nothing is asked or written if the change is not of what is searched. Otherwise the thing is
    read as it is now, so that records that come twice, late or in another order do no harm: what
    it is found by now, and was not before the change, is written; what it was found by before and
    is not now is deleted.
    """
    before, after = index.wanted(change.before), index.wanted(change.after)
    if _changed(before, after) == [] and before.keys() == after.keys():
        return
    image = change.after or change.before
    assert image is not None
    present = await Get(index.source, entity_of(index.source).key_of(image))
    wanted = index.wanted(present)
    gone = before.keys() - wanted.keys()
    writes = [
        *(Put(entry) for entry in _changed(before, wanted)),
        *(Delete(index.entry, key) for key in sorted(gone, key=lambda key: (key.pk, key.sk))),
    ]
    for part in batched(writes, MAX_BATCH_WRITES, strict=False):
        await BatchWrite(part)


def _changed[E: Entry](before: dict[Key, E], after: dict[Key, E]) -> list[E]:
    """The entries of `after` that `before` does not have."""
    return [entry for key, entry in after.items() if not same(before.get(key), entry)]


def same[E: Entry](one: E | None, other: E) -> bool:
    """Whether two entries of one key say the same, whichever version of the thing they are of."""
    if one is None:
        return False
    written = {name: getattr(other, name) for name in ("version", "updated_at", "updated_by")}
    return msgspec.structs.replace(one, **written) == other
