"""The organisation and its people: what every domain stands on."""

from tenantql.accounts import resolvers, usage
from tenantql.accounts.resolvers import nodes

bindables = [*resolvers.bindables, *usage.bindables]

__all__ = ["bindables", "nodes"]
