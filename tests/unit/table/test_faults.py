"""Codes of the service as errors of ours: for every transport the same."""

from typing import Any
from zlib import crc32

import pytest

from tenantql.errors import Code
from tenantql.table.errors import (
    AccessDenied,
    ConditionFailed,
    Conflict,
    CredentialsMissing,
    OutcomeUnknown,
    TableError,
    Throttled,
)
from tenantql.table.faults import fault, is_damaged

ITEM = {"PK": {"S": "TENANT#acme#A"}, "SK": {"S": "A"}}


@pytest.mark.parametrize(
    ("code", "status", "kind", "shown"),
    [
        ("AccessDeniedException", 400, AccessDenied, Code.FORBIDDEN),
        ("ExpiredTokenException", 400, CredentialsMissing, Code.INTERNAL),
        ("IncompleteSignatureException", 400, CredentialsMissing, Code.INTERNAL),
        ("InvalidSignatureException", 400, CredentialsMissing, Code.INTERNAL),
        ("UnrecognizedClientException", 400, CredentialsMissing, Code.INTERNAL),
        ("ThrottlingException", 400, Throttled, Code.RATE_LIMITED),
        ("ThrottlingException", 503, Throttled, Code.RATE_LIMITED),
        ("TransactionConflictException", 400, Conflict, Code.CONFLICT),
        ("InternalServerError", 500, OutcomeUnknown, Code.UNAVAILABLE),
        ("ServiceUnavailable", 503, OutcomeUnknown, Code.UNAVAILABLE),
        ("SomethingNew", 500, OutcomeUnknown, Code.UNAVAILABLE),
        ("502", 502, OutcomeUnknown, Code.UNAVAILABLE),
        ("SomethingNew", 400, TableError, Code.INTERNAL),
        ("ValidationException", 400, TableError, Code.INTERNAL),
        ("", 0, TableError, Code.INTERNAL),
    ],
)
def test_a_code_has_a_type_and_the_message_of_the_service_stays_inside(
    code: str, status: int, kind: type[TableError], shown: Code
) -> None:
    error = fault(code, status, {"message": "secret"})
    assert (type(error), error.code) == (kind, shown)
    assert "secret" not in str(error)


@pytest.mark.parametrize(("item", "stored"), [(ITEM, {0: ITEM}), ({}, {}), (None, {})])
def test_a_failed_condition_tells_what_is_stored(item: Any, stored: Any) -> None:
    error = fault("ConditionalCheckFailedException", 400, {"Item": item})
    assert isinstance(error, ConditionFailed)
    assert (error.failed, error.stored) == ((0,), stored)


@pytest.mark.parametrize(
    ("reasons", "kind"),
    [
        ([{"Code": "None"}, {"Code": "TransactionConflict"}], Conflict),
        ([{"Code": "ThrottlingError"}, {}], Throttled),
        ([{"Code": "ProvisionedThroughputExceeded"}], Throttled),
        ([{"Code": "ValidationError", "Message": "secret"}], TableError),
        ([], TableError),
        (None, TableError),
    ],
)
def test_a_cancelled_transaction_is_its_most_telling_reason(
    reasons: Any, kind: type[TableError]
) -> None:
    error = fault("TransactionCanceledException", 400, {"CancellationReasons": reasons})
    assert type(error) is kind
    assert "secret" not in str(error)


def test_a_cancelled_transaction_tells_which_conditions_failed() -> None:
    reasons: list[dict[str, Any]] = [
        {"Code": "ConditionalCheckFailed", "Item": ITEM},
        {"Code": "TransactionConflict"},
        {"Code": "ConditionalCheckFailed"},
    ]
    error = fault("TransactionCanceledException", 400, {"CancellationReasons": reasons})
    assert isinstance(error, ConditionFailed)
    assert (error.failed, error.stored) == ((0, 2), {0: ITEM})


def test_a_checksum_is_of_the_bytes_it_came_with() -> None:
    body = b'{"Item": {}}'
    right = str(crc32(body))
    assert not is_damaged(body, right)
    assert not is_damaged(body, None)
    for wrong in (str(crc32(body) + 1), "", "none", f"0{right}"):
        assert is_damaged(body, wrong)
