"""Refusals of the tenancy layer."""

from typing import ClassVar

from tenantql.errors import Code, TenantqlError


class Unauthenticated(TenantqlError):
    """Raised when an event carries no identity that the authorizer verified."""

    code: ClassVar[Code] = Code.UNAUTHENTICATED


class TenantRefused(TenantqlError):
    """Raised when the tenant is unknown or suspended, or has no part in this endpoint."""

    code: ClassVar[Code] = Code.FORBIDDEN


class TenantMoving(TenantqlError):
    """Raised for a write while the tenant moves to another table; try again shortly."""

    code: ClassVar[Code] = Code.TENANT_MOVING
    retry_after = 30.0


class VendingFailed(TenantqlError):
    """Raised when STS does not issue credentials; nothing is read or written without them."""

    code: ClassVar[Code] = Code.UNAVAILABLE
