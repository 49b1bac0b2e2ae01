"""The one place where an exception becomes a GraphQL error, and where defects are masked."""

import traceback
from collections.abc import Mapping
from typing import Any, Final

from graphql import GraphQLError

from tenantql.engine.running import FieldError
from tenantql.errors import Code, TenantqlError

MASKED: Final = "The request failed. Tell the operator the request id."
UNREADABLE: Final = "A value of the document cannot be read as one of its type."


def error_entry(error: BaseException, request_id: str) -> dict[str, Any]:
    """`error` as an entry of a response's `errors`, with `extensions.code`.

    An error of the client keeps its message. INTERNAL shows the request id and nothing else.
    """
    cause = cause_of(error)
    code = code_of(error)
    extensions: dict[str, Any] = {"code": code}
    message = str(cause)
    if code is Code.INTERNAL:
        message = MASKED
        extensions["requestId"] = request_id
    elif isinstance(cause, GraphQLError):
        message = cause.message
    elif isinstance(cause, TenantqlError):
        extensions |= cause.details
    else:
        # What a library says of a value is not for clients.
        message = UNREADABLE
    entry: dict[str, Any] = {"message": message}
    if isinstance(error, FieldError):
        entry["locations"] = [{"line": line, "column": at} for line, at in error.locations]
        entry["path"] = error.path
    elif isinstance(error, GraphQLError) and error.locations:
        entry["locations"] = [{"line": at.line, "column": at.column} for at in error.locations]
    return entry | {"extensions": extensions}


def code_of(error: BaseException) -> Code:
    """What the client is told of `error`; a GraphQL error of the client's is bad input."""
    cause = cause_of(error)
    if isinstance(cause, TenantqlError):
        return cause.code
    return Code.BAD_USER_INPUT if _is_the_clients(error, cause) else Code.INTERNAL


def _is_the_clients(error: BaseException, cause: BaseException) -> bool:
    """Whether the document or its variables are wrong.

    Before a field runs all that graphql-core looks at is the client's, also where Python
    gives up, as on an integer of 5,000 digits. At a field, it is what stands in the document; else
    a value of ours did not fit its type.
    """
    if isinstance(error, FieldError):
        return isinstance(cause, GraphQLError) and bool(cause.nodes)
    return isinstance(error, GraphQLError)


def cause_of(error: BaseException) -> BaseException:
    """What was raised first, inside graphql-core's wrapping."""
    while isinstance(error, FieldError | GraphQLError) and error.original_error is not None:
        error = error.original_error
    return error


def log_fields(error: BaseException) -> Mapping[str, Any]:
    """What a log line may hold of a defect: type and stack. A message may quote data."""
    cause = cause_of(error)
    frames = traceback.extract_tb(cause.__traceback__)
    return {
        "error_type": f"{type(cause).__module__}.{type(cause).__qualname__}",
        "error_stack": [f"{frame.name} {frame.filename}:{frame.lineno}" for frame in frames[-12:]],
    }
