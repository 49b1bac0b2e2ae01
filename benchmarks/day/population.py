"""Whose requests they are and what they are about: tenants, and how popular things are in them.

Popularity is Zipf's: the thing of rank k is asked for in proportion to 1 / k^s. YCSB, the usual
benchmark of key-value stores, has s = 0.99 (Cooper et al., Benchmarking Cloud Serving Systems with
YCSB, 2010, section 5.2 and the client's ZipfianGenerator); we take it for all but customers.
"""

from collections.abc import Mapping
from copy import replace
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tenantql.commerce.orders import PLATFORM_SHARDS
from tenantql.table.shards import shard_of
from tests.unit.commerce.builders import id_of_number

type Numbers = NDArray[np.int64]

TIERS: Final[Mapping[str, Mapping[str, int]]] = {
    "basic": {
        "users": 1, "orders": 1, "invoices": 1, "revenue": 1, "spend": 1, "directory": 1,
    },
    "advanced": {
        "users": 1, "orders": 1, "invoices": 1, "revenue": 2, "spend": 1, "directory": 2,
    },
    "premium": {
        "users": 1, "orders": 2, "invoices": 2, "revenue": 4, "spend": 1, "directory": 4,
    },
    "enterprise": {
        "users": 2, "orders": 4, "invoices": 4, "revenue": 4, "spend": 2, "directory": 8,
    },
}  # fmt: skip
"""Shards by tier and kind: docs/data-model.md, Shards. A test compares them."""

SAMPLE: Final = 20_000
"""Ids whose shards stand for those of all ids."""


@dataclass(frozen=True)
class Population:
    """How many there are of each in a tenant, how skewed requests are, and over how many shards.

    `busiest` is the share of the requests that one tenant has; the others share the rest by Zipf.
    `counts` and `exponents` are by the kind of thing. What has no count is each request's own.
    """

    shards: Mapping[str, int]
    busiest: float = 0.5
    tenants: int = 20
    tenant_exponent: float = 0.99
    counts: Mapping[str, int] = field(
        default_factory=lambda: {
            "product": 10_000,
            "category": 1_000,
            "seller": 500,
            "customer": 100_000,
            "user": 100_000,
            "head": 400,
        }
    )
    exponents: Mapping[str, float] = field(
        default_factory=lambda: {
            "product": 0.99,
            "category": 0.99,
            "seller": 0.99,
            "customer": 0.5,
            "user": 0.5,
            "head": 0.99,
        }
    )

    def skewed(self, by: float) -> "Population":
        """The same with exponents that are larger by so much."""
        return replace(self, exponents={kind: s + by for kind, s in self.exponents.items()})

    def draw_tenants(self, chance: np.random.Generator, size: int) -> Numbers:
        """The tenants of so many requests: number 0 is the busiest."""
        others = 1 + _drawn(self._tenant_weights, chance, size)
        return np.where(chance.random(size) < self.busiest, 0, others)

    def draw(self, kind: str, chance: np.random.Generator, size: int) -> Numbers:
        """Things of a kind, number 0 the most popular."""
        return _drawn(self._weights[kind], chance, size)

    def seller_of(self, products: Numbers) -> Numbers:
        """The sellers of products: each the same in all requests."""
        return self._sellers[products]

    def draw_shards(self, kind: str, chance: np.random.Generator, size: int) -> Numbers:
        """The shards in which so many new things are created, by the layer's own function."""
        found = self._shards[kind]
        return found[chance.integers(0, len(found), size)]

    def shards_of(self, kind: str) -> int:
        """Over how many shards things of a kind are spread."""
        return PLATFORM_SHARDS if kind == "platform" else self.shards[kind]

    @cached_property
    def _tenant_weights(self) -> NDArray[np.float64]:
        return _cumulated(self.tenants - 1, self.tenant_exponent)

    @cached_property
    def _weights(self) -> dict[str, NDArray[np.float64]]:
        return {kind: _cumulated(n, self.exponents[kind]) for kind, n in self.counts.items()}

    @cached_property
    def _sellers(self) -> Numbers:
        chance = np.random.default_rng(7)
        return self.draw("seller", chance, self.counts["product"])

    @cached_property
    def _shards(self) -> dict[str, Numbers]:
        ids = [id_of_number(number) for number in range(SAMPLE)]
        return {
            kind: np.array([int(shard_of(id, self.shards_of(kind))) for id in ids])
            for kind in (*self.shards, "platform")
        }


def _cumulated(count: int, exponent: float) -> NDArray[np.float64]:
    weights: Any = 1 / np.arange(1, count + 1) ** exponent
    return np.cumsum(weights) / weights.sum()


def _drawn(cumulated: NDArray[np.float64], chance: np.random.Generator, size: int) -> Numbers:
    found = np.searchsorted(cumulated, chance.random(size))
    return np.minimum(found, len(cumulated) - 1)
