"""Routing: which table holds a tenant, and whether it may be served now.

The control table has one record a tenant. It is read with the function's own credentials and
kept for seconds, so that a suspension or a move takes effect while a token, and the gateway's
cached answer to it, are still good.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Final

import msgspec

from tenantql.table import calls
from tenantql.table.access import Access
from tenantql.table.entity import entity, entity_of
from tenantql.table.requests import Get
from tenantql.table.transport import Transport
from tenantql.tenancy.errors import TenantRefused

CONTROL_LEAD: Final = "TENANT#"
"""What each partition key of the control table starts with."""

FRESH_SECONDS: Final = 5.0
CAPACITY: Final = 10_000


class Tier(StrEnum):
    """What a tenant pays for: it decides its table, its capacity and its limits."""

    BASIC = "basic"
    ADVANCED = "advanced"
    PREMIUM = "premium"
    ENTERPRISE = "enterprise"


class Status(StrEnum):
    """Whether a tenant is served: in full, for reads only while it moves, or not at all."""

    ACTIVE = "active"
    MOVING = "moving"
    SUSPENDED = "suspended"


type Shards = Annotated[int, msgspec.Meta(ge=1, le=100)]


class ShardCount(msgspec.Struct, frozen=True, kw_only=True):
    """Over how many shards a collection is read and written.

    Growth raises `read` first, and `write` when every cached record has the new number.
    """

    read: Shards = 1
    write: Shards = 1


@entity(
    name="RoutingRecord",
    pk="TENANT#{tenant}",
    sk="ROUTE",
    lead="TENANT#{tenant}",
    directory=False,
)
class RoutingRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant as the platform knows it: its name, tier, status and the table of its data.

    `shards` has the shard counts of its sharded collections; one that is not named has one.
    `cursor_keys` sign the cursors of its lists, the newest first: each 64 hexadecimal digits.
    `time_zone` (IANA name) says which day a payment counts for. While `consumers` is off, the
    stream's records of the tenant go to none.
    """

    tenant: str
    name: str
    tier: Tier
    status: Status
    table: str
    created_at: str
    shards: dict[str, ShardCount] = {}
    cursor_keys: tuple[str, ...] = ()
    time_zone: str = "UTC"
    consumers: bool = True


class Routes:
    """Routing records through a cache of `FRESH_SECONDS`, bounded in size."""

    def __init__(
        self,
        transport: Transport,
        control: Callable[[], Access],
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`clock` is the wall's: monotonic time stands still while a function is frozen."""
        self._transport = transport
        self._control = control
        self._clock = clock
        self._cache: OrderedDict[str, tuple[float, RoutingRecord]] = OrderedDict()

    def of(self, tenant: str) -> RoutingRecord:
        """The record of `tenant`, at most `FRESH_SECONDS` old.

        Raises TenantRefused for a tenant that is unknown or suspended, and what a read raises:
        without a fresh record nobody is served.
        """
        record = self.record(tenant)
        if record is None:
            raise TenantRefused("this organisation is not known")
        if record.status is Status.SUSPENDED:
            raise TenantRefused("this organisation is suspended")
        return record

    def record(self, tenant: str) -> RoutingRecord | None:
        """The record of `tenant` whatever its status, at most `FRESH_SECONDS` old, if any."""
        now = self._clock()
        cached = self._cache.get(tenant)
        if cached is not None and 0 <= now - cached[0] < FRESH_SECONDS:
            self._cache.move_to_end(tenant)
            return cached[1]
        key = entity_of(RoutingRecord).key(tenant=tenant)
        record = calls.run(self._transport, Get(RoutingRecord, key), self._control())
        if record is None:
            return None
        self._cache[tenant] = (now, record)
        self._cache.move_to_end(tenant)
        while len(self._cache) > CAPACITY:
            self._cache.popitem(last=False)
        return record
