"""Responses: headers, compression, and what is too large for Lambda."""

import gzip
import json
import random
from base64 import b64decode
from typing import Any

import pytest

from tenantql.engine.service import Answer, Stage
from tenantql.errors import Code
from tenantql.http.errors import HttpError
from tenantql.http.negotiation import GRAPHQL_JSON, JSON
from tenantql.http.responses import COMPRESSED_FROM, LARGEST, TOO_LARGE, Responder, Response
from tenantql.http.statuses import Outcome, Profile

GZIP = {"accept-encoding": "gzip, deflate, br"}


def responder(**headers: str) -> Responder:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Responder(Profile.STANDARD, "request-1", named)


def executed(data: object) -> Answer:
    return Answer(Stage.EXECUTED, {"data": data})


def refusal(code: Code, retry_after: float | None = None) -> Answer:
    return Answer(Stage.REFUSED, {"errors": []}, code, retry_after)


def test_a_response_has_the_form_of_the_gateway() -> None:
    found = responder(accept=GRAPHQL_JSON).answered(executed({"name": "é"})).for_gateway()
    assert found["statusCode"] == 200
    assert found["isBase64Encoded"] is False
    assert json.loads(found["body"]) == {"data": {"name": "é"}}
    assert found["headers"] == {
        "content-type": f"{GRAPHQL_JSON}; charset=utf-8",
        "cache-control": "no-store",
        "vary": "accept, accept-encoding",
        "x-request-id": "request-1",
        "x-content-type-options": "nosniff",
    }


@pytest.mark.parametrize("accept", ["text/html", "*/*", f"{GRAPHQL_JSON};q=0"])
def test_a_refusal_is_plain_json_for_whom_nothing_fits(accept: str) -> None:
    found = responder(accept=accept).refused(HttpError(Outcome.TOO_LARGE, "Too long."))
    assert found.status == 413
    assert found.headers["content-type"] == f"{JSON}; charset=utf-8"


def test_a_client_that_takes_no_answer_is_told_so() -> None:
    for accept in ("application/json", "*/*", GRAPHQL_JSON):
        responder(accept=accept).check()
    responder(accept="application/json").check(batch=True)
    for accept, batch in (("text/html", False), (GRAPHQL_JSON, True)):
        with pytest.raises(HttpError) as raised:
            responder(accept=accept).check(batch=batch)
        assert raised.value.outcome is Outcome.UNACCEPTABLE


@pytest.mark.parametrize(
    ("outcome", "allowed"),
    [(Outcome.METHOD, "GET, POST"), (Outcome.NO_QUERY, "POST"), (Outcome.MEDIA_TYPE, None)],
)
def test_a_405_names_the_methods(outcome: Outcome, allowed: str | None) -> None:
    assert responder().refused(HttpError(outcome, "No.")).headers.get("allow") == allowed


def test_a_401_says_what_is_asked_for() -> None:
    found = responder().answered(refusal(Code.UNAUTHENTICATED))
    assert (found.status, found.headers["www-authenticate"]) == (401, "Bearer")
    assert "www-authenticate" not in responder().answered(refusal(Code.FORBIDDEN)).headers


@pytest.mark.parametrize(
    ("wait", "header"), [(None, None), (0.0, "1"), (0.2, "1"), (1.0, "1"), (1.01, "2"), (30, "30")]
)
def test_when_to_come_back_is_told_in_whole_seconds(wait: float | None, header: str | None) -> None:
    found = responder().answered(refusal(Code.RATE_LIMITED, wait))
    assert (found.status, found.headers.get("retry-after")) == (429, header)


def test_a_batch_is_a_list_of_answers_and_waits_for_the_last() -> None:
    answers = [executed(1), refusal(Code.RATE_LIMITED, 2), refusal(Code.RATE_LIMITED, 5)]
    found = responder(accept=f"{GRAPHQL_JSON}, */*;q=0.1").answered_all(answers)
    assert (found.status, found.headers["retry-after"]) == (200, "5")
    assert found.headers["content-type"] == f"{JSON}; charset=utf-8"
    assert json.loads(found.content) == [answer.body for answer in answers]


def filled(size: int) -> Answer:
    """An answer whose body has `size` bytes."""
    empty = len(responder().answered(executed("")).content)
    return executed("x" * (size - empty))


def test_a_long_body_is_compressed_for_who_reads_gzip() -> None:
    answer = filled(COMPRESSED_FROM)
    found = responder(**GZIP).answered(answer)
    sent = found.for_gateway()
    content = b64decode(sent["body"])
    assert sent["isBase64Encoded"] is True
    assert found.headers["content-encoding"] == "gzip"
    assert json.loads(gzip.decompress(content)) == answer.body
    assert found.size == len(content) < COMPRESSED_FROM


@pytest.mark.parametrize(
    ("size", "headers"),
    [
        (COMPRESSED_FROM - 1, GZIP),
        (COMPRESSED_FROM, {}),
        (COMPRESSED_FROM, {"accept-encoding": "br"}),
    ],
)
def test_another_body_is_sent_as_it_is(size: int, headers: dict[str, str]) -> None:
    found = responder(**headers).answered(filled(size))
    assert (found.size, found.encoded) == (size, False)
    assert "content-encoding" not in found.headers
    assert found.headers["vary"] == "accept, accept-encoding"


def handed_on(found: Response) -> int:
    """Bytes that Lambda hands on, as its runtime writes JSON."""
    return len(json.dumps(found.for_gateway(), ensure_ascii=False).encode())


NOISE = random.Random(1)


@pytest.mark.parametrize(
    ("data", "headers"),
    [
        ("x" * (LARGEST - 16), {}),
        ("é" * (LARGEST // 2 - 8), {}),
        (['"'] * (LARGEST // 9 - 4), {}),
        (NOISE.randbytes(LARGEST * 19 // 32).hex(), GZIP),
    ],
)
def test_the_largest_answer_is_handed_on(data: Any, headers: dict[str, str]) -> None:
    found = responder(**headers).answered(executed(data))
    assert found.oversize is False
    assert 0.9 * LARGEST < handed_on(found) <= 6 * 1024 * 1024


@pytest.mark.parametrize(
    ("data", "headers"),
    [
        ("x" * (LARGEST - 8), {}),
        (['"'] * (LARGEST // 7), {}),
        (NOISE.randbytes(LARGEST).hex(), GZIP),
    ],
)
def test_a_larger_one_is_an_error_that_says_so(data: Any, headers: dict[str, str]) -> None:
    found = responder(**headers).answered(executed(data))
    assert (found.status, found.oversize, found.encoded) == (200, True, False)
    assert json.loads(found.content) == TOO_LARGE
    assert "content-encoding" not in found.headers


def test_compression_makes_room_for_what_is_too_large_without() -> None:
    data = "x" * (2 * LARGEST)
    assert responder().answered(executed(data)).oversize is True
    assert responder(**GZIP).answered(executed(data)).oversize is False
