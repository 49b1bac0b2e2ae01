"""Changes of a tenant table, and the consumers that keep derived items up to date.

A consumer is an `async def` of one change, or of several that are gathered, which awaits requests
as a resolver does. It runs with the credentials of the tenant that the record's key names, and of
nobody else. The stream delivers a change at least once: so a consumer computes what to write from
the change, writes it only over an older state, and takes a condition that does not hold for
somebody having been faster; or it marks the change as counted (`engine.markers`).
"""

from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from copy import replace
from typing import Any, cast

import msgspec

from tenantql.table import calls
from tenantql.table.access import Access
from tenantql.table.attributes import RawItem
from tenantql.table.driving import drive
from tenantql.table.entity import Item, declared
from tenantql.table.errors import Conflict, ModelError, Throttled, Unavailable
from tenantql.table.keys import tenant_of
from tenantql.table.transport import Transport
from tenantql.tenancy.credentials import Vendor
from tenantql.tenancy.policy import Level
from tenantql.tenancy.routing import Routes, RoutingRecord, ShardCount


class Change[T: Item](msgspec.Struct, frozen=True):
    """An item before and after a write: None before it was created, and after it was deleted.

    `event` is the id of the stream's record: the same each time that it is delivered.
    """

    before: T | None
    after: T | None
    route: RoutingRecord
    event: str = ""

    def shards_of(self, collection: str) -> int:
        """Over how many shards new items of a collection are spread."""
        return self.route.shards.get(collection, ShardCount()).write


type Consumer = Callable[[Change[Any]], Coroutine[Any, Any, None]]


class Gathered(msgspec.Struct, frozen=True):
    """A consumer of all changes of a batch that agree in `by`: sums are written once, not each.

    One that stands under several types gets the changes of all of them.
    """

    by: Callable[[Change[Any]], str]
    consume: Callable[[Sequence[Change[Any]]], Coroutine[Any, Any, None]]


class ToControl(msgspec.Struct, frozen=True):
    """A consumer that copies into the control table, by the right that the function itself has.

    That right is to one kind of records of the change's own tenant (`tenancy.revocation`).
    """

    consume: Consumer


type Consumers = Mapping[type[Item], Sequence[Consumer | Gathered | ToControl]]


def no_control(_tenant: str) -> Access:
    """Raises ModelError: nothing is copied into the control table."""
    raise ModelError("this dispatcher has no right to the control table")


class Record(msgspec.Struct, frozen=True):
    """A write as the stream tells it: its id, the table, and the item before and after."""

    event: str
    table: str
    before: RawItem | None
    after: RawItem | None


class Behind(Exception):
    """Raised for a record of an item whose earlier record has failed."""


