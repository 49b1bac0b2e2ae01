"""Answers of DynamoDB: from an answer of HTTP to typed JSON, or a typed error."""

from collections.abc import Mapping
from typing import Any, Final, TypedDict, cast

import msgspec
import orjson

from tenantql.table.direct import http1
from tenantql.table.errors import OutcomeUnknown
from tenantql.table.faults import LOST, fault, is_damaged
from tenantql.table.transport import Answer


class Refusal(Exception):
    """What DynamoDB said when it refused a call. It is the cause of an error, not for clients."""


class Damaged(Exception):
    """Raised for an answer whose bytes are not those that DynamoDB has sent."""


class Found(TypedDict, total=False):
    """What answers tell that is asked for. Items stay bytes until it is known what they are."""

    Item: msgspec.Raw
    Items: list[msgspec.Raw]
    Responses: dict[str, list[msgspec.Raw]]
    Attributes: msgspec.Raw
    LastEvaluatedKey: dict[str, Any]
    UnprocessedKeys: dict[str, Any]
    UnprocessedItems: dict[str, Any]
    ConsumedCapacity: Any


_FOUND: Final = msgspec.json.Decoder(Found)


def read_answer(answer: http1.Answer) -> Answer:
    """What DynamoDB answered, as in the JSON of its API, each item as its bytes.

    Raises the TableError that its error code stands for, and OutcomeUnknown for an answer that
    is damaged or no answer of DynamoDB at all.
    """
    if is_damaged(answer.body, answer.headers.get(b"x-amz-crc32", b"").decode("latin-1") or None):
        raise OutcomeUnknown(LOST) from Damaged("the checksum is of another answer")
    try:
        if answer.status == 200:
            return cast("Answer", _FOUND.decode(answer.body))
        found = _whole(answer.body)
    except (Damaged, ValueError) as error:
        raise OutcomeUnknown(LOST) from error
    if answer.status < 400:
        raise OutcomeUnknown(LOST) from Refusal(f"status {answer.status}")
    # It looks like com.amazonaws.dynamodb.v20120810#ThrottlingException, maybe with a : and a URL.
    code = str(found.get("__type") or answer.status).rpartition("#")[2].partition(":")[0]
    request_id = answer.headers.get(b"x-amzn-requestid", b"").decode(errors="replace")
    said = found.get("message") or found.get("Message")
    raise fault(code, answer.status, found) from Refusal(f"{code}: {said} ({request_id})")


def _whole(body: bytes) -> Mapping[str, Any]:
    found: Any = orjson.loads(body)
    if not isinstance(found, dict):
        raise Damaged("the answer is no object")
    return cast("Mapping[str, Any]", found)
