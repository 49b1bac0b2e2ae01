"""An operation: a document parsed, measured and validated within limits, then executed."""

from collections import OrderedDict
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    get_operation_ast,
    parse,
    specified_rules,
    validate,
)

from tenantql.engine.compiling.bound import BoundSchema
from tenantql.engine.compiling.compiled import Compiled, VariablesRefused
from tenantql.engine.compiling.signatures import signature_of
from tenantql.engine.context import Context
from tenantql.engine.costs import Cost, Costs
from tenantql.engine.document_hash import document_hash
from tenantql.engine.limits import (
    CEILING,
    MAX_CHARACTERS,
    MAX_TOKENS,
    CostExceeded,
    LimitExceeded,
    Limits,
    ensure_few,
    ensure_small,
    ensure_within,
)
from tenantql.engine.measures import FragmentCycle, Measures, TooDeep, measured
from tenantql.engine.running import Info, Result, Run
from tenantql.table.requests import AnyRequest

MAX_ERRORS: Final = 5

CAPACITY: Final = 1_000
"""Prepared operations that are kept; the least recently used go first."""

REFUSED_CAPACITY: Final = 100
"""Refused documents that are remembered: a client that repeats a mistake is answered from memory.
They have a place of their own, so that nobody's refusals push out what others run."""


HASH_DIGITS: Final = 16
"""Hexadecimal digits of a document's SHA-256 by which the log knows it."""


class Kind(StrEnum):
    """The kind of an operation, which decides the level of its credentials."""

    QUERY = "query"
    MUTATION = "mutation"


@dataclass(frozen=True, slots=True)
class Operation:
    """The operation of a valid document that runs, as code; how large it is and what it costs.

    `hash` is the beginning of the SHA-256 of the document's text, in hexadecimal.
    """

    compiled: Compiled
    name: str | None
    kind: Kind
    measures: Measures
    cost: Cost
    hash: str = ""

    def cost_within(self, limits: Limits, variables: Mapping[str, Any] | None) -> int:
        """The cost with `variables`, of an operation that keeps `limits`.

        Raises InvalidOperation for a document or variables beyond them, CostExceeded.
        """
        try:
            ensure_within(self.measures, limits)
            ensure_few(variables, limits)
        except LimitExceeded as error:
            raise InvalidOperation([error]) from None
        cost = self.cost.of(variables)
        if cost > limits.cost:
            raise CostExceeded(cost, limits.cost)
        return cost


type _Asked = tuple[str, str | None]
"""The text of a document, and the name of the operation of it that is to run."""


class InvalidOperation(Exception):
    """Raised for a document that does not parse, is not valid, or is beyond the limits.

    `errors` has one or more errors, each with a message for the client.
    """

    def __init__(self, errors: Sequence[GraphQLError | LimitExceeded]) -> None:
        super().__init__(str(errors[0]))
        self.errors = errors


