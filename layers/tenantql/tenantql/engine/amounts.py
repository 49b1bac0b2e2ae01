"""Amounts: how many of something an operation asks for, which variables may decide.

What an argument gives is an integer where the document has a literal, and an `Amount` where it has
a variable.
"""

from collections.abc import Mapping, Sequence

from graphql import (
    BooleanValueNode,
    FieldNode,
    GraphQLField,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ValueNode,
    VariableNode,
)

from tenantql.engine.sizes import Amount, page_size

type Defaults = Mapping[str, ValueNode | None]
"""The variables that an operation declares, each with its default."""


def size_of(
    field: FieldNode,
    definition: GraphQLField,
    slicing: Sequence[str],
    assumed: int,
    defaults: Defaults,
) -> Amount | int:
    """How long a list is at most, by its slicing arguments; `assumed` where none is given."""
    return _amount(field, definition, slicing, assumed, defaults, is_size=True)


def count_of(
    field: FieldNode, definition: GraphQLField, argument: str, defaults: Defaults
) -> Amount | int:
    """How many values an argument has: a list each of its own, false and null none."""
    return _amount(field, definition, (argument,), 0, defaults, is_size=False)


def _amount(
    field: FieldNode,
    definition: GraphQLField,
    names: Sequence[str],
    otherwise: int,
    defaults: Defaults,
    *,
    is_size: bool,
) -> Amount | int:
    given = {argument.name.value: argument.value for argument in field.arguments or ()}
    literals: list[int] = []
    variables: list[tuple[str, int | None]] = []
    for name in names:
        node = definition.args[name].ast_node
        assert node is not None, "the schema is made of text"
        default = _literal(node.default_value, is_size)
        value = given.get(name)
        if isinstance(value, VariableNode):
            own = defaults.get(value.name.value)
            held = default if own is None else _literal(own, is_size)
            variables.append((value.name.value, held))
        else:
            found = default if value is None else _literal(value, is_size)
            literals += [] if found is None else [found]
    literal = max(literals, default=None)
    if variables:
        return Amount(tuple(variables), literal, otherwise, is_size)
    return otherwise if literal is None else literal


def _literal(value: ValueNode | None, is_size: bool) -> int | None:
    match value:
        case None | NullValueNode():
            return None
        case ListValueNode():
            return len(value.values)
        case IntValueNode() if is_size:
            return page_size(int(value.value))
        case BooleanValueNode():
            return None if is_size else int(value.value)
        case _:
            return None if is_size else 1
