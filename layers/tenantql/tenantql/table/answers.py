"""Answers of DynamoDB as typed results."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from operator import attrgetter
from typing import Any, cast

import msgspec

from tenantql.table.decoding import Keys, StoredItem, keys_of
from tenantql.table.encoding import position_names
from tenantql.table.entity import INDEX_ATTRIBUTES, Key, entity_of
from tenantql.table.errors import InvalidItem
from tenantql.table.requests import ListedKey, Page, Position, Query


def living[T: msgspec.Struct](kind: type[T], item: StoredItem | None) -> T | None:
    """A stored item as a `kind`; None if there is none. An expired one is as good as deleted."""
    if item is None:
        return None
    reading = entity_of(kind).reading(())
    keys = reading.keys(item)
    return reading.value(keys, item) if lives(keys) else None


def keys_in(request: Query[Any], items: Sequence[StoredItem]) -> list[Keys]:
    """The keys of what a query has found. Raises InvalidItem for what has none."""
    names = _attributes(request)
    if isinstance(request.item, tuple) or request.item is ListedKey:
        return [keys_of(item, names) for item in items]
    keys = entity_of(request.item).reading(names).keys
    return [keys(item) for item in items]


def page_of(request: Query[Any], answer: Mapping[str, Any], keys: Sequence[Keys]) -> Page[Any]:
    """The page that the answer to a query holds, without items that have expired."""
    found = zip(keys, cast("Sequence[StoredItem]", answer["Items"]), strict=True)
    alive = [(each, item) for each, item in found if lives(each)]
    position, last = _position(position_names(request.index)), answer.get("LastEvaluatedKey")
    return Page(
        items=_items(request, alive),
        positions=tuple([position(each) for each, _ in alive]),
        resume=_resume(request, last) if last else None,
    )


def _items(request: Query[Any], found: Sequence[tuple[Keys, StoredItem]]) -> tuple[Any, ...]:
    if isinstance(request.item, tuple):
        return tuple([_one_of(request.item, *each) for each in found])
    if request.item is ListedKey and request.index is not None:
        pk, sk = map(attrgetter, INDEX_ATTRIBUTES[request.index])
        return tuple([ListedKey(Key(e.PK.S, e.SK.S), pk(e).S, sk(e).S) for e, _ in found])
    value = entity_of(request.item).reading(_attributes(request)).value
    return tuple([value(keys, item) for keys, item in found])


def _one_of(types: tuple[type[msgspec.Struct], ...], keys: Keys, item: StoredItem) -> Any:
    """A stored item as the one of `types` that its `type` names."""
    for kind in types:
        entity = entity_of(kind)
        if keys.type and entity.name == keys.type.S:
            return entity.decode(item)
    raise InvalidItem("the item is of none of the expected types")


def _attributes(request: Query[Any]) -> tuple[str, ...]:
    """The attributes of an index that are to be read with its items."""
    if request.index is None:
        return ()
    pk, sk = INDEX_ATTRIBUTES[request.index]
    names = (pk, sk) if request.item is ListedKey else (sk,)
    return tuple([name for name in names if name not in Keys.__struct_fields__])


@cache
def _position(names: tuple[str, ...]) -> Callable[[Keys], Position]:
    """What makes a position of an item's keys."""
    if len(names) == 1:
        only = attrgetter(f"{names[0]}.S")
        return lambda keys: (only(keys),)
    return attrgetter(*(f"{name}.S" for name in names))


def _resume(request: Query[Any], last: StoredItem) -> Position:
    return _position(position_names(request.index))(keys_of(last, _attributes(request)))


def lives(keys: Keys) -> bool:
    """Whether a stored item has not expired."""
    return keys.expires_at is None or int(keys.expires_at.N) > time.time()
