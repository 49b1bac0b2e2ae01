"""What is in the table, by tenant and type: where actors look for something to do."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from tenantql.table.attributes import RawItem
from tenantql.table.entity import Key, declared, entity_of

TRIES = 40
HOT = 4
"""So many of the latest of each type are drawn as often as all others: there people meet."""


class Shelves:
    """Items by tenant and type, any of which can be drawn at once; kept up to date by `take`."""

    def __init__(self) -> None:
        self._keys: defaultdict[tuple[str, str], list[Key]] = defaultdict(list)
        self._places: dict[Key, int] = {}
        self._values: dict[Key, tuple[RawItem, Any]] = {}

    def take(self, old: RawItem | None, new: RawItem | None) -> None:
        """An item that was created, changed or deleted."""
        item = new or old or {}
        key = Key(item["PK"]["S"], item["SK"]["S"])
        keys = self._keys[key.pk.split("#")[1], item["type"]["S"]]
        if old is None:
            self._places[key] = len(keys)
            keys.append(key)
        if new is None:
            place, last = self._places.pop(key), keys.pop()
            if last != key:
                keys[place], self._places[last] = last, place
            del self._values[key]
        else:
            self._values[key] = (new, None)

    def tenants(self) -> set[str]:
        """Whose items there are."""
        return {tenant for (tenant, _), keys in self._keys.items() if keys}

    def value(self, key: Key) -> Any:
        """An item by its key, decoded; None if it is not there."""
        found = self._values.get(key)
        if found is None:
            return None
        raw, value = found
        if value is None:
            value = declared()[raw["type"]["S"]].decode(raw)
            self._values[key] = (raw, value)
        return value

    def raw(self, tenant: str, name: str) -> Iterator[RawItem]:
        """All items of a type as they are stored."""
        return (self._values[key][0] for key in self._keys[tenant, name])

    def all(self, tenant: str, kind: type[Any]) -> list[Any]:
        """All items of a type."""
        return [self.value(key) for key in self._keys[tenant, entity_of(kind).name]]

    def get(self, kind: type[Any], **fields: Any) -> Any:
        """The item with these fields in its key; None if it is not there."""
        return self.value(entity_of(kind).key(**fields))

    def some(
        self,
        chance: Random,
        tenant: str,
        kind: type[Any],
        such: Callable[[Any], bool] = lambda _item: True,
    ) -> Any:
        """An item of a type, drawn; None if a few draws did not find one of that kind."""
        keys = self._keys[tenant, entity_of(kind).name]
        hot = keys[-HOT:] if chance.random() < 0.5 else keys
        for number in range(TRIES if keys else 0):
            found = self.value(chance.choice(hot if number < TRIES / 2 else keys))
            if such(found):
                return found
        return None
