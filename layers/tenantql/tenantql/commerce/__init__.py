"""The shop and marketplace: a domain that others can be copied from.

`commerce.consumers` is of the stream alone: no request waits for its import.
"""

from tenantql.commerce.resolvers import bindables, nodes

__all__ = ["bindables", "nodes"]
