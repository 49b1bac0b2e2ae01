"""Preparing: a document parsed, measured and validated within limits becomes an operation."""

from collections.abc import Sequence
from typing import Final

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    get_operation_ast,
    parse,
    specified_rules,
    validate,
)

from tenantql.engine.compiling.bound import BoundSchema
from tenantql.engine.compiling.compiled import Compiled
from tenantql.engine.compiling.judging import Judge
from tenantql.engine.compiling.refusing import refusal
from tenantql.engine.compiling.signatures import signature_of
from tenantql.engine.costs import Costs
from tenantql.engine.document_hash import document_hash
from tenantql.engine.errors import DocumentError
from tenantql.engine.limits import CEILING, MAX_TOKENS, LimitExceeded, ensure_small, ensure_within
from tenantql.engine.measures import FragmentCycle, TooDeep, measured
from tenantql.engine.operations import HASH_DIGITS, InvalidOperation, Kind, Operation
from tenantql.engine.sizes import Measures

MAX_ERRORS: Final = 5


class Preparation:
    """Prepares the operations of one schema.

    Without `introspection` the schema cannot be asked for, and no message suggests what it has.
    Raises SchemaError for a schema that leaves a cost open.
    """

    def __init__(self, schema: GraphQLSchema, *, introspection: bool) -> None:
        self.schema: Final = schema
        self.bound: Final = BoundSchema(schema)
        self._costs = Costs(schema)
        self._introspection = introspection
        self._rules = specified_rules
        if not introspection:
            self._rules = (*specified_rules, NoSchemaIntrospectionCustomRule)

    def operation(self, text: str, operation_name: str | None) -> Operation:
        """The operation of `text` to run. Raises InvalidOperation."""
        document, measures = self._valid(text)
        found = get_operation_ast(document, operation_name)
        if found is None:
            raise InvalidOperation([DocumentError(_which(document, operation_name))])
        return self._operation(text, document, measures, found)

    def operations(self, text: str) -> list[Operation]:
        """All operations of `text`. Raises InvalidOperation."""
        document, measures = self._valid(text)
        return [
            self._operation(text, document, measures, each)
            for each in document.definitions
            if isinstance(each, OperationDefinitionNode)
        ]

    def _valid(self, text: str) -> tuple[DocumentNode, Measures]:
        document, measures = _parsed(text)
        errors = validate(
            self.schema,
            document,
            self._rules,
            max_errors=MAX_ERRORS,
            hide_suggestions=not self._introspection,
        )
        if errors:
            raise _invalid(errors)
        return document, measures

    def _operation(
        self,
        text: str,
        document: DocumentNode,
        measures: Measures,
        found: OperationDefinitionNode,
    ) -> Operation:
        name = found.name and found.name.value
        cost = self._costs.of(document, found)
        signature = signature_of(self.schema, document, found)
        judge = self.judge(text, name)
        kind, digits = Kind(found.operation.value), document_hash(text)[:HASH_DIGITS]
        compiled = Compiled(signature, self.bound, lambda: judge)
        return Operation(compiled, name, kind, measures, cost, digits)

    def judge(self, text: str, name: str | None) -> Judge:
        """What judges the operation of this name, as it is in the document, of a valid one."""
        return Judge(self.schema, text, name, hints=self._introspection)


def _parsed(text: str) -> tuple[DocumentNode, Measures]:
    """A document within the limits of every tier, and its measures; not validated yet."""
    try:
        ensure_small(text)
        document = parse(text, max_lexical_tokens=MAX_TOKENS, max_comments=MAX_TOKENS)
        measures = measured(document)
        ensure_within(measures, CEILING)
    except GraphQLError as error:
        raise _invalid([error]) from None
    except LimitExceeded as error:
        raise InvalidOperation([error]) from None
    except TooDeep:
        error = LimitExceeded("depth", "the document is nested too deeply to count", CEILING.depth)
        raise InvalidOperation([error]) from None
    except FragmentCycle as cycle:
        error = DocumentError(f"Cannot spread fragment '{cycle}' within itself.")
        raise InvalidOperation([error]) from None
    return document, measures


def _invalid(errors: Sequence[GraphQLError]) -> InvalidOperation:
    return InvalidOperation([refusal(each) for each in errors])


def _which(document: DocumentNode, operation_name: str | None) -> str:
    if operation_name is not None:
        return "The document has no operation of the name that operationName gives."
    count = sum(isinstance(d, OperationDefinitionNode) for d in document.definitions)
    return f"The document has {count} operations; operationName says which one to run."
