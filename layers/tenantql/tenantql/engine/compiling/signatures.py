"""Signatures: what an operation takes, from its definitions and the schema's input types."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from graphql import (
    DocumentNode,
    GraphQLInputObjectType,
    GraphQLSchema,
    GraphQLType,
    OperationDefinitionNode,
    Undefined,
    VariableDefinitionNode,
    VariableNode,
    is_enum_type,
    is_input_object_type,
    is_required_input_field,
    type_from_ast,  # pyright: ignore[reportUnknownVariableType] - an unnamed type argument
)
from graphql.language import DirectiveNode, Visitor, visit
from graphql.utilities.coerce_input_value import (
    coerce_default_value,
    coerce_input_literal,  # pyright: ignore[reportUnknownVariableType] - an unnamed type argument
)

from tenantql.engine.compiling.kinds import item_of, nullable_of
from tenantql.engine.compiling.plans import InputField, Shape, Signature, Variable


@dataclass
class _Used:
    """The types that variables have, by name; see Signature."""

    inputs: dict[str, tuple[InputField, ...]] = field(
        default_factory=dict[str, tuple[InputField, ...]]
    )
    enums: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])


def signature_of(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode
) -> Signature:
    """The signature of an operation of a valid document."""
    used = _Used()
    variables = tuple(
        _variable(schema, definition, used) for definition in operation.variable_definitions or ()
    )
    search = _Conditions()
    visit(document, search)
    own = {variable.name for variable in variables}
    return Signature(variables, tuple(sorted(search.names & own)), used.inputs, used.enums)


def _variable(
    schema: GraphQLSchema,
    definition: VariableDefinitionNode,
    used: _Used,
) -> Variable:
    name = definition.variable.name.value
    type = cast("Any", type_from_ast(schema, definition.type))
    shape = _shape(type, used)
    if definition.default_value is None:
        return Variable(name, shape)
    default = coerce_input_literal(definition.default_value, type)
    # What is not valid is what graphql-core says of the variables when they come.
    return Variable(name, shape, default is not Undefined, default)


def _shape(type: GraphQLType, used: _Used) -> Shape:
    inner, nullable = nullable_of(type)
    if not nullable:
        return "!", _shape(inner, used)
    if (item := item_of(type)) is not None:
        return "[]", _shape(item, used)
    if is_enum_type(type):
        used.enums[type.name] = tuple(type.values)
        return "enum", type.name
    if is_input_object_type(type):
        if _has_python_of_its_own(type):
            return "other", type.name
        if type.name not in used.inputs:
            used.inputs[type.name] = ()  # It can be within itself.
            used.inputs[type.name] = tuple(_fields(type, used))
        return "input", type.name
    return "leaf", cast("Any", type).name


def _has_python_of_its_own(type: GraphQLInputObjectType) -> bool:
    return type.is_one_of or type.out_type is not GraphQLInputObjectType.out_type


def _fields(type: GraphQLInputObjectType, used: _Used) -> Iterator[InputField]:
    for name, each in type.fields.items():
        default = coerce_default_value(each)
        yield InputField(
            name,
            each.out_name or name,
            _shape(each.type, used),
            is_required_input_field(each),
            default is not Undefined,
            default,
        )


class _Conditions(Visitor):
    """The variables on which it depends whether a field is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        """Notes the variable of a directive that decides."""
        if node.name.value in {"skip", "include"}:
            for argument in node.arguments or ():
                if isinstance(argument.value, VariableNode):
                    self.names.add(argument.value.name.value)
