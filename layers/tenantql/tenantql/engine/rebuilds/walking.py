"""Walking: all items of a type, found through the directory, a hundred at a time."""

from collections.abc import AsyncGenerator
from typing import Any

from tenantql.engine.rebuilds.settling import Watcher
from tenantql.table.entity import Item, Key, entity_of
from tenantql.table.requests import MAX_GETS, BatchGet, ListedKey, Query
from tenantql.table.shards import shard_names
from tenantql.tenancy.routing import RoutingRecord, ShardCount


async def listed(
    kind: type[Item], route: RoutingRecord, watcher: Watcher
) -> AsyncGenerator[tuple[Key, ...]]:
    """The keys of all items of a type, as many at a time as a batch reads: a Query each."""
    entity, done = entity_of(kind), 0
    count = route.shards.get("directory", ShardCount()).read
    for position, shard in enumerate(shard_names(count)):
        key, after = entity.directory_key(route.tenant, shard), None
        while True:
            page = await Query(ListedKey, key, index="directory", limit=MAX_GETS, after=after)
            if page.items:
                yield tuple(each.key for each in page.items)
                done += len(page.items)
            more = position + 1 < count or page.resume is not None
            watcher.read(entity.name, done, done + MAX_GETS if more else done)
            if page.resume is None:
                break
            after = page.resume


async def everything(
    kind: type[Item], route: RoutingRecord, watcher: Watcher
) -> AsyncGenerator[Any]:
    """All items of a type, each strongly consistent."""
    async for keys in listed(kind, route, watcher):
        for item in await BatchGet(kind, keys):
            if item is not None:
                yield item
