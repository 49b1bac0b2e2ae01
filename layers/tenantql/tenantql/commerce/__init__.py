"""The shop and marketplace: a domain that others can be copied from."""

from tenantql.commerce.consumers import consumers
from tenantql.commerce.resolvers import bindables, nodes

__all__ = ["bindables", "consumers", "nodes"]
