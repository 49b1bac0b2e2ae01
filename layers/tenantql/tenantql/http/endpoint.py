"""The endpoint: one event in, one response out, through every layer once."""

import time
from collections.abc import Mapping
from typing import Any, Final, Protocol

from aws_lambda_powertools import Logger
from graphql import ExecutionResult

from tenantql.engine.alarms import count_foreign_index_keys
from tenantql.engine.context import Context
from tenantql.engine.explaining import explained, may_see
from tenantql.engine.failures import MASKED, cause_of, code_of, error_entry, log_fields
from tenantql.engine.operations import Engine, InvalidOperation, Kind
from tenantql.engine.rounds import Rounds
from tenantql.errors import Code, TenantqlError
from tenantql.http.requests import HttpError, HttpRequest, graphql_parameters
from tenantql.http.responses import GRAPHQL_JSON, STATUS, GatewayResponse, media_type, respond
from tenantql.table.errors import ForeignItem
from tenantql.table.transport import Transport
from tenantql.tenancy.admission import Admission
from tenantql.tenancy.identity import Identity
from tenantql.tenancy.policy import Level

SPARE_SECONDS: Final = 0.5
"""What is kept of the function's time to write the answer."""

LOGGED_NAME: Final = 100
"""Characters of an operation's name in the log; a client may send a name of any length."""

LEVELS: Final = {Kind.QUERY: Level.READ, Kind.MUTATION: Level.WRITE}


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
    """Answers events with the operations of one schema, on behalf of whom `admit` admits."""

    def __init__(
        self, engine: Engine, admit: Admission, transport: Transport, logger: Logger
    ) -> None:
        self._engine = engine
        self._admit = admit
        self._transport = transport
        self._logger = logger

    def __call__(self, event: Mapping[str, Any], runtime: LambdaContext) -> GatewayResponse:
        """The response to `event`. Never raises; a defect is a masked INTERNAL."""
        started = time.perf_counter()
        request_id = runtime.aws_request_id
        request: HttpRequest | None = None
        line: dict[str, Any] = {"request_id": request_id}
        try:
            request = HttpRequest.from_event(event)
            status, body = self._answer(event, request, runtime, line)
        except HttpError as error:
            status = error.status
            entry = {"message": str(error), "extensions": {"code": error.code}}
            body = {"errors": [entry]}
            line["code"] = error.code
        except InvalidOperation as error:
            status = self._status_of_invalid(request)
            body = {"errors": [error_entry(one, request_id) for one in error.errors]}
            line["code"] = Code.BAD_USER_INPUT
        except TenantqlError as error:
            status = STATUS[error.code]
            body = {"errors": [error_entry(error, request_id)]}
            line |= {"code": error.code, "reason": type(error).__name__}
            self._log_defects([error], request_id)
        except Exception as error:  # noqa: BLE001 - nothing may reach the gateway unmasked
            status = 500
            extensions = {"code": Code.INTERNAL, "requestId": request_id}
            body = {"errors": [{"message": MASKED, "extensions": extensions}]}
            line["code"] = Code.INTERNAL
            self._log_defects([error], request_id)
        line |= {"status": status, "duration_ms": round((time.perf_counter() - started) * 1e3, 2)}
        self._logger.info("request", extra=line)
        return respond(status, body, request, request_id)

    def _answer(
        self,
        event: Mapping[str, Any],
        request: HttpRequest,
        runtime: LambdaContext,
        line: dict[str, Any],
    ) -> tuple[int, dict[str, Any]]:
        identity = Identity.from_event(event)
        line |= {"tenant": identity.tenant, "subject": identity.subject}
        parameters = graphql_parameters(request)
        operation = self._engine.prepare(parameters.query, parameters.operation_name)
        name = operation.name and operation.name[:LOGGED_NAME]
        line |= {"operation": name, "kind": operation.kind}
        if request.method == "GET" and operation.kind is not Kind.QUERY:
            raise HttpError(405, "A mutation needs POST.")
        admitted = self._admit(identity, LEVELS[operation.kind])
        deadline = time.monotonic() + runtime.get_remaining_time_in_millis() / 1e3 - SPARE_SECONDS
        rounds = Rounds(self._transport, admitted.access, refused=admitted.refused, until=deadline)
        context = Context(
            identity,
            rounds,
            admitted.shards,
            cursor_keys=admitted.cursor_keys,
            time_zone=admitted.time_zone,
            tables=admitted.tables,
            uploads=admitted.uploads,
        )
        result = self._engine.execute(operation, parameters.variables, context)
        cost = rounds.cost
        line |= {"rounds": cost.rounds, "calls": cost.calls, "units": cost.units}
        status, body = self._formatted(result, request, runtime.aws_request_id, line)
        if parameters.extensions.get("explain") is True and may_see(context):
            body["extensions"] = {"explain": explained(rounds.record)}
        return status, body

    def _formatted(
        self, result: ExecutionResult, request: HttpRequest, request_id: str, line: dict[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        if not result.errors:
            return 200, {"data": result.data}
        line["code"] = code_of(result.errors[0])
        self._log_defects(result.errors, request_id)
        errors = [error_entry(error, request_id) for error in result.errors]
        if result.data is None and not any(error.path for error in result.errors):
            # Variables that do not fit: the operation did not run.
            return self._status_of_invalid(request), {"errors": errors}
        return 200, {"errors": errors, "data": result.data}

    @staticmethod
    def _status_of_invalid(request: HttpRequest | None) -> int:
        """A client of plain JSON gets 200 for a well-formed request, as the draft asks."""
        return 400 if request and media_type(request.headers) == GRAPHQL_JSON else 200

    def _log_defects(self, errors: list[Any], request_id: str) -> None:
        for error in errors:
            if code_of(error) is Code.INTERNAL:
                extra = {"request_id": request_id, **log_fields(error)}
                self._logger.error("defect", extra=extra)
            if isinstance(cause_of(error), ForeignItem):
                count_foreign_index_keys(self._logger.service, 1)
