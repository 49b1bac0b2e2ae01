"""The service: a GraphQL request of an identity in, its response out, whatever the transport.

https://spec.graphql.org/September2025/#sec-Response
"""

import time
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, cast

import msgspec

from tenantql.alarms import Alarming, count
from tenantql.engine.context import Context
from tenantql.engine.documents import Documents, Reference
from tenantql.engine.errors import DocumentError
from tenantql.engine.explaining import explained, may_see
from tenantql.engine.failures import cause_of, code_of, error_entry, log_fields
from tenantql.engine.limits import ensure_time, limits_of
from tenantql.engine.observation import Observation
from tenantql.engine.operations import Engine, InvalidOperation, Kind
from tenantql.engine.rounds import Rounds
from tenantql.engine.running import FieldError, Result
from tenantql.errors import Code, TenantqlError
from tenantql.logs import Log
from tenantql.table.errors import ForeignItem
from tenantql.table.transport import Transport
from tenantql.tenancy.admission import Admission, Admitted
from tenantql.tenancy.identity import Identity
from tenantql.tenancy.metering import Meter, Metering
from tenantql.tenancy.policy import Level

LOGGED_NAME: Final = 100
"""Characters of an operation's name in the log; a client may send a name of any length."""

REQUEST_COST: Final = 1
"""What any request costs at least, in units of cost."""

LEVELS: Final = {Kind.QUERY: Level.READ, Kind.MUTATION: Level.WRITE}


class GraphQLRequest(msgspec.Struct, frozen=True):
    """What a GraphQL request consists of. `queries_only`: it came by a way for reads alone.

    The document is sent as `query`, named by `reference`, or both.
    """

    query: str | None
    operation_name: str | None = None
    variables: dict[str, Any] | None = None
    extensions: Mapping[str, Any] = {}
    queries_only: bool = False
    reference: Reference | None = None


class Stage(StrEnum):
    """How far a request got."""

    REFUSED = "refused"
    """For what it is or asks, before anything ran."""
    UNPARSED = "unparsed"
    """It is a GraphQL request, whose document does not parse."""
    INVALID = "invalid"
    """It is a GraphQL request, whose document or variables do not fit the schema."""
    NOT_A_QUERY = "not a query"
    EXECUTED = "executed"


class Answer(msgspec.Struct, frozen=True):
    """A response: `body` as it goes out, and for one that did not run the `code` of its error.

    `retry_after` is in seconds, if it makes sense to ask again.
    """

    stage: Stage
    body: dict[str, Any]
    code: Code | None = None
    retry_after: float | None = None


class Session(msgspec.Struct, frozen=True):
    """An identity that is served, with what it may do, and what counts it: a tenant's meter."""

    identity: Identity
    admitted: Admitted
    meter: Meter | None = None

    def sent(self, size: int) -> None:
        """Counts the bytes of a response."""
        if self.meter is not None:
            self.meter.sent(size)


def _nothing() -> None:
    """Nothing of the engine's own goes with a round."""


