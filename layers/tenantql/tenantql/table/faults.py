"""Error codes of DynamoDB as errors of our own: one table for every transport.

Codes and which of them come with status 500 or 503:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
"""

from collections.abc import Mapping
from typing import Any, Final, cast
from zlib import crc32

from tenantql.table.attributes import RawItem
from tenantql.table.errors import (
    AccessDenied,
    ConditionFailed,
    Conflict,
    CredentialsMissing,
    OutcomeUnknown,
    TableError,
    Throttled,
)

LOST: Final = "the answer of the database was lost; look before you repeat what you wrote"

# A code that is not here is a defect: INTERNAL.
_FAULTS: Final[Mapping[str, tuple[type[TableError], str]]] = {
    "AccessDeniedException": (AccessDenied, "access denied"),
    "ExpiredTokenException": (CredentialsMissing, "the credentials have expired"),
    "IncompleteSignatureException": (CredentialsMissing, "the credentials are not accepted"),
    "UnrecognizedClientException": (CredentialsMissing, "the credentials are not accepted"),
    "InvalidSignatureException": (CredentialsMissing, "the credentials are not accepted"),
    "MissingAuthenticationTokenException": (CredentialsMissing, "a call was not signed"),
    "ProvisionedThroughputExceededException": (Throttled, "the table is busy; try again"),
    "ThrottlingException": (Throttled, "the table is busy; try again"),
    "RequestLimitExceeded": (Throttled, "the table is busy; try again"),
    "TransactionConflictException": (Conflict, "another write was in the way; try again"),
    "ReplicatedWriteConflictException": (Conflict, "another write was in the way; try again"),
    "TransactionInProgressException": (Conflict, "the same write is in progress; try again"),
    "IdempotentParameterMismatchException": (
        TableError,
        "the token of a transaction was used for another one",
    ),
    "InternalServerError": (OutcomeUnknown, LOST),
    "ServiceUnavailable": (OutcomeUnknown, LOST),
}


def fault(code: str, status: int, details: Mapping[str, Any]) -> TableError:
    """The error that DynamoDB's answer with this code and HTTP status means.

    `details` is the answer's body; items in it are as DynamoDB's typed JSON. The service's message
    is not part of the error, since it may quote data. After a status of 500 and above, a write may
    have been carried out; codes of throttling alone promise that it was not.
    """
    if code == "ConditionalCheckFailedException":
        item: RawItem | None = details.get("Item")
        return ConditionFailed((0,), stored={0: item} if item else {})
    if code == "TransactionCanceledException":
        return _cancelled(details)
    if code not in _FAULTS and status >= 500:
        return OutcomeUnknown(LOST)
    kind, message = _FAULTS.get(code, (TableError, f"the database answered {code}"))
    return kind(message)


def is_damaged(body: bytes, checksum: str | None) -> bool:
    """Whether the body of an answer is not what DynamoDB has sent with this X-Amz-Crc32."""
    return checksum is not None and checksum != str(crc32(body))


def _cancelled(details: Mapping[str, Any]) -> TableError:
    """The most telling of the reasons, which DynamoDB lists in the order of the actions."""
    reasons = cast("list[dict[str, Any]]", details.get("CancellationReasons") or [])
    codes = [reason.get("Code") or "None" for reason in reasons]
    failed = tuple(i for i, code in enumerate(codes) if code == "ConditionalCheckFailed")
    if failed:
        stored = {i: reasons[i]["Item"] for i in failed if reasons[i].get("Item")}
        return ConditionFailed(failed, stored=stored)
    if "TransactionConflict" in codes:
        return Conflict("another write was in the way; try again")
    if {"ThrottlingError", "ProvisionedThroughputExceeded"} & set(codes):
        return Throttled("the table is busy; try again")
    return TableError(f"the transaction was cancelled: {', '.join(sorted(set(codes)))}")
