"""An operation: a document parsed and validated within limits, then executed."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from types import CoroutineType
from typing import Any, Final, TypeGuard

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    execute,  # pyright: ignore[reportUnknownVariableType] - an unnamed type argument
    get_operation_ast,
    parse,
    validate,
)

from tenantql.engine.context import Context
from tenantql.engine.loop import RoundLoop

MAX_TOKENS: Final = 1_000
"""Tokens of a document; parsing stops there. Bounds every later step as well: validation of
overlapping fields is quadratic."""

MAX_ERRORS: Final = 5

CAPACITY: Final = 1_000
"""Prepared operations that are kept; the least recently used go first."""

MAX_KEPT: Final = 16_384
"""Characters of a document that is kept: with `CAPACITY`, a bound of the memory that all take."""


HASH_DIGITS: Final = 16
"""Hexadecimal digits of a document's SHA-256 by which the log knows it."""


class Kind(StrEnum):
    """The kind of an operation, which decides the level of its credentials."""

    QUERY = "query"
    MUTATION = "mutation"


@dataclass(frozen=True, slots=True)
class Operation:
    """A valid document and the operation of it that runs.

    `hash` is the beginning of the SHA-256 of the document's text, in hexadecimal.
    """

    document: DocumentNode
    name: str | None
    kind: Kind
    hash: str = ""


class InvalidOperation(Exception):
    """Raised for a document that does not parse, is not valid, or is beyond the limits.

    `errors` has one or more GraphQL errors, each with a message for the client.
    """

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__(errors[0].message)
        self.errors = errors


class Engine:
    """Prepares and executes operations of one schema, on one event loop that is kept."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._loop = RoundLoop()
        self._prepared: OrderedDict[tuple[str, str | None], Operation] = OrderedDict()

    def close(self) -> None:
        """Ends the event loop; for who makes more than one engine in a process."""
        self._loop.close()

    def prepare(self, text: str, operation_name: str | None) -> Operation:
        """The operation of `text` to run, parsed and validated once. Raises InvalidOperation.

        It depends on the text and the schema alone, so what one tenant has sent serves another.
        """
        key = (text, operation_name)
        found = self._prepared.get(key)
        if found is not None:
            self._prepared.move_to_end(key)
            return found
        operation = self._prepare(text, operation_name)
        if len(text) <= MAX_KEPT:
            self._prepared[key] = operation
            if len(self._prepared) > CAPACITY:
                self._prepared.popitem(last=False)
        return operation

    def _prepare(self, text: str, operation_name: str | None) -> Operation:
        try:
            document = parse(text, max_tokens=MAX_TOKENS)
        except GraphQLError as error:
            raise InvalidOperation([error]) from None
        if errors := validate(self._schema, document, max_errors=MAX_ERRORS):
            raise InvalidOperation(errors)
        found = get_operation_ast(document, operation_name)
        if found is None:
            raise InvalidOperation([GraphQLError(_which(document, operation_name))])
        name = found.name and found.name.value
        return Operation(document, name, Kind(found.operation.value), _hash(text))

    def execute(
        self, operation: Operation, variables: dict[str, Any] | None, context: Context
    ) -> ExecutionResult:
        """What `operation` answers. Errors of fields are in the result, not raised."""
        return self._loop.run_until_complete(self._execute(operation, variables, context))

    async def _execute(
        self, operation: Operation, variables: dict[str, Any] | None, context: Context
    ) -> ExecutionResult:
        result: ExecutionResult | Awaitable[ExecutionResult] = execute(
            self._schema,
            operation.document,
            context_value=context,
            variable_values=variables,
            operation_name=operation.name,
            is_awaitable=_is_awaitable,
        )
        return result if isinstance(result, ExecutionResult) else await result


def _hash(text: str) -> str:
    # A lone surrogate can stand in a comment.
    return sha256(text.encode(errors="surrogatepass")).hexdigest()[:HASH_DIGITS]


def _is_awaitable(value: object) -> TypeGuard[Awaitable[Any]]:
    """Whether a resolver's value is not there yet. graphql-core's own test is wider, and costs."""
    return isinstance(value, CoroutineType | asyncio.Future)


def _which(document: DocumentNode, operation_name: str | None) -> str:
    if operation_name is not None:
        return "The document has no operation of the name that operationName gives."
    count = sum(isinstance(d, OperationDefinitionNode) for d in document.definitions)
    return f"The document has {count} operations; operationName says which one to run."
