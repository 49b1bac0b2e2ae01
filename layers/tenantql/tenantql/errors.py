"""The base of every error that TenantQL raises, and the codes a client may see.

The codes are the contract of the endpoint: they appear as `extensions.code` of a GraphQL
error. Each layer raises its own, most specific subclass close to the cause; one place,
`tenantql.engine.failures`, turns them into GraphQL errors.
"""

from collections.abc import Mapping
from enum import StrEnum
from math import ceil
from typing import Any, ClassVar


class Code(StrEnum):
    """What a client can tell apart, and act on."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    CONFLICT = "CONFLICT"
    RATE_LIMITED = "RATE_LIMITED"
    COST_EXCEEDED = "COST_EXCEEDED"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    PERSISTED_QUERY_NOT_SUPPORTED = "PERSISTED_QUERY_NOT_SUPPORTED"
    TENANT_MOVING = "TENANT_MOVING"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL = "INTERNAL"


class TenantqlError(Exception):
    """An error of TenantQL; `code` says what a client is told.

    The message reaches the client for every code except INTERNAL, so it holds nothing that
    the client did not send or may not know. `retry_after` is how many seconds a client should
    wait before it tries again, where that is known.
    """

    code: ClassVar[Code] = Code.INTERNAL
    retry_after: float | None = None

    @property
    def details(self) -> Mapping[str, Any]:
        """What a client's program may go by, for `extensions` beside the code."""
        return {} if self.retry_after is None else {"retryAfter": ceil(self.retry_after)}


class SettingsError(TenantqlError):
    """Raised at start when the environment of the function is incomplete or malformed."""
