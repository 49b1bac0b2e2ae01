"""Answers of DynamoDB: from an answer of HTTP to typed JSON, or a typed error."""

from base64 import b64decode
from typing import Any, cast

import orjson

from tenantql.table.direct import http1
from tenantql.table.errors import OutcomeUnknown
from tenantql.table.faults import LOST, fault, is_damaged
from tenantql.table.transport import Answer


class Refusal(Exception):
    """What DynamoDB said when it refused a call. It is the cause of an error, not for clients."""


class Damaged(Exception):
    """Raised for an answer whose bytes are not those that DynamoDB has sent."""


def read_answer(answer: http1.Answer) -> Answer:
    """What DynamoDB answered, as in the JSON of its API, with binary values as bytes.

    Raises the TableError that its error code stands for, and OutcomeUnknown for an answer that
    is damaged or no answer of DynamoDB at all.
    """
    if is_damaged(answer.body, answer.headers.get(b"x-amz-crc32", b"").decode("latin-1") or None):
        raise OutcomeUnknown(LOST) from Damaged("the checksum is of another answer")
    try:
        found = _decoded(answer.body)
    except (Damaged, ValueError) as error:
        raise OutcomeUnknown(LOST) from error
    if answer.status == 200:
        return found
    if answer.status < 400:
        raise OutcomeUnknown(LOST) from Refusal(f"status {answer.status}")
    # It looks like com.amazonaws.dynamodb.v20120810#ThrottlingException, maybe with a : and a URL.
    code = str(found.get("__type") or answer.status).rpartition("#")[2].partition(":")[0]
    request_id = answer.headers.get(b"x-amzn-requestid", b"").decode(errors="replace")
    said = found.get("message") or found.get("Message")
    raise fault(code, answer.status, found) from Refusal(f"{code}: {said} ({request_id})")


def _decoded(body: bytes) -> Answer:
    found: Any = orjson.loads(body)
    if not isinstance(found, dict):
        raise Damaged("the answer is no object")
    # Hardly any item has binary values; looking at the bytes spares a walk through all of them.
    if b'"B"' in body or b'"BS"' in body:
        found = _with_bytes(cast("object", found))
    return cast("Answer", found)


def _with_bytes(value: object) -> object:
    """`value` with binary attribute values as bytes.

    Only an attribute value is a map of nothing but B or BS with texts in it: where an attribute has
    that name, there is a map.
    """
    if isinstance(value, list):
        return [_with_bytes(each) for each in cast("list[object]", value)]
    if not isinstance(value, dict):
        return value
    entries = cast("dict[str, object]", value)
    if len(entries) == 1:
        ((name, content),) = entries.items()
        if name == "B" and isinstance(content, str):
            return {"B": b64decode(content, validate=True)}
        if name == "BS" and isinstance(content, list):
            texts = cast("list[object]", content)
            if all(isinstance(text, str) for text in texts):
                return {"BS": [b64decode(cast("str", text), validate=True) for text in texts]}
    return {name: _with_bytes(each) for name, each in entries.items()}
