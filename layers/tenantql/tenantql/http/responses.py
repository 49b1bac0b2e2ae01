"""Responses: media type, status, headers and JSON, as an HTTP API takes them (payload 2.0)."""

import gzip
import math
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import orjson

from tenantql.engine.service import Answer, Stage
from tenantql.errors import Code
from tenantql.http.errors import HttpError
from tenantql.http.negotiation import JSON, MEDIA_TYPES, media_type, takes_gzip
from tenantql.http.statuses import Outcome, Profile, status_of

COMPRESSED_FROM: Final = 1_400
"""Bytes of a body from which it is compressed: what is shorter fits into one packet anyway."""

LEVEL: Final = 1
"""Of gzip. The higher ones take half again to three times the time, for 5% of the bytes."""

LARGEST: Final = 6 * 1024 * 1024 - 16 * 1024
"""Bytes of a body as Lambda hands it on; its limit of 6 MB is of all that a function returns.
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""

_ALLOWED: Final = {Outcome.METHOD: "GET, POST", Outcome.NO_QUERY: "POST"}

type GatewayResponse = dict[str, Any]


class Response(msgspec.Struct, frozen=True):
    """A response; `size` is the number of bytes that the client gets of `content`.

    `oversize`: it says that the answer, which it stands for, is too large.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes
    encoded: bool = False
    oversize: bool = False

    @property
    def size(self) -> int:
        """Bytes of the body on the wire."""
        return len(self.content)

    def for_gateway(self) -> GatewayResponse:
        """The form that an HTTP API turns into HTTP."""
        body = b64encode(self.content) if self.encoded else self.content
        return {
            "statusCode": self.status,
            "headers": dict(self.headers),
            "body": body.decode(),
            "isBase64Encoded": self.encoded,
        }


class Responder(msgspec.Struct, frozen=True):
    """Writes the responses to one request, of which `headers` say what its client takes."""

    profile: Profile
    request_id: str
    headers: Mapping[str, str] = {}

    def check(self, *, batch: bool = False) -> None:
        """Raises HttpError if the client takes no answer that there can be."""
        # GraphQL's own type is of one response, so a list of them is plain JSON.
        offers = (JSON,) if batch else MEDIA_TYPES
        if media_type(self.headers.get("accept"), offers) is None:
            raise HttpError(Outcome.UNACCEPTABLE, f"Accept {' or '.join(offers)}.")

    def answered(self, answer: Answer) -> Response:
        """The response that carries `answer`."""
        if answer.stage is Stage.NOT_A_QUERY:
            return self.refused(HttpError(Outcome.NO_QUERY, "A mutation needs POST."))
        headers: dict[str, str] = {}
        if answer.retry_after is not None:
            headers["retry-after"] = str(max(1, math.ceil(answer.retry_after)))
        return self._written(_outcome(answer), answer.body, headers)

    def answered_all(self, answers: Sequence[Answer]) -> Response:
        """The response to a batch: its answers in order, each of which tells of itself alone."""
        waits = [answer.retry_after for answer in answers if answer.retry_after is not None]
        headers = {"retry-after": str(max(1, math.ceil(max(waits))))} if waits else {}
        body = [answer.body for answer in answers]
        return self._written(Outcome.EXECUTED, body, headers, kind=JSON)

    def refused(self, error: HttpError) -> Response:
        """The response to what is no GraphQL request. A 405 names the methods that are allowed."""
        allowed = _ALLOWED.get(error.outcome)
        entry = {"message": str(error), "extensions": {"code": error.code}}
        return self._written(
            error.outcome, {"errors": [entry]}, {"allow": allowed} if allowed else {}
        )

    def size_of(self, answer: Answer) -> tuple[int, int]:
        """Status and bytes that an entry of a batch would have by itself, for the log."""
        return status_of(self.profile, JSON, _outcome(answer)), len(orjson.dumps(answer.body))

    @property
    def _kind(self) -> str:
        return media_type(self.headers.get("accept")) or JSON

    def _written(
        self,
        outcome: Outcome | Code,
        body: object,
        headers: Mapping[str, str],
        *,
        kind: str | None = None,
    ) -> Response:
        kind = kind or self._kind
        status = status_of(self.profile, kind, outcome)
        if outcome is Code.UNAUTHENTICATED:
            headers = {**headers, "www-authenticate": "Bearer"}
        common = {
            "content-type": f"{kind}; charset=utf-8",
            "cache-control": "no-store",
            "vary": "accept, accept-encoding",
            "x-request-id": self.request_id,
            "x-content-type-options": "nosniff",
            **headers,
        }
        content = orjson.dumps(body)
        gzipped = len(content) >= COMPRESSED_FROM and takes_gzip(
            self.headers.get("accept-encoding")
        )
        if gzipped:
            content = gzip.compress(content, LEVEL, mtime=0)
            common["content-encoding"] = "gzip"
        # Neither form is more than twice as long; counting takes longer than it takes to write.
        if len(content) > LARGEST // 2 and _handed_on(content, gzipped) > LARGEST:
            common.pop("content-encoding", None)
            return Response(status, common, orjson.dumps(TOO_LARGE), oversize=True)
        return Response(status, common, content, gzipped)


def _handed_on(content: bytes, encoded: bool) -> int:
    """Bytes of a body within what a function returns: as base64, or as a JSON string."""
    if encoded:
        return (len(content) + 2) // 3 * 4
    return len(content) + content.count(b'"') + content.count(b"\\")


def _outcome(answer: Answer) -> Outcome | Code:
    match answer.stage:
        case Stage.EXECUTED:
            return Outcome.PARTIAL if "errors" in answer.body else Outcome.EXECUTED
        case Stage.UNPARSED:
            return Outcome.UNPARSED
        case Stage.INVALID:
            return Outcome.INVALID
        case Stage.NOT_A_QUERY:
            return Outcome.NO_QUERY
        case Stage.REFUSED:
            return answer.code or Code.INTERNAL


TOO_LARGE: Final = {
    "data": None,
    "errors": [
        {
            "message": (
                "The operation ran, and its answer is larger than a response can be. "
                "Ask for less at a time."
            ),
            "extensions": {"code": Code.COST_EXCEEDED},
        }
    ],
}
"""In place of an answer that Lambda would not hand on. Data is null, which says that it ran."""

HEALTHY: Final = Response(
    200,
    {
        "content-type": "application/json; charset=utf-8",
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    },
    orjson.dumps({"status": "ok"}),
)
"""What the health path answers: that the function answers, and nothing about it."""
