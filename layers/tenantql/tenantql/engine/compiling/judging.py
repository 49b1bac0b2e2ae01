"""Judging: what graphql-core makes of an operation and of variables that are not plain."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    get_operation_ast,
    parse,
)
from graphql.execution.values import get_argument_values, get_variable_values
from graphql.language import Visitor, visit

from tenantql.engine.compiling.plans import Plan, Variant, Where
from tenantql.engine.compiling.refusing import refusal
from tenantql.engine.compiling.writing import Writer
from tenantql.engine.errors import DocumentError, ResolverDefect

MAX_VARIABLE_ERRORS: Final = 50
"""Errors of variables that are told at once."""


class Judge:
    """Judges one operation of a valid document: it keeps the text, and parses that when asked."""

    def __init__(self, schema: GraphQLSchema, text: str, name: str | None, *, hints: bool) -> None:
        """`hints`: messages may suggest what the schema has."""
        self._schema = schema
        self._text = text
        self._name = name
        self._hints = hints

    def plan(self, conditions: Sequence[str], variant: Variant) -> Plan:
        """The plan of a variant. Raises DocumentError if a condition at the top is null."""
        document, operation = self._parsed()
        decided = dict(zip(conditions, variant, strict=True))
        try:
            return Writer(self._schema, document, operation, decided).plan()
        except GraphQLError as error:
            raise refusal(error) from None

    def variables(self, given: Mapping[str, Any]) -> dict[str, Any] | list[DocumentError]:
        """The variables as resolvers get them, or what is wrong with them."""
        found = self._judged(given)
        if isinstance(found, list):
            return [refusal(each) for each in cast("list[GraphQLError]", found)]
        return found.coerced

    def misfit(self, given: Mapping[str, Any], where: Where) -> Exception:
        """Why the arguments of a field do not fit, in a request with these variables."""
        document, _ = self._parsed()
        search = _At(where)
        visit(document, search)
        values = self._judged(given)
        parent = self._schema.type_map[where.type]
        field = self._schema.get_field(cast("Any", parent), where.field)
        assert field is not None, "a field of the operation"
        assert search.found is not None, "it stands where it stood"
        try:
            get_argument_values(field, search.found, values, hide_suggestions=not self._hints)
        except GraphQLError as error:
            return refusal(error)
        return ResolverDefect(f"the arguments of {where.type}.{where.field} fit after all")

    def _judged(self, given: Mapping[str, Any]) -> Any:
        _, operation = self._parsed()
        return get_variable_values(
            self._schema,
            operation.variable_definitions or (),
            dict(given),
            max_errors=MAX_VARIABLE_ERRORS,
            hide_suggestions=not self._hints,
        )

    def _parsed(self) -> tuple[Any, OperationDefinitionNode]:
        document = parse(self._text)
        operation = get_operation_ast(document, self._name)
        assert operation is not None, "a valid document"
        return document, operation


class _At(Visitor):
    """Finds the field at a place of the document."""

    def __init__(self, where: Where) -> None:
        super().__init__()
        self._at = where.locations[0]
        self.found: FieldNode | None = None

    def enter_field(self, node: FieldNode, *_: object) -> None:
        """Notes the field if it begins there."""
        token = node.loc and node.loc.start_token
        if token is not None and (token.line, token.column) == self._at:
            self.found = node
