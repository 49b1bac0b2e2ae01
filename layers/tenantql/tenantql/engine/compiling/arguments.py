"""Arguments: literals and variables of a field as the keyword arguments of a call.

https://spec.graphql.org/September2025/#sec-Coercing-Field-Arguments
"""

import keyword
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, cast

from graphql import (
    FieldNode,
    GraphQLArgument,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLSchema,
    GraphQLType,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    Undefined,
    ValueNode,
    VariableNode,
    is_input_object_type,
    is_required_argument,
    is_required_input_field,
)
from graphql import GraphQLField as Field
from graphql.execution.values import VariableValues
from graphql.language import Node, Visitor, visit
from graphql.utilities.coerce_input_value import (
    coerce_default_value,
    coerce_input_literal,  # pyright: ignore[reportUnknownVariableType] - an unnamed type argument
)

from tenantql.engine.compiling.kinds import item_of, nullable_of
from tenantql.engine.running import Unfit

NESTING: Final = 50
"""Levels of a literal with variables that are written as Python, which can nest 200 brackets."""


@dataclass(frozen=True, slots=True)
class Given:
    """The text behind the first two arguments of a resolver's call.

    `may_not_fit`: it raises Unfit for some variables.
    """

    text: str
    may_not_fit: bool


class Arguments:
    """Writes the arguments of an operation's fields."""

    def __init__(
        self,
        schema: GraphQLSchema,
        operation: OperationDefinitionNode,
        constant: Callable[[object], str],
    ) -> None:
        self._schema = schema
        self._constant = constant
        definitions = operation.variable_definitions or ()
        self._always = {
            each.variable.name.value
            for each in definitions
            if each.default_value is not None or each.type.kind == "non_null_type"
        }
        """Variables that have a value in every request, if only null."""
        self._never_null = {
            each.variable.name.value for each in definitions if each.type.kind == "non_null_type"
        }
        self._unfit = False

    def of(self, field: Field, node: FieldNode) -> Given:
        """What the resolver of `field` is called with where `node` asks for it."""
        self._unfit = False
        nodes = {each.name.value: each.value for each in node.arguments or ()}
        fixed: list[tuple[str, str]] = []
        varying: list[str] = []
        for name, definition in field.args.items():
            out_name = definition.out_name or name
            value = nodes.get(name)
            if value is not None and self._may_miss(value) and not is_required_argument(definition):
                varying.append(self._optional(out_name, value, definition))
                continue
            text = (
                self._default(definition)
                if value is None
                else self._text(value, cast("Any", definition).type)
            )
            if text is not None:
                fixed.append((out_name, text))
        if not varying and not any(keyword.iskeyword(name) for name, _ in fixed):
            return Given("".join(f", {name}={text}" for name, text in fixed), self._unfit)
        entries = [f"{name!r}: {text}" for name, text in fixed]
        return Given(f", **{{{', '.join([*entries, *varying])}}}", self._unfit)

    def _optional(
        self, out_name: str, value: ValueNode, definition: GraphQLArgument | GraphQLInputField
    ) -> str:
        """The entry of a dictionary that a variable gives, or else the default, or nothing."""
        name = cast("VariableNode", value).name.value
        default = self._default(definition)
        given = f"{{{out_name!r}: {self._text(value, cast('Any', definition).type)}}}"
        other = "{}" if default is None else f"{{{out_name!r}: {default}}}"
        return f"**({given} if {name!r} in V else {other})"

    def _may_miss(self, value: ValueNode) -> bool:
        return isinstance(value, VariableNode) and value.name.value not in self._always

    def _default(self, definition: GraphQLArgument | GraphQLInputField) -> str | None:
        value = coerce_default_value(definition)
        return None if value is Undefined else self._constant_text(value)

    def _text(self, node: ValueNode, type: GraphQLType) -> str:
        """The expression of a value; one that raises Unfit where the value does not fit."""
        type, nullable = nullable_of(type)
        if isinstance(node, VariableNode):
            name = node.name.value
            if nullable or name in self._never_null:
                return f"V[{name!r}]"
            return self._needs(f"need(V, {name!r})")
        if isinstance(node, NullValueNode):
            return "None" if nullable else self._needs("unfit()")
        search = _Search()
        visit(node, search)
        if not search.found:
            value = coerce_input_literal(node, cast("Any", type))
            return self._needs("unfit()") if value is Undefined else self._constant_text(value)
        if search.deepest > NESTING:
            return self._needs(f"{self._constant(_Mixed(node, type))}(V)")
        if (item := item_of(type)) is not None:
            values = node.values if isinstance(node, ListValueNode) else (node,)
            return f"[{', '.join(self._item(value, item) for value in values)}]"
        if is_input_object_type(type) and isinstance(node, ObjectValueNode):
            return self._object(node, type)
        return self._needs(f"{self._constant(_Mixed(node, type))}(V)")

    def _item(self, node: ValueNode, type: GraphQLType) -> str:
        if self._may_miss(node) and nullable_of(type)[1]:
            return f"V.get({cast('VariableNode', node).name.value!r})"
        return self._text(node, type)

    def _object(self, node: ObjectValueNode, type: GraphQLInputObjectType) -> str:
        nodes = {each.name.value: each.value for each in node.fields}
        text = f"{{{', '.join(self._entries(nodes, type))}}}"
        if type.out_type is not GraphQLInputObjectType.out_type:
            text = f"{self._constant(type.out_type)}({text})"
        return text

    def _entries(self, nodes: dict[str, ValueNode], type: GraphQLInputObjectType) -> Iterator[str]:
        for name, field in type.fields.items():
            out_name, value = field.out_name or name, nodes.get(name)
            if value is None:
                default = self._default(field)
                if default is not None:
                    yield f"{out_name!r}: {default}"
            elif self._may_miss(value) and not is_required_input_field(field):
                yield self._optional(out_name, value, field)
            else:
                yield f"{out_name!r}: {self._text(value, field.type)}"

    def _needs(self, text: str) -> str:
        self._unfit = True
        return text

    def _constant_text(self, value: Any) -> str:
        return repr(value) if _is_literal(value) else self._constant(value)


@dataclass(frozen=True, slots=True)
class _Mixed:
    """A list or object with variables that is a scalar, or deep: graphql-core reads it."""

    node: ValueNode
    type: GraphQLType

    def __call__(self, variables: dict[str, Any]) -> Any:
        value = coerce_input_literal(
            self.node, cast("Any", self.type), VariableValues({}, variables)
        )
        if value is Undefined:
            raise Unfit
        return value


def _is_literal(value: Any) -> bool:
    """Whether Python's text of a value makes an equal value, of which each call has its own."""
    if type(value) is list:
        return all(_is_literal(each) for each in cast("list[Any]", value))
    if type(value) is dict:
        return all(
            _is_literal(each) for pair in cast("dict[Any, Any]", value).items() for each in pair
        )
    if type(value) is float:
        return value - value == 0.0
    return value is None or type(value) in (bool, int, str)


class _Search(Visitor):
    """Whether there are variables in a value, and how deep it is nested."""

    def __init__(self) -> None:
        super().__init__()
        self.found = False
        self.depth = self.deepest = 0

    def enter(self, node: Node, *_: object) -> None:
        """Notes what is nested."""
        self.found |= isinstance(node, VariableNode)
        self.depth += isinstance(node, ListValueNode | ObjectValueNode)
        self.deepest = max(self.deepest, self.depth)

    def leave(self, node: Node, *_: object) -> None:
        """Goes back up."""
        self.depth -= isinstance(node, ListValueNode | ObjectValueNode)
