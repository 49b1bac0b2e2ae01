"""The platform's own operations: tenants as the operators see them."""

from tenantql.platform.resolvers import bindables

__all__ = ["bindables"]
