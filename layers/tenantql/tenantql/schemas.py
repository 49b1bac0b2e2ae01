"""The schemas that the layer ships, each with what the domains bind to it.

A new domain adds its bindables and its nodes here, and its types to the schema.
"""

import gc
from collections.abc import Sequence
from pkgutil import get_data
from typing import TYPE_CHECKING, Final

import msgspec

from tenantql import accounts, commerce, platform
from tenantql.commerce import operators
from tenantql.engine import nodes
from tenantql.engine.ahead import CompiledAhead
from tenantql.engine.binding import Bindable
from tenantql.engine.operations import Engine

if TYPE_CHECKING:
    from graphql import GraphQLSchema

MANIFEST: Final = "operations.json"
SOURCE: Final = "operations"
PARSED: Final = ".parsed"
"""What follows the name of a schema's file in that of the schema as the build has read it."""

type Manifest = dict[str, str]
"""Texts by their SHA-256, as persisted documents are exchanged."""

AHEAD: Final = "tenantql.ahead"
"""The package of what is compiled when the layer is built: a package for each function."""


def shipped(name: str) -> bytes | None:
    """A file of the layer; None if this is no layer, and the file is one that its build writes."""
    try:
        return get_data("tenantql", name)
    except FileNotFoundError:
        return None


class ShippedSchema(msgspec.Struct, frozen=True):
    """A schema: the function that answers it, the name of its file, and what is bound to it."""

    function: str
    file: str
    bindables: Sequence[Bindable]

    def text(self) -> str:
        """What the file says."""
        return (shipped(self.file) or b"").decode()

    def executable(self) -> "GraphQLSchema":
        """The schema with its resolvers. Raises SchemaError if they do not fit."""
        # graphql-core and Ariadne, which operations that were compiled ahead do without.
        from tenantql.engine.schema import bind_parsed, bind_schema  # noqa: PLC0415

        written = shipped(f"{self.file}{PARSED}")
        if written is not None:
            return bind_parsed(written, self.bindables)
        return bind_schema(self.text(), self.bindables)

    def engine(self, *, introspection: bool, lazy: bool) -> Engine:
        """The engine of the function. Raises SchemaError if not `lazy`, as `executable` does.

        Lazy, it makes the schema when a request needs it that is not compiled ahead.
        """
        ahead = CompiledAhead(f"{AHEAD}.{self.function}", self.bindables)
        engine = Engine(self._kept, introspection=introspection, ahead=ahead)
        if not (lazy and ahead.is_there()):
            engine.warm()
        return engine

    def _kept(self) -> "GraphQLSchema":
        """The schema for the whole life of the process: the collector need not walk it again."""
        # Nor is there anything to be found while it is made: looking took a fifth of the time.
        gc.disable()
        try:
            return self.executable()
        finally:
            gc.freeze()
            gc.enable()


TENANTS: Final = ShippedSchema(
    "graphql",
    "schema.graphql",
    [
        *nodes.bindables([*accounts.nodes, *commerce.nodes]),
        *accounts.bindables,
        *commerce.bindables,
    ],
)
OPERATORS: Final = ShippedSchema(
    "platform", "platform.graphql", [*platform.bindables, *operators.bindables]
)
SCHEMAS: Final = {each.function: each for each in (TENANTS, OPERATORS)}
"""By the name of the function."""