class Dispatcher:
    """Hands records of a stream to the consumers of the type of their item."""

    def __init__(
        self,
        consumers: Sequence[Consumers],
        routes: Routes,
        vendor: Vendor,
        transport: Transport,
        control: Callable[[str], Access] = no_control,
    ) -> None:
        """`control` is the right of a ToControl consumer, for a change of that tenant."""
        self._consumers: dict[str, list[Consumer | Gathered | ToControl]] = {}
        names = {entity.item: name for name, entity in declared().items()}
        for domain in consumers:
            for item, found in domain.items():
                self._consumers.setdefault(names[item], []).extend(found)
        self._routes = routes
        self._vendor = vendor
        self._transport = transport
        self._control = control

    def batch(self) -> "Batch":
        """The records that are delivered together."""
        return Batch(self)

    def told(
        self, record: Record
    ) -> tuple[Change[Any], Sequence[Consumer | Gathered | ToControl]] | None:
        """A record as a change, and who is told of it; None if nobody is.

        So it is for a tenant that is not known, or lives in another table now, or whose consumers
        are off. Raises KeyValueError and InvalidItem.
        """
        image = record.after or record.before
        if image is None:
            return None
        name = str(image.get("type", {}).get("S", ""))
        consumers = self._consumers.get(name, ())
        if not consumers:
            return None
        route = self._routes.record(tenant_of(image["PK"]["S"]))
        if route is None or route.table != record.table or not route.consumers:
            return None
        entity = declared()[name]
        before, after = (
            None if item is None else cast("Item", entity.decode(item))
            for item in (record.before, record.after)
        )
        return Change(before, after, route, record.event), consumers

    def run(self, route: RoutingRecord, work: Coroutine[Any, Any, None]) -> None:
        """Runs a consumer as the tenant of `route`. Raises what it raises."""
        self._drive(work, self._access(route))

    def copy(self, route: RoutingRecord, work: Coroutine[Any, Any, None]) -> None:
        """Runs a consumer that copies into the control table. Raises what it raises."""
        self._drive(work, self._control(route.tenant))

    def _drive(self, work: Coroutine[Any, Any, None], access: Access) -> None:
        drive(work, lambda request: calls.run(self._transport, request, access))

    def _access(self, route: RoutingRecord) -> Access:
        access = self._vendor.access(route.tenant, route.table, Level.WRITE)
        directory = route.shards.get("directory", ShardCount()).write
        return replace(access, directory_shards=directory)


class Batch(msgspec.Struct):
    """Records that are delivered together: `take` each, then `finish`."""

    _dispatcher: Dispatcher
    _gathered: dict[tuple[str, int, str], "_Group"] = {}

    def take(self, record: Record) -> None:
        """Runs each consumer of one change, in the order of their declaration.

        Raises what a consumer raises; then those of several changes are not told of this one.
        """
        told = self._dispatcher.told(record)
        if told is None:
            return
        change, consumers = told
        gathering = list[tuple[tuple[str, int, str], Gathered]]()
        for consumer in consumers:
            if isinstance(consumer, Gathered):
                key = (change.route.tenant, id(consumer), consumer.by(change))
                gathering.append((key, consumer))
            elif isinstance(consumer, ToControl):
                self._dispatcher.copy(change.route, consumer.consume(change))
            else:
                self._dispatcher.run(change.route, consumer(change))
        for key, consumer in gathering:
            group = self._gathered.setdefault(key, _Group(consumer, change.route))
            group.changes.append((_item_of(record), change))

    def finish(self) -> dict[str, Exception]:
        """Runs the consumers of several changes; what went wrong, by the ids of the records.

        A group that fails is tried change by change, so that one which never succeeds keeps no
        other from being counted; unless the table is busy, when all of it comes again.
        """
        failed: dict[str, Exception] = {}
        for group in self._gathered.values():
            for event, error in self._finish(group):
                failed.setdefault(event, error)
        self._gathered.clear()
        return failed

    def _finish(self, group: "_Group") -> Iterator[tuple[str, Exception]]:
        changes = [change for _, change in group.changes]
        try:
            self._run(group, changes)
        except Exception as error:  # noqa: BLE001 - it is told with the record's id
            if len(changes) == 1 or isinstance(error, Conflict | Throttled | Unavailable):
                yield from ((change.event, error) for change in changes)
                return
        else:
            return
        behind: set[str] = set()
        for item, change in group.changes:
            if item in behind:
                yield change.event, Behind()
                continue
            try:
                self._run(group, [change])
            except Exception as error:  # noqa: BLE001 - as above
                behind.add(item)
                yield change.event, error

    def _run(self, group: "_Group", changes: Sequence[Change[Any]]) -> None:
        self._dispatcher.run(group.route, group.consumer.consume(changes))


class _Group(msgspec.Struct):
    """Changes that one consumer gets together, each with the key of its item."""

    consumer: Gathered
    route: RoutingRecord
    changes: list[tuple[str, Change[Any]]] = []


def _item_of(record: Record) -> str:
    image = record.after or record.before or {}
    return repr((image.get("PK"), image.get("SK")))
