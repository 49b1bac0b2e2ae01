"""What an endpoint function answers, taken apart."""

import json
from dataclasses import dataclass
from typing import Any

ABSENT = object()
"""In place of data that an answer has not."""


@dataclass(frozen=True)
class Answer:
    """Status, the code of each error, and the data."""

    status: int
    codes: tuple[str, ...] = ()
    data: Any = ABSENT


def answer_of(result: Any) -> Answer:
    """The answer in a function's result; fails for anything but a response of TenantQL."""
    assert set(result) == {"statusCode", "headers", "body", "isBase64Encoded"}, result
    assert result["headers"]["content-type"] == "application/json; charset=utf-8"
    assert result["headers"]["cache-control"] == "no-store"
    assert result["headers"]["x-request-id"]
    assert result["isBase64Encoded"] is False
    body = json.loads(result["body"])
    assert set(body) <= {"data", "errors", "extensions"}
    errors = body.get("errors", [])
    for error in errors:
        assert error["message"]
        assert set(error) <= {"message", "locations", "path", "extensions"}
    codes = tuple(error["extensions"]["code"] for error in errors)
    return Answer(result["statusCode"], codes, body.get("data", ABSENT))
