"""Answers of DynamoDB as typed results."""

import time
from collections.abc import Mapping
from typing import Any

import msgspec

from tenantql.table.attributes import RawItem
from tenantql.table.encoding import position_names
from tenantql.table.entity import INDEX_ATTRIBUTES, Key, entity_of
from tenantql.table.errors import InvalidItem
from tenantql.table.requests import ListedKey, Page, Position, Query


def living[T: msgspec.Struct](kind: type[T], item: RawItem | None) -> T | None:
    """A stored item as a `kind`; None if there is none. An expired one is as good as deleted."""
    return decoded((kind,), item) if item and lives(item) else None


def decoded(types: tuple[type[msgspec.Struct], ...], item: RawItem) -> Any:
    """A stored item as the one of `types` that its `type` names. Raises InvalidItem."""
    name = item.get("type", {}).get("S")
    for kind in types:
        entity = entity_of(kind)
        if entity.name == name or len(types) == 1:
            return entity.decode(item)
    raise InvalidItem("the item is of none of the expected types")


def page_of(request: Query[Any], answer: Mapping[str, Any]) -> Page[Any]:
    """The page that the answer to a query holds, without items that have expired."""
    names = position_names(request.index)
    alive = [item for item in answer["Items"] if lives(item)]
    last = answer.get("LastEvaluatedKey")
    if request.index is not None and request.item is ListedKey:
        found = tuple(_listed(request.index, item) for item in alive)
    elif isinstance(request.item, tuple):
        found = tuple([decoded(request.item, item) for item in alive])
    else:
        decode = entity_of(request.item).decode
        found = tuple([decode(item) for item in alive])
    return Page(
        items=found,
        positions=tuple([_position(names, item) for item in alive]),
        resume=_position(names, last) if last else None,
    )


def _listed(index: str, item: RawItem) -> ListedKey:
    pk, sk = INDEX_ATTRIBUTES[index]
    return ListedKey(_key(item), item[pk]["S"], item[sk]["S"])


def _position(names: tuple[str, ...], item: RawItem) -> Position:
    return tuple([item[name]["S"] for name in names])


def _key(item: RawItem) -> Key:
    return Key(item["PK"]["S"], item["SK"]["S"])


def lives(item: RawItem) -> bool:
    """Whether a stored item has not expired."""
    expires_at = item.get("expires_at")
    return expires_at is None or int(expires_at["N"]) > time.time()
