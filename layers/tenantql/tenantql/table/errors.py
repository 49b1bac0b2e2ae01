"""What can go wrong below GraphQL: the model, the call, the answer.

No `botocore` error leaves the package: `tenantql.table.boto` maps each to one of these.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from tenantql.errors import Code, TenantqlError


class TableError(TenantqlError):
    """Any failure of a request to a table."""


class ModelError(TenantqlError):
    """Raised at import time for an entity declared wrongly; the message says what to change."""


class KeyValueError(TableError):
    """Raised when a value cannot be part of a key, or a key is not of the form expected."""

    code: ClassVar[Code] = Code.BAD_USER_INPUT


class InvalidItem(TableError):
    """Raised when a stored item does not fit its entity: a defect, or a write past the model."""


class AccessDenied(TableError):
    """Raised when IAM refuses a call. A client is never told more than FORBIDDEN."""

    code: ClassVar[Code] = Code.FORBIDDEN


class CredentialsMissing(TableError):
    """Raised when a call would go out without credentials of its request; it does not."""


class ForeignItem(TableError):
    """Raised when a read answers with an item under another tenant's partition key.

    IAM checks only the table's own key when an item is written, so another tenant can plant an
    index key; the read that meets it fails as a whole (isolation.md, trap 3).
    """


class ForeignKey(TableError):
    """Raised before a call when a request names a key outside the tenant of its credentials."""

    code: ClassVar[Code] = Code.FORBIDDEN


class Throttled(TableError):
    """Raised when DynamoDB still throttles after the retries."""

    code: ClassVar[Code] = Code.RATE_LIMITED
    retry_after = 1.0


class Unavailable(TableError):
    """Raised when DynamoDB or the network fails, or the function's time is up."""

    code: ClassVar[Code] = Code.UNAVAILABLE


class OutcomeUnknown(Unavailable):
    """Raised when the answer to a call was lost: it may have been carried out, or not."""


class Conflict(TableError):
    """Raised when concurrent transactions collide and retries did not help."""

    code: ClassVar[Code] = Code.CONFLICT


class ConditionFailed(Conflict):
    """Raised when the condition of a write does not hold.

    `failed` has the index of each action of the transaction whose condition failed (0 for a
    single write), `labels` their labels, and `stored` the items as they are, by the same index;
    an item that is not there is not in it.
    """

    def __init__(
        self,
        failed: tuple[int, ...],
        labels: tuple[str, ...] = (),
        stored: Mapping[int, Any] | None = None,
    ) -> None:
        named = ", ".join(label for label in labels if label)
        super().__init__("a condition of the write does not hold" + (named and f": {named}"))
        self.failed = failed
        self.labels = labels
        self.stored: Mapping[int, Any] = stored or {}


class CursorRefused(TableError):
    """Raised for a cursor that is not one of ours, was altered, or belongs to another query."""

    code: ClassVar[Code] = Code.BAD_USER_INPUT

    def __init__(self) -> None:
        super().__init__("this cursor does not belong to this query; start again without it")
