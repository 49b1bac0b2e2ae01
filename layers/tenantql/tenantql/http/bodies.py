"""Bodies of requests: JSON in UTF-8, and nothing that could be read in two ways.

https://www.rfc-editor.org/rfc/rfc8259
"""

import json
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any, Final, cast

import orjson

from tenantql.http.errors import HttpError, ill_formed
from tenantql.http.negotiation import JSON, KNOWN
from tenantql.http.statuses import Outcome

UTF_8: Final = frozenset({"utf-8", "utf8"})


def json_body(
    headers: Mapping[str, str], body: bytes, names: tuple[str, ...]
) -> dict[str, object] | list[object]:
    """The object or list of a POST; `names` are the members that matter. Raises HttpError.

    The content type has to be JSON: no form sends that, so no page can send it to another site
    without a preflight. A body is never compressed: it is small, and would be a way to hide one
    that is not.
    """
    _check_type(headers.get("content-type", ""))
    coding = headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("", "identity"):
        raise HttpError(Outcome.MEDIA_TYPE, "Send the request without a content-encoding.")
    found = _parsed(body)
    if not isinstance(found, dict | list):
        raise ill_formed("The body needs to be a JSON object with a query.")
    if _may_repeat(body, names) and _repeats(body, frozenset(names)):
        raise ill_formed("The body has a member twice.")
    return cast("dict[str, object] | list[object]", found)


@lru_cache(KNOWN)
def _check_type(content_type: str) -> None:
    media_type, *parameters = (part.strip().lower() for part in content_type.split(";"))
    if media_type != JSON:
        raise HttpError(Outcome.MEDIA_TYPE, "Send the request as application/json.")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name == "charset" and value.strip('"') not in UTF_8:
            raise HttpError(Outcome.MEDIA_TYPE, "Send the request in UTF-8.")


def _parsed(body: bytes) -> object:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        pass
    if body.startswith(b"\xef\xbb\xbf"):
        raise _unreadable("The body begins with a byte order mark, which JSON does not have.")
    try:
        body.decode()
    except UnicodeDecodeError:
        raise _unreadable("The body is not valid UTF-8.") from None
    raise _unreadable("The body is not valid JSON.")


def _may_repeat(body: bytes, names: tuple[str, ...]) -> bool:
    """Whether a member could be there twice. Most bodies are told by this cheap look alone."""
    return b"\\u" in body or any(body.count(name) > 1 for name in _quoted(names))


@cache
def _quoted(names: tuple[str, ...]) -> list[bytes]:
    return [f'"{name}"'.encode() for name in names]


def _repeats(body: bytes, names: frozenset[str]) -> bool:
    """Whether an object has one of `names` twice: readers differ in which of them counts."""
    repeated = False

    def look(pairs: list[tuple[str, Any]]) -> None:
        nonlocal repeated
        found = [name for name, _ in pairs if name in names]
        repeated = repeated or len(set(found)) < len(found)

    # As deep as it may be: orjson, which has read the body, stops at 1024 levels.
    json.loads(body, object_pairs_hook=look)
    return repeated


def _unreadable(message: str) -> HttpError:
    return HttpError(Outcome.UNREADABLE, message)
