"""An endpoint as tests use one: events in, and its answers and its log to look at."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from aws_lambda_powertools import Logger

from local.cloud.semantics.metrics import Datum, embedded_metrics
from tenantql.engine.documents import Documents
from tenantql.engine.operations import Engine
from tenantql.engine.service import Service
from tenantql.http.endpoint import Endpoint
from tenantql.http.options import DEFAULTS, HttpOptions
from tenantql.telemetry.metrics import RequestMetrics
from tenantql.telemetry.request_log import RequestLog
from tenantql.telemetry.telling import Tell, Telling
from tenantql.tenancy.admission import Admitted, Right
from tenantql.tenancy.identity import Identity, Role
from tenantql.tenancy.policy import Level
from tests.unit.builders import Scripted, access, identity

NAMES = count()
MEMBER = identity(Role.STAFF, subject="user-1")
QUERY = "query Name { organisation { name } }"


@dataclass(frozen=True)
class Runtime:
    """Lambda's context of one invocation."""

    left: int = 10_000
    aws_request_id: str = "request-1"

    def get_remaining_time_in_millis(self) -> int:
        return self.left


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def codes(self) -> list[str]:
        return [error["extensions"]["code"] for error in self.body.get("errors", [])]


class Site:
    """An endpoint with its log, over a transport; `refusal` is raised in place of admission.

    `tells` are further ways in which it tells of a request.
    """

    def __init__(
        self,
        engine: Engine,
        transport: Scripted,
        *tells: Tell,
        level: str = "INFO",
        options: HttpOptions = DEFAULTS,
        documents: Documents | None = None,
    ) -> None:
        self.transport = transport
        self.refusal: Exception | None = None
        self.admitted: list[tuple[Identity, Level]] = []
        self._log = io.StringIO()
        self._metrics = io.StringIO()
        logger = Logger(service=f"endpoint-{next(NAMES)}", stream=self._log, level=level)
        log = RequestLog(logger.service, stream=self._log)
        metrics = RequestMetrics(logger.service, stream=self._metrics)
        service = Service(engine, self._admit, transport, logger, documents=documents)
        self._endpoint = Endpoint(service, Telling(logger, log, metrics, *tells), options)

    def _admit(self, who: Identity) -> Admitted:
        if self.refusal is not None:
            raise self.refusal

        def right(level: Level) -> Right:
            self.admitted.append((who, level))
            return Right(access)

        return Admitted(right)

    def __call__(self, found: dict[str, Any], runtime: Runtime = Runtime()) -> Answer:
        response = self._endpoint(found, runtime)
        assert response["isBase64Encoded"] is False
        headers = response["headers"]
        assert headers["x-request-id"] == runtime.aws_request_id
        return Answer(response["statusCode"], json.loads(response["body"]), headers)

    @property
    def text(self) -> str:
        return self._log.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    @property
    def metrics_text(self) -> str:
        return self._metrics.getvalue()

    @property
    def metrics(self) -> list[Datum]:
        """What CloudWatch reads from the metrics' lines."""
        return list(embedded_metrics(self.metrics_text))

    @property
    def line(self) -> dict[str, Any]:
        """The one line of the request."""
        (found,) = self.requests
        return found

    @property
    def requests(self) -> list[dict[str, Any]]:
        """The lines of operations, of which a batch has several."""
        return [line for line in self.lines if line["message"] == "request"]


def failing(engine: Engine, error: Exception) -> Site:
    """A site whose every call of the database fails."""

    def answer(_call: object) -> Mapping[str, Any]:
        raise error

    return Site(engine, Scripted(answer))
