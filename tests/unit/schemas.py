"""The schemas that the layer ships, each with the resolvers that its function binds."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from tenantql import accounts, commerce, platform
from tenantql.commerce import operators
from tenantql.engine import nodes
from tenantql.engine.binding import Bindable
from tenantql.engine.schema import PLATFORM_SCHEMA, TENANT_SCHEMA

SHIPPED: Final[Mapping[str, Sequence[Bindable]]] = MappingProxyType(
    {
        TENANT_SCHEMA: [
            *nodes.bindables([*accounts.nodes, *commerce.nodes]),
            *accounts.bindables,
            *commerce.bindables,
        ],
        PLATFORM_SCHEMA: [*platform.bindables, *operators.bindables],
    }
)