class Engine:
    """Prepares and executes operations of one schema.

    Without `introspection` the schema cannot be asked for, and no message suggests what it has.
    Raises SchemaError for a schema that leaves a cost open.
    """

    def __init__(self, schema: GraphQLSchema, *, introspection: bool = True) -> None:
        self._schema = schema
        self._costs = Costs(schema)
        self._introspection = introspection
        self._rules = specified_rules
        if not introspection:
            self._rules = (*specified_rules, NoSchemaIntrospectionCustomRule)
        self._bound = BoundSchema(schema)
        self._prepared: OrderedDict[_Asked, Operation] = OrderedDict()
        self._refused: OrderedDict[_Asked, Sequence[GraphQLError | LimitExceeded]] = OrderedDict()

    def prepare(self, text: str, operation_name: str | None) -> Operation:
        """The operation of `text` to run, parsed and validated once. Raises InvalidOperation.

        It depends on the text and the schema alone, so what one tenant has sent serves another:
        `Operation.cost_within` holds it against the limits of who asks.
        """
        key = (text, operation_name)
        found = self._prepared.get(key)
        if found is not None:
            self._prepared.move_to_end(key)
            return found
        if (refused := self._refused.get(key)) is not None:
            self._refused.move_to_end(key)
            raise InvalidOperation(refused)
        try:
            operation = self._prepare(text, operation_name)
        except InvalidOperation as error:
            if len(text) <= MAX_CHARACTERS:
                _keep(self._refused, key, [_light(one) for one in error.errors], REFUSED_CAPACITY)
            raise
        _keep(self._prepared, key, operation, CAPACITY)
        return operation

    def _prepare(self, text: str, operation_name: str | None) -> Operation:
        document, measures = _parsed(text)
        errors = validate(
            self._schema,
            document,
            self._rules,
            max_errors=MAX_ERRORS,
            hide_suggestions=not self._introspection,
        )
        if errors:
            raise InvalidOperation(errors)
        found = get_operation_ast(document, operation_name)
        if found is None:
            raise InvalidOperation([GraphQLError(_which(document, operation_name))])
        name = found.name and found.name.value
        cost = self._costs.of(document, found)
        signature = signature_of(self._schema, document, found)
        compiled = Compiled(
            self._schema, self._bound, text, name, signature, hints=self._introspection
        )
        return Operation(
            compiled,
            name,
            Kind(found.operation.value),
            measures,
            cost,
            document_hash(text)[:HASH_DIGITS],
        )

    def execute(
        self, operation: Operation, variables: dict[str, Any] | None, context: Context
    ) -> Result:
        """What `operation` answers. Errors of fields are in the result, not raised."""
        given, compiled = variables or {}, operation.compiled
        try:
            values = compiled.values(given)
            code, serial = compiled.code(values)
        except VariablesRefused as refused:
            return Result(None, refused.errors)
        except GraphQLError as error:
            return Result(None, [error])
        info = Info(context, lambda: self._schema)
        run = Run(info, context.rounds, values, compiled.misfit(given))
        return run.execute(code, serial=serial)

    def run[R](self, context: Context, coroutine: Coroutine[AnyRequest, Any, R]) -> R:
        """What `coroutine` returns or raises; its requests run in rounds of `context`."""
        return context.rounds.result(coroutine)


def _parsed(text: str) -> tuple[DocumentNode, Measures]:
    """A document within the limits of every tier, and its measures; not validated yet."""
    try:
        ensure_small(text)
        document = parse(text, max_lexical_tokens=MAX_TOKENS, max_comments=MAX_TOKENS)
        measures = measured(document)
        ensure_within(measures, CEILING)
    except (GraphQLError, LimitExceeded) as error:
        raise InvalidOperation([error]) from None
    except TooDeep:
        error = LimitExceeded("depth", "the document is nested too deeply to count", CEILING.depth)
        raise InvalidOperation([error]) from None
    except FragmentCycle as cycle:
        error = GraphQLError(f"Cannot spread fragment '{cycle}' within itself.")
        raise InvalidOperation([error]) from None
    return document, measures


def _keep[V](kept: OrderedDict[_Asked, V], key: _Asked, value: V, capacity: int) -> None:
    kept[key] = value
    if len(kept) > capacity:
        kept.popitem(last=False)


def _light(error: GraphQLError | LimitExceeded) -> GraphQLError | LimitExceeded:
    """The same message and place, without the document that a GraphQL error holds."""
    if isinstance(error, LimitExceeded | GraphQLSyntaxError):
        # Raised before there was a document.
        return error.with_traceback(None)
    return GraphQLError(error.message, source=error.source, positions=error.positions)


def _which(document: DocumentNode, operation_name: str | None) -> str:
    if operation_name is not None:
        return "The document has no operation of the name that operationName gives."
    count = sum(isinstance(d, OperationDefinitionNode) for d in document.definitions)
    return f"The document has {count} operations; operationName says which one to run."
