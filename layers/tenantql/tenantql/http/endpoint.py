"""The endpoint: one event in, one response out, through every layer once."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from tenantql.engine.observation import Observation
from tenantql.engine.service import Service
from tenantql.http.requests import HttpError, HttpRequest, graphql_request
from tenantql.http.responses import GatewayResponse, refused, respond
from tenantql.tenancy.identity import Identity

SPARE_SECONDS: Final = 0.5
"""What is kept of the function's time to write the answer."""


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
    """Answers events of an HTTP API by a service, and tells of each."""

    def __init__(self, service: Service, tell: Callable[[Observation], None]) -> None:
        self._service = service
        self._tell = tell

    def __call__(self, event: Mapping[str, Any], runtime: LambdaContext) -> GatewayResponse:
        """The response to `event`. Never raises; a defect is a masked INTERNAL."""
        started = time.perf_counter()
        observed = Observation(runtime.aws_request_id)
        request: HttpRequest | None = None
        try:
            request = HttpRequest.from_event(event)
            response = self._answer(event, request, runtime, observed)
        except HttpError as error:
            observed.code = error.code
            response = refused(error, request, observed.request_id)
        except Exception as error:  # noqa: BLE001 - nothing may reach the gateway unmasked
            answer = self._service.refusal(error, observed)
            response = respond(answer, request, observed.request_id)
        observed.status = response["statusCode"]
        observed.bytes = len(response["body"])
        observed.duration_ms = round((time.perf_counter() - started) * 1e3, 2)
        self._tell(observed)
        return response

    def close(self) -> None:
        """Ends what the service keeps; for who makes more than one endpoint in a process."""
        self._service.close()

    def _answer(
        self,
        event: Mapping[str, Any],
        request: HttpRequest,
        runtime: LambdaContext,
        observed: Observation,
    ) -> GatewayResponse:
        until = time.monotonic() + runtime.get_remaining_time_in_millis() / 1e3 - SPARE_SECONDS
        identity = Identity.from_event(event)
        observed.tenant, observed.subject = identity.tenant, identity.subject
        asked = graphql_request(request)
        session = self._service.admit(identity, observed)
        answer = self._service.answer(asked, session, until, observed)
        response = respond(answer, request, observed.request_id)
        session.sent(len(response["body"]))
        return response
