"""The organisation and its people: what every domain stands on."""

from tenantql.accounts.consumers import consumers
from tenantql.accounts.resolvers import bindables, nodes

__all__ = ["bindables", "consumers", "nodes"]
