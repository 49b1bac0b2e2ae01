"""Costs: what an operation asks of the table, from the schema's declarations, before it runs.

The schema declares what fields cost, in the terms of https://ibm.github.io/graphql-specs/cost-spec.html:
`@cost(weight:)` on a field that reads or writes, or on an argument that makes it read more, and
`@listSize` on a list of what may cost something. docs/limits.md has the rules. An operation's cost
is a polynomial in the sizes that variables decide, made once for each document; a request fills in
its numbers.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    NameNode,
    OperationDefinitionNode,
    SelectionSetNode,
    is_abstract_type,
    is_composite_type,
)

from tenantql.engine.amounts import Defaults, count_of, size_of
from tenantql.engine.prices import Price, Prices, is_list, named_type_of
from tenantql.engine.sizes import Amount, Cost

INTROSPECTION: Final[Mapping[str, int]] = {"__schema": 100, "__type": 10}
"""They read nothing, and take as much processor time as answering that many items."""

type Terms = dict[tuple[Amount, ...], int]
"""A polynomial: the coefficient of each product of amounts; of the empty one, the constant."""


class _Sized(msgspec.Struct, frozen=True):
    """The size of lists that are further below a field, by their paths from here."""

    size: Amount | int
    paths: frozenset[tuple[str, ...]]

    def below(self, name: str) -> "_Sized | None":
        paths = frozenset(path[1:] for path in self.paths if path[0] == name and len(path) > 1)
        return _Sized(self.size, paths) if paths else None


class Costs:
    """The costs of operations of one schema. Raises SchemaError for one that leaves any open."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._prices = Prices(schema)

    def of(self, document: DocumentNode, operation: OperationDefinitionNode) -> Cost:
        """The cost of an operation of a valid document whose fragments come to few fields."""
        root = self._schema.get_root_type(operation.operation)
        assert root is not None, "a valid operation"
        terms = _Reading(self._schema, self._prices, document, operation).cost_of(
            root, [operation.selection_set], None
        )
        fixed = terms.pop((), 0)
        return Cost(fixed, tuple((factor, amounts) for amounts, factor in terms.items()))


class _Reading:
    """One operation, walked field by field as it is going to run: equal response keys are one."""

    def __init__(
        self,
        schema: GraphQLSchema,
        prices: Prices,
        document: DocumentNode,
        operation: OperationDefinitionNode,
    ) -> None:
        self._schema = schema
        self._prices = prices
        self._defaults: Defaults = {
            variable.variable.name.value: variable.default_value
            for variable in operation.variable_definitions or ()
        }
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }

    def cost_of(
        self, type: GraphQLNamedType, sets: list[SelectionSetNode], sized: _Sized | None
    ) -> Terms:
        """The cost of selection sets on an object; of the dearest of its types, if it is open."""
        if is_abstract_type(type):
            terms: Terms = {}
            for possible in self._schema.get_possible_types(type):
                for amounts, factor in self.cost_of(possible, sets, sized).items():
                    terms[amounts] = max(terms.get(amounts, 0), factor)
            return terms
        assert isinstance(type, GraphQLObjectType), "selections are on composite types"
        terms = {}
        fields: dict[str, list[FieldNode]] = {}
        for field in self._fields_on(type, sets, set()):
            fields.setdefault((field.alias or field.name).value, []).append(field)
        for same in fields.values():
            _add(terms, self._cost_of_field(type, same, sized))
        return terms

    def _fields_on(
        self, type: GraphQLObjectType, sets: Iterable[SelectionSetNode], seen: set[str]
    ) -> Iterator[FieldNode]:
        """The fields that apply to an object of `type`, each fragment once."""
        for found in sets:
            for selection in found.selections:
                match selection:
                    case FieldNode():
                        yield selection
                    case InlineFragmentNode():
                        yield from self._fields_of(selection, type, seen)
                    case FragmentSpreadNode(name=NameNode(value=name)) if name not in seen:
                        seen.add(name)
                        yield from self._fields_of(self._fragments[name], type, seen)
                    case _:
                        pass

    def _fields_of(
        self,
        fragment: InlineFragmentNode | FragmentDefinitionNode,
        type: GraphQLObjectType,
        seen: set[str],
    ) -> Iterator[FieldNode]:
        condition = fragment.type_condition
        if condition is None or self._applies(condition.name.value, type):
            yield from self._fields_on(type, [fragment.selection_set], seen)

    def _applies(self, condition: str, type: GraphQLObjectType) -> bool:
        found = self._schema.get_type(condition)
        return found is type or (is_abstract_type(found) and self._schema.is_sub_type(found, type))

    def _cost_of_field(
        self, parent: GraphQLObjectType, same: list[FieldNode], sized: _Sized | None
    ) -> Terms:
        field, name = same[0], same[0].name.value
        if name.startswith("__"):
            return {(): INTROSPECTION.get(name, 0)}
        definition = parent.fields[name]
        price = self._prices.of(parent.name, name)
        terms: Terms = {(): price.weight}
        for argument, weight in price.arguments:
            count = count_of(field, definition, argument, self._defaults)
            _add(terms, _times(count, {(): weight}))
        type = named_type_of(definition)
        if not is_composite_type(type):
            return terms
        size = self._size(field, price, parent)
        deeper = sized and sized.below(name)
        if size is not None and price.sized:
            deeper = _Sized(size, price.sized)
        below = self.cost_of(type, [one.selection_set for one in same if one.selection_set], deeper)
        if is_list(definition):
            if sized is not None and (name,) in sized.paths:
                _add(below, {(): 1})
                below = _times(sized.size, below)
            elif size is not None:
                below = _times(size, below)
        _add(terms, below)
        return terms

    def _size(
        self, field: FieldNode, price: Price, parent: GraphQLObjectType
    ) -> Amount | int | None:
        if price.assumed is None:
            return None
        definition = parent.fields[field.name.value]
        return size_of(field, definition, price.slicing, price.assumed, self._defaults)


def _add(terms: Terms, others: Terms) -> None:
    for amounts, factor in others.items():
        terms[amounts] = terms.get(amounts, 0) + factor


def _times(amount: Amount | int, terms: Terms) -> Terms:
    if isinstance(amount, int):
        return {amounts: amount * factor for amounts, factor in terms.items()}
    return {(amount, *amounts): factor for amounts, factor in terms.items() if factor}