class Service:
    """Answers requests with the operations of one schema, on behalf of whom `admit` admits."""

    def __init__(
        self,
        engine: Engine,
        admit: Admission,
        transport: Transport,
        logger: Log,
        metering: Metering | None = None,
        *,
        documents: Documents | None = None,
    ) -> None:
        self._engine = engine
        self._admit = admit
        self._transport = transport
        self._logger = logger
        self._metering = metering
        self._documents = documents or Documents()

    def admit(self, identity: Identity, observed: Observation) -> Session:
        """Raises TenantqlError for an identity that is not served."""
        observed.tenant, observed.subject = identity.tenant, identity.subject
        admitted = self._admit(identity)
        observed.tier = admitted.tier
        meter = None
        if self._metering is not None and identity.tenant and admitted.tier:
            meter = self._metering.of(identity.tenant, admitted.tier)
        return Session(identity, admitted, meter)

    def answer(
        self, request: GraphQLRequest, session: Session, until: float, observed: Observation
    ) -> Answer:
        """The response to `request`, at the latest at `until` (seconds of time.monotonic).

        Never raises; a defect is a masked INTERNAL.
        """
        try:
            return self._answer(request, session, until, observed)
        except InvalidOperation as error:
            first = error.errors[0]
            unparsed = isinstance(first, DocumentError) and first.unparsed
            stage = Stage.UNPARSED if unparsed else Stage.INVALID
            return self._failed(stage, error.errors, observed)
        except Exception as error:  # noqa: BLE001 - nothing may reach the client unmasked
            return self._failed(Stage.REFUSED, [error], observed)

    def refusal(self, error: Exception, observed: Observation) -> Answer:
        """The response to a request that ended with `error` before it was one of GraphQL."""
        return self._failed(Stage.REFUSED, [error], observed)

    def _answer(
        self, request: GraphQLRequest, session: Session, until: float, observed: Observation
    ) -> Answer:
        meter = session.meter
        if meter is not None:
            # First of all, so that a flood of documents that are not valid is held back too.
            meter.take(REQUEST_COST)
        text, before = self._document(request, session, until, observed)
        operation = self._engine.prepare(text, request.operation_name)
        observed.operation = operation.name and operation.name[:LOGGED_NAME]
        observed.kind, observed.document_hash = operation.kind, operation.hash
        if request.queries_only and operation.kind is not Kind.QUERY:
            observed.code = Code.BAD_USER_INPUT
            return Answer(Stage.NOT_A_QUERY, {}, Code.BAD_USER_INPUT)
        asked = operation.cost_within(limits_of(session.admitted.tier), request.variables)
        observed.cost = asked = max(asked, REQUEST_COST)
        ensure_time(until - time.monotonic())
        if meter is not None and asked > REQUEST_COST:
            meter.take(asked - REQUEST_COST)
        if self._documents.is_new(request.query, request.reference, session.identity.tenant):
            before = self._keep(text, session, until)
        context = self._context(LEVELS[operation.kind], session, until)
        if before is not None:
            context.rounds.after(before.rounds)
        cost = context.rounds.cost
        try:
            result = self._engine.execute(operation, request.variables, context)
        finally:
            observed.ran(context.rounds)
            if meter is not None:
                meter.ran(cost.read_units, cost.write_units)
        answer = self._formatted(result, observed)
        extensions: dict[str, Any] = {}
        if meter is not None:
            extensions["cost"] = {"asked": asked, **meter.standing}
        if request.extensions.get("explain") is True and may_see(context):
            extensions["explain"] = explained(context.rounds.record)
        if extensions:
            answer.body["extensions"] = extensions
        return answer

    def _document(
        self, request: GraphQLRequest, session: Session, until: float, observed: Observation
    ) -> tuple[str, Context | None]:
        """The text that runs, and in which context it was fetched, if it had to be."""
        named, tenant = request.reference, session.identity.tenant
        text = self._documents.text_of(request.query, named, tenant)
        if text is not None:
            return text, None
        context = self._context(Level.READ, session, until)
        try:
            fetching = self._documents.fetch(cast("Reference", named), context.tenant)
            return self._engine.run(context, fetching), context
        finally:
            observed.ran(context.rounds)

    def _keep(self, text: str, session: Session, until: float) -> Context:
        """Keeps a document that its client will name. Without it, the client sends it again."""
        context = self._context(Level.READ, session, until)
        try:
            self._engine.run(context, self._documents.keep(text, context))
        except TenantqlError as error:
            self._logger.warning("document not kept", extra={"reason": type(error).__name__})
        return context

    def _context(self, level: Level, session: Session, until: float) -> Context:
        admitted = session.admitted
        right = admitted.right(level)
        beside = session.meter.due if session.meter else _nothing
        return Context(
            session.identity,
            Rounds(
                self._transport, right.access, refused=right.refused, until=until, beside=beside
            ),
            admitted.shards,
            cursor_keys=admitted.cursor_keys,
            time_zone=admitted.time_zone,
            tables=admitted.tables,
            uploads=right.uploads,
        )

    def _formatted(self, result: Result, observed: Observation) -> Answer:
        if not result.errors:
            return Answer(Stage.EXECUTED, {"data": result.data})
        if result.data is None and not isinstance(result.errors[0], FieldError):
            # Variables that do not fit: the operation did not run.
            return self._failed(Stage.INVALID, result.errors, observed)
        failed = self._failed(Stage.EXECUTED, result.errors, observed)
        return Answer(Stage.EXECUTED, failed.body | {"data": result.data})

    def _failed(self, stage: Stage, errors: Sequence[Exception], observed: Observation) -> Answer:
        observed.code = code_of(errors[0])
        if stage is Stage.REFUSED:
            observed.reason = type(errors[0]).__name__
        for error in errors:
            if code_of(error) is Code.INTERNAL:
                extra = {"request_id": observed.request_id, **log_fields(error)}
                self._logger.error("defect", extra=extra)
            if isinstance(cause_of(error), ForeignItem):
                count(Alarming.FOREIGN_INDEX_KEY, self._logger.service)
        entries = [error_entry(error, observed.request_id) for error in errors]
        retry_after: float | None = getattr(cause_of(errors[0]), "retry_after", None)
        return Answer(stage, {"errors": entries}, observed.code, retry_after)
