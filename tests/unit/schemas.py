"""The schemas that the layer ships, by their files, each with what its function binds."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from tenantql.engine.binding import Bindable
from tenantql.schemas import SCHEMAS

SHIPPED: Final[Mapping[str, Sequence[Bindable]]] = MappingProxyType(
    {each.file: each.bindables for each in SCHEMAS.values()}
)
