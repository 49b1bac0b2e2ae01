"""Compiled operations: code by what `@skip` and `@include` come to, made when first needed."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
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

from tenantql.engine.compiling.linking import Bound, Code, link
from tenantql.engine.compiling.plans import Plan, Signature, Variant, Where
from tenantql.engine.compiling.reading import Variables
from tenantql.engine.compiling.writing import Writer
from tenantql.engine.errors import ResolverDefect

VARIANTS: Final = 32
"""Variants of one operation that are kept; the least recently used go first."""

MAX_VARIABLE_ERRORS: Final = 50
"""Errors of variables that are told at once."""


class VariablesRefused(Exception):
    """Raised for variables that do not fit their types; `errors` has one or more."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        super().__init__(str(errors[0]))
        self.errors = errors


class Compiled:
    """An operation as code. It keeps the text: what was parsed is large, and rarely needed."""

    def __init__(
        self,
        schema: GraphQLSchema,
        bound: Bound,
        text: str,
        name: str | None,
        signature: Signature,
        *,
        hints: bool,
    ) -> None:
        """`hints`: messages may suggest what the schema has."""
        self._schema = schema
        self._bound = bound
        self._text = text
        self._name = name
        self._hints = hints
        self.signature: Final = signature
        self._variables = Variables(self.signature, bound.parser, bound.parser)
        self._variants: OrderedDict[Variant, tuple[Code, bool]] = OrderedDict()

    def values(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The variables as resolvers get them. Raises VariablesRefused."""
        try:
            return self._variables.read(given)
        except Exception:  # noqa: BLE001 - whatever is not plain, graphql-core judges
            found = self._judged(given)
        if isinstance(found, list):
            raise VariablesRefused(cast("list[GraphQLError]", found))
        return found.coerced

    def code(self, values: Mapping[str, Any]) -> tuple[Code, bool]:
        """The code that runs with these variables, and whether it runs step by step.

        Raises GraphQLError if a variable of `@skip` or `@include` at the top is null.
        """
        variant = tuple(values.get(name) for name in self.signature.conditions)
        found = self._variants.get(variant)
        if found is None:
            plan = self.plan(variant)
            found = self._variants[variant] = link(plan, self._bound), plan.serial
            if len(self._variants) > VARIANTS:
                self._variants.popitem(last=False)
        elif len(self._variants) > 1:
            self._variants.move_to_end(variant)
        return found

    def plan(self, variant: Variant) -> Plan:
        """The plan of a variant. Raises GraphQLError as `code` does."""
        document, operation = self._parsed()
        conditions = dict(zip(self.signature.conditions, variant, strict=True))
        return Writer(self._schema, document, operation, conditions).plan()

    def misfit(self, given: Mapping[str, Any]) -> Callable[[Where], Exception]:
        """What says why the arguments of a field do not fit, in a request with these variables."""

        def judge(where: Where) -> Exception:
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
                return error
            return ResolverDefect(f"the arguments of {where.type}.{where.field} fit after all")

        return judge

    def _judged(self, given: Mapping[str, Any]) -> Any:
        """What graphql-core makes of the variables, or the list of what is wrong with them."""
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
