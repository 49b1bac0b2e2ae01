"""The endpoint: one event in, one response out, through every layer once."""

import time
from collections.abc import Callable, Mapping
from copy import replace
from typing import Any, Final, Protocol

import msgspec

from tenantql.engine.observation import Observation
from tenantql.engine.service import Answer, GraphQLRequest, Service, Session
from tenantql.errors import Code
from tenantql.http.errors import HttpError
from tenantql.http.options import DEFAULTS, HttpOptions
from tenantql.http.requests import HttpRequest, graphql_requests
from tenantql.http.responses import HEALTHY, GatewayResponse, Responder
from tenantql.tenancy.identity import Identity

SPARE_SECONDS: Final = 0.5
"""What is kept of the function's time to write the answer."""

HEALTH: Final = "GET /health"
"""The one route of the API without an authorizer."""


class LambdaContext(Protocol):
    """What the endpoint needs of the runtime's context object."""

    @property
    def aws_request_id(self) -> str:
        """The id of this invocation, as the log has it."""
        ...

    def get_remaining_time_in_millis(self) -> int:
        """How long the function may go on."""
        ...


class Endpoint:
    """Answers events of an HTTP API by a service, and tells of each operation."""

    def __init__(
        self,
        service: Service,
        tell: Callable[[Observation], None],
        options: HttpOptions = DEFAULTS,
    ) -> None:
        self._service = service
        self._tell = tell
        self._options = options

    def __call__(self, event: Mapping[str, Any], runtime: LambdaContext) -> GatewayResponse:
        """The response to `event`. Never raises; a defect is a masked INTERNAL."""
        started = time.perf_counter()
        observed = Observation(runtime.aws_request_id)
        told = [observed]
        responder = Responder(self._options.statuses, observed.request_id)
        try:
            if event.get("routeKey") == HEALTH:
                return HEALTHY.for_gateway()
            request = HttpRequest.from_event(event)
            responder = Responder(self._options.statuses, observed.request_id, request.headers)
            until = time.monotonic() + runtime.get_remaining_time_in_millis() / 1e3 - SPARE_SECONDS
            identity = Identity.from_event(event)
            observed.tenant, observed.subject = identity.tenant, identity.subject
            asked = graphql_requests(request, self._options)
            responder.check(batch=isinstance(asked, list))
            session = self._service.admit(identity, observed)
            answering = _Answering(self._service, session, until)
            if isinstance(asked, list):
                told = [replace(observed, entry=number) for number in range(len(asked))]
                answers = [answering(*each) for each in zip(asked, told, strict=True)]
                for entry, answer in zip(told, answers, strict=True):
                    entry.status, entry.bytes = responder.size_of(answer)
                response = responder.answered_all(answers)
            else:
                response = responder.answered(answering(asked, observed))
            session.sent(response.size)
        except HttpError as error:
            observed.code = error.code
            response = responder.refused(error)
        except Exception as error:  # noqa: BLE001 - nothing may reach the gateway unmasked
            response = responder.answered(self._service.refusal(error, observed))
        observed.status, observed.bytes = response.status, response.size
        observed.duration_ms = _since(started)
        for each in told:
            if response.oversize:
                each.code, each.reason = Code.COST_EXCEEDED, "ResponseTooLarge"
            self._tell(each)
        return response.for_gateway()


class _Answering(msgspec.Struct, frozen=True):
    """Answers what one HTTP request asks for: in one session, within one time."""

    service: Service
    session: Session
    until: float

    def __call__(self, asked: GraphQLRequest, observed: Observation) -> Answer:
        started = time.perf_counter()
        answer = self.service.answer(asked, self.session, self.until, observed)
        observed.duration_ms = _since(started)
        return answer


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1e3, 2)
