"""Answers of DynamoDB: from an answer of HTTP to typed JSON, or a typed error."""

from base64 import b64decode
from collections.abc import Mapping
from typing import Any, cast
from zlib import crc32

import orjson

from tenantql.table.direct import http1
from tenantql.table.errors import OutcomeUnknown
from tenantql.table.faults import fault
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
    try:
        _ensure_whole(answer)
        if answer.status == 200:
            return _decoded(answer.body)
    except (Damaged, ValueError) as error:
        raise OutcomeUnknown("the answer of the database was damaged") from error
    if answer.status < 400:
        raise OutcomeUnknown(f"the database answered with status {answer.status}")
    details = _details(answer.body)
    # It looks like com.amazonaws.dynamodb.v20120810#ThrottlingException, maybe with a : and a URL.
    code = str(details.get("__type") or answer.status).rpartition("#")[2].partition(":")[0]
    request_id = answer.headers.get(b"x-amzn-requestid", b"").decode(errors="replace")
    said = details.get("message") or details.get("Message")
    raise fault(code, answer.status, details) from Refusal(f"{code}: {said} ({request_id})")


def _ensure_whole(answer: http1.Answer) -> None:
    """Raises Damaged if the bytes do not have the checksum that they came with."""
    told = answer.headers.get(b"x-amz-crc32")
    if told is not None and told != str(crc32(answer.body)).encode():
        raise Damaged("the checksum is of another answer")


def _decoded(body: bytes) -> Answer:
    found: Any = orjson.loads(body)
    if not isinstance(found, dict):
        raise Damaged("the answer is no object")
    # Hardly any item has binary values; looking at the bytes spares a walk through all of them.
    if b'"B"' in body or b'"BS"' in body:
        found = _with_bytes(cast(object, found))
    return cast(Answer, found)


def _with_bytes(value: object) -> object:
    """`value` with binary attribute values as bytes.

    Only an attribute value is a map of nothing but B or BS with texts in it: where an attribute has
    that name, there is a map.
    """
    if isinstance(value, list):
        return [_with_bytes(each) for each in cast(list[object], value)]
    if not isinstance(value, dict):
        return value
    entries = cast(dict[str, object], value)
    if len(entries) == 1:
        ((name, content),) = entries.items()
        if name == "B" and isinstance(content, str):
            return {"B": b64decode(content, validate=True)}
        if name == "BS" and isinstance(content, list):
            texts = cast(list[object], content)
            if all(isinstance(text, str) for text in texts):
                return {"BS": [b64decode(cast(str, text), validate=True) for text in texts]}
    return {name: _with_bytes(each) for name, each in entries.items()}


def _details(body: bytes) -> Mapping[str, Any]:
    """What an answer with an error tells; nothing, if it is not DynamoDB who answers."""
    try:
        return _decoded(body)
    except (Damaged, ValueError):
        return {}
