"""Changes of a tenant table, and the consumers that keep derived items up to date.

A consumer is an `async def` of one change that awaits requests, as a resolver does. It runs with
the credentials of the tenant that the record's key names, and of nobody else. The stream delivers a
change at least once: so a consumer computes what to write from the change, writes it only over an
older state, and takes a condition that does not hold for somebody having been faster.
"""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from tenantql.table import calls
from tenantql.table.attributes import RawItem
from tenantql.table.calls import Transport
from tenantql.table.driving import drive
from tenantql.table.entity import Item, declared
from tenantql.table.keys import tenant_of
from tenantql.tenancy.credentials import Vendor
from tenantql.tenancy.policy import Level
from tenantql.tenancy.routing import Routes, RoutingRecord, ShardCount


@dataclass(frozen=True, slots=True)
class Change[T: Item]:
    """An item before and after a write: None before it was created, and after it was deleted."""

    before: T | None
    after: T | None
    route: RoutingRecord

    def shards_of(self, collection: str) -> int:
        """Over how many shards new items of a collection are spread."""
        return self.route.shards.get(collection, ShardCount()).write


type Consumer = Callable[[Change[Any]], Coroutine[Any, Any, None]]
type Consumers = Mapping[type[Item], Sequence[Consumer]]


class Dispatcher:
    """Hands records of a stream to the consumers of the type of their item."""

    def __init__(
        self, consumers: Sequence[Consumers], routes: Routes, vendor: Vendor, transport: Transport
    ) -> None:
        self._consumers: dict[str, list[Consumer]] = {}
        names = {entity.item: name for name, entity in declared().items()}
        for domain in consumers:
            for item, found in domain.items():
                self._consumers.setdefault(names[item], []).extend(found)
        self._routes = routes
        self._vendor = vendor
        self._transport = transport

    def dispatch(self, table: str, before: RawItem | None, after: RawItem | None) -> None:
        """Runs each consumer of the change of one item, in the order of their declaration.

        Nothing happens for a tenant that is not known, or lives in another table now, or whose
        consumers are off. Raises what a consumer raises.
        """
        image = after or before
        if image is None:
            return
        name = str(image.get("type", {}).get("S", ""))
        consumers = self._consumers.get(name, ())
        if not consumers:
            return
        route = self._routes.record(tenant_of(image["PK"]["S"]))
        if route is None or route.table != table or not route.consumers:
            return
        entity = declared()[name]
        change = Change(
            None if before is None else cast(Item, entity.decode(before)),
            None if after is None else cast(Item, entity.decode(after)),
            route,
        )
        access = self._vendor.access(route.tenant, route.table, Level.WRITE)
        for consumer in consumers:
            drive(consumer(change), lambda request: calls.run(self._transport, request, access))
