"""The one place where an exception becomes an error of a response, and where defects are masked."""

import traceback
from collections.abc import Iterable, Mapping
from typing import Any, Final

from tenantql.engine.errors import DocumentError
from tenantql.engine.running import FieldError
from tenantql.errors import Code, TenantqlError

MASKED: Final = "The request failed. Tell the operator the request id."


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
    elif isinstance(cause, TenantqlError):
        extensions |= cause.details
    entry: dict[str, Any] = {"message": message}
    if isinstance(error, FieldError):
        entry["locations"] = _places(error.locations)
        entry["path"] = error.path
    elif isinstance(error, DocumentError) and error.locations:
        entry["locations"] = _places(error.locations)
    return entry | {"extensions": extensions}


def _places(locations: Iterable[tuple[int, int]]) -> list[dict[str, int]]:
    return [{"line": line, "column": column} for line, column in locations]


def code_of(error: BaseException) -> Code:
    """What the client is told of `error`; of what we did not foresee, INTERNAL."""
    cause = cause_of(error)
    return cause.code if isinstance(cause, TenantqlError) else Code.INTERNAL


def cause_of(error: BaseException) -> BaseException:
    """What was raised first, by itself."""
    while isinstance(error, FieldError):
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
