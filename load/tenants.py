"""Whose requests a run has: tenants of skewed sizes, and the records that route to them."""

from collections.abc import Sequence
from typing import Final

import msgspec

from benchmarks.day.population import TIERS, Population
from load.scene import Scene
from load.setting import Size
from tenantql.tenancy.routing import RoutingRecord, ShardCount, Tier
from tests.unit.builders import route

BUSIEST: Final = 0.5
"""The share of the requests that one tenant has; the others share the rest by Zipf's law."""


def scenes_of(count: int, size: Size, table: str) -> list[tuple[Scene, Size]]:
    """So many tenants, the busiest first, each with as much as its share of the requests."""
    others = [1 / rank**Population.tenant_exponent for rank in range(1, count)]
    weights = [BUSIEST, *((1 - BUSIEST) * each / sum(others) for each in others)]
    return [
        (Scene(f"tenant-{number:03d}", weight, table), size.times(weight / BUSIEST))
        for number, weight in enumerate(weights)
    ]


def routes(scenes: Sequence[Scene], table: str) -> list[RoutingRecord]:
    """Where the tenants' data is, in the tier whose budget they need."""
    return [
        msgspec.structs.replace(
            route(scene.tenant, table=table), tier=_tier(scene.weight), shards=_shards(scene.weight)
        )
        for scene in scenes
    ]


def _tier(weight: float) -> Tier:
    """By the budget that a tenant needs."""
    if weight > 0.2:
        return Tier.ENTERPRISE
    return Tier.PREMIUM if weight > 0.02 else Tier.ADVANCED


def _shards(weight: float) -> dict[str, ShardCount]:
    return {kind: ShardCount(read=n, write=n) for kind, n in TIERS[_tier(weight)].items()}
