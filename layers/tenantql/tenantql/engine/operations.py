"""An operation: a document that was prepared once, then executed as code."""

from collections import OrderedDict
from collections.abc import Callable, Coroutine, Mapping, Sequence
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

from tenantql.engine.compiling.compiled import Compiled, VariablesRefused
from tenantql.engine.context import Context, Info
from tenantql.engine.errors import DocumentError
from tenantql.engine.limits import (
    MAX_CHARACTERS,
    CostExceeded,
    LimitExceeded,
    Limits,
    ensure_few,
    ensure_within,
)
from tenantql.engine.running import Result, Run
from tenantql.engine.sizes import Cost, Measures
from tenantql.table.requests import AnyRequest

if TYPE_CHECKING:
    from graphql import GraphQLSchema

    from tenantql.engine.preparing import Preparation

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


class Operation(msgspec.Struct, frozen=True):
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

type Problems = Sequence[DocumentError | LimitExceeded]


class InvalidOperation(Exception):
    """Raised for a document that does not parse, is not valid, or is beyond the limits.

    `errors` has one or more errors, each with a message for the client.
    """

    def __init__(self, errors: Problems) -> None:
        super().__init__(str(errors[0]))
        self.errors = errors


class Ahead(Protocol):
    """Operations that were compiled when the layer was built."""

    def operation(
        self, text: str, operation_name: str | None, preparation: "Callable[[], Preparation]"
    ) -> Operation | None:
        """The operation, if it is one of them. What is not plain, `preparation` judges."""
        ...


class Engine:
    """Prepares and executes operations of one schema.

    Without `introspection` the schema cannot be asked for, and no message suggests what it has.
    Raises SchemaError for a schema that leaves a cost open.
    """

    def __init__(
        self,
        schema: "GraphQLSchema | Callable[[], GraphQLSchema]",
        *,
        introspection: bool = True,
        ahead: Ahead | None = None,
    ) -> None:
        """A function for a schema is called when something first needs it, or by `warm`."""
        self._schema = schema
        self._introspection = introspection
        self._ahead = ahead
        self._prepared: OrderedDict[_Asked, Operation] = OrderedDict()
        self._refused: OrderedDict[_Asked, Problems] = OrderedDict()
        if not callable(schema):
            self.warm()

    def warm(self) -> None:
        """Makes ready what any document may need. Raises SchemaError."""
        _ = self._preparation

    @cached_property
    def _preparation(self) -> "Preparation":
        # What is compiled ahead runs without all that this imports.
        from tenantql.engine.preparing import Preparation  # noqa: PLC0415

        schema = self._schema() if callable(self._schema) else self._schema
        return Preparation(schema, introspection=self._introspection)

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
                # Without the stack, which holds the document.
                problems = [one.with_traceback(None) for one in error.errors]
                _keep(self._refused, key, problems, REFUSED_CAPACITY)
            raise
        _keep(self._prepared, key, operation, CAPACITY)
        return operation

    def _prepare(self, text: str, operation_name: str | None) -> Operation:
        found = None
        # A text of any length comes from anybody, and one that is too long is not worth its hash.
        if self._ahead is not None and len(text) <= MAX_CHARACTERS:
            found = self._ahead.operation(text, operation_name, lambda: self._preparation)
        return found or self._preparation.operation(text, operation_name)

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
        except DocumentError as error:
            return Result(None, [error])
        info = Info(context, lambda: self._preparation.schema)
        run = Run(info, context.rounds, values, compiled.misfit(given))
        return run.execute(code, serial=serial)

    def run[R](self, context: Context, coroutine: Coroutine[AnyRequest, Any, R]) -> R:
        """What `coroutine` returns or raises; its requests run in rounds of `context`."""
        return context.rounds.result(coroutine)


def _keep[V](kept: OrderedDict[_Asked, V], key: _Asked, value: V, capacity: int) -> None:
    kept[key] = value
    if len(kept) > capacity:
        kept.popitem(last=False)
