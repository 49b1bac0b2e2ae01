"""Writing: the selections of an operation as Python functions, one for each object and list.

graphql-core says which fields apply (`collect_fields`, with fragments flattened and equal keys
merged) for what the variables of `@skip` and `@include` are; so the code has no such conditions.
https://spec.graphql.org/September2025/#sec-Executing-Selection-Sets
"""

import keyword
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final, cast

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLAbstractType,
    GraphQLError,
    GraphQLField,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLType,
    OperationDefinitionNode,
    OperationType,
    get_location,
    is_abstract_type,
    is_enum_type,
    is_leaf_type,
    is_object_type,
)
from graphql.execution.collect_fields import (
    CollectedFields,
    FieldDetails,
    FragmentDetails,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues
from graphql.language import Node

from tenantql.engine.compiling.arguments import Arguments
from tenantql.engine.compiling.kinds import item_of, nullable_of
from tenantql.engine.compiling.leaves import plain_check
from tenantql.engine.compiling.plans import (
    GUARDED,
    Constant,
    LeafAt,
    Names,
    Plan,
    Reference,
    Resolver,
    TypeResolver,
    Where,
)
from tenantql.engine.compiling.refusing import refusal
from tenantql.engine.errors import SchemaError
from tenantql.engine.fields import attribute_of

INDENT: Final = "    "

type Lines = Iterator[str]


class Writer:
    """Writes one variant of an operation of a valid document."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        conditions: Mapping[str, bool | None],
    ) -> None:
        self._schema = schema
        self._operation = operation
        self._fragments = {
            definition.name.value: FragmentDetails(definition, None)
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._conditions = VariableValues({}, dict(conditions))
        self._references: dict[str, Reference] = {}
        self._names: dict[Reference, str] = {}
        self._functions: list[str] = []
        self._written: dict[tuple[Any, ...], str] = {}
        self._arguments = Arguments(schema, operation, self._constant)

    def plan(self) -> Plan:
        """The operation's code. Raises GraphQLError if it cannot be told which fields apply."""
        root = self._schema.get_root_type(self._operation.operation)
        assert root is not None, "a valid operation"
        serial = self._operation.operation is OperationType.MUTATION
        collected = collect_fields(
            self._schema, self._fragments, self._conditions, root, self._operation
        )
        body = [f"def {self._operation.operation.value}(run, s, at):", *self._opening(collected)]
        body.append(f"{INDENT}r = at[2][at[1]] = {{}}")
        for line in self._fields(root, collected):
            body.append(INDENT + line)
            if serial and not line:
                body.append(f"{INDENT}yield")
        if serial and not collected.grouped_field_set:
            # All fields are left out, and it has to be a generator still.
            body.append(f"{INDENT}yield")
        source = "\n\n\n".join([*self._functions, "\n".join(body)])
        return Plan(source + "\n", self._references, serial)

    def _opening(self, collected: CollectedFields) -> Lines:
        """The local names that the fields of an object use."""
        definitions = [details[0] for details in collected.grouped_field_set.values()]
        if any(detail.node.name.value != "__typename" for detail in definitions):
            yield f"{INDENT}d, i, V = type(s) is dict, run.info, run.variables"

    def _fields(self, type: GraphQLObjectType, collected: CollectedFields) -> Lines:
        """The lines that fill `r`; an empty one after each field."""
        for key, details in collected.grouped_field_set.items():
            yield from self._field(type, key, details)
            yield ""

    def _field(self, type: GraphQLObjectType, key: str, details: list[FieldDetails]) -> Lines:
        name = details[0].node.name.value
        if name == "__typename":
            yield f"r[{key!r}] = {type.name!r}"
            return
        field = self._schema.get_field(type, name)
        assert field is not None, "a valid operation"
        where = Where(type.name, name, tuple(_location(detail.node) for detail in details))
        yield from self._value(type, name, field, details, where)
        yield from self._stored(key, cast("Any", field).type, details, where)

    def _value(
        self,
        type: GraphQLObjectType,
        name: str,
        field: GraphQLField,
        details: list[FieldDetails],
        where: Where,
    ) -> Lines:
        """The lines that make `v` what a field resolves to, or the error that it raises."""
        attribute = attribute_of(field.resolve) if field.resolve else name
        # Arguments may not fit, also where nobody asks for them.
        if attribute is not None and not field.args:
            read = f"s.{attribute}"
            if keyword.iskeyword(attribute) or not attribute.isidentifier():
                read = f"getattr(s, {attribute!r})"
            yield f"try: v = s.get({attribute!r}) if d else {read}"
            yield "except Exception as e: v = absent(e)"
            return
        given = self._arguments.of(field, details[0].node)
        resolve = self._name(field.extensions.get(GUARDED) or Resolver(type.name, name))
        yield f"try: v = {resolve}(s, i{given.text})"
        if given.may_not_fit:
            yield f"except Unfit: v = run.misfit({self._name(where)})"
        yield "except Exception as e: v = e"

    def _stored(
        self, key: str, type: GraphQLType, details: list[FieldDetails], where: Where
    ) -> Lines:
        """The lines that complete `v` and store it under `key`."""
        inner, nullable = nullable_of(type)
        position = f"(at, {key!r}, r, {nullable})"
        if is_leaf_type(inner):
            yield f"r[{key!r}] = {self._leaf('v', inner, not nullable, where, position)}"
            return
        function = self._completion(type, details, where)
        if not nullable:
            yield f"r[{key!r}] = {function}(run, v, {position})"
            return
        yield f"a = {position}"
        yield f"try: r[{key!r}] = {function}(run, v, a)"
        yield f"except Nulled: r[{key!r}] = run.nulled(a)"

    def _leaf(
        self, value: str, type: GraphQLLeafType, non_null: bool, where: Where, position: str
    ) -> str:
        """The expression of a leaf: the plain case here, every other in the leaf's own code."""
        leaf = self._name(LeafAt(type.name, where, non_null))
        other = f"{leaf}(run, {value}, {position})"
        if is_enum_type(type):
            names = self._name(Names(type.name, tuple(type.values)))
            return f"(isinstance({value}, str) and {names}.get({value})) or {other}"
        return f"{value} if {plain_check(type, value)} else {other}"

    def _completion(self, type: GraphQLType, details: list[FieldDetails], where: Where) -> str:
        """The name of what completes a value of `type`: a function, or a leaf's own code."""
        inner, nullable = nullable_of(type)
        if is_leaf_type(inner):
            return self._name(LeafAt(inner.name, where, not nullable))
        key = (str(type), where, *(id(detail.node) for detail in details))
        if key in self._written:
            return self._written[key]
        self._written[key] = name = f"f{len(self._written)}"
        place = self._name(where)
        absent = [
            f"if s is None: return {None if nullable else f'run.missing(at, {place})'}",
            f"if isinstance(s, ODD): return run.odd(s, at, {place}, {name})",
        ]
        if (item := item_of(inner)) is not None:
            body = self._list(item, details, where, place, absent)
        elif is_abstract_type(inner):
            body = chain(absent, self._abstract(inner, details, where, place))
        elif is_object_type(inner):
            body = chain(absent, self._object(inner, details, place))
        else:  # pragma: no cover - there are no other output types
            raise SchemaError(f"{inner} is no output type")
        lines = [f"def {name}(run, s, at):", *(INDENT + line for line in body)]
        self._functions.append(f"# {where.type}.{where.field}: {type}\n" + "\n".join(lines))
        return name

    def _list(
        self,
        item: GraphQLType,
        details: list[FieldDetails],
        where: Where,
        place: str,
        absent: Sequence[str],
    ) -> Lines:
        inner, nullable = nullable_of(item)
        yield "if type(s) is not list and type(s) is not tuple:"
        yield from (INDENT + line for line in absent)
        yield f"{INDENT}try: s = items(s)"
        yield f"{INDENT}except Exception as e: return run.fail(e, at, {place})"
        position = f"(at, n, r, {nullable})"
        yield "r = [None] * len(s)"
        yield "for n, v in enumerate(s):"
        if is_leaf_type(inner):
            yield f"{INDENT}r[n] = {self._leaf('v', inner, not nullable, where, position)}"
            yield "return r"
            return
        function = self._completion(item, details, where)
        if nullable:
            yield f"{INDENT}a = {position}"
            yield f"{INDENT}try: r[n] = {function}(run, v, a)"
            yield f"{INDENT}except Nulled: r[n] = run.nulled(a)"
        else:
            yield f"{INDENT}r[n] = {function}(run, v, {position})"
        yield "return r"

    def _abstract(
        self,
        type: GraphQLAbstractType,
        details: list[FieldDetails],
        where: Where,
        place: str,
    ) -> Lines:
        resolve = self._name(TypeResolver(type.name))
        possible = sorted(self._schema.get_possible_types(type), key=lambda each: each.name)
        # Each of them asks again whether the object is there.
        functions = [(each.name, self._completion(each, details, where)) for each in possible]
        yield f"try: t = {resolve}(s, run.info, None)"
        yield f"except Exception as e: return run.fail(e, at, {place})"
        for number, (name, function) in enumerate(functions):
            yield f"{'el' if number else ''}if t == {name!r}: return {function}(run, s, at)"
        yield f"return run.fail(UnknownType({type.name!r}), at, {place})"

    def _object(self, type: GraphQLObjectType, details: list[FieldDetails], place: str) -> Lines:
        if type.is_type_of is not None:
            raise SchemaError(f"{type.name} has is_type_of, which nothing here asks")
        try:
            collected = collect_subfields(
                self._schema,
                self._fragments,
                self._conditions,
                self._operation,
                type,
                details,
            )
        except GraphQLError as error:
            # A variable of @skip or @include is null. It is so for each object.
            yield f"return run.fail({self._constant(refusal(error))}, at, {place})"
            return
        yield from (line.removeprefix(INDENT) for line in self._opening(collected))
        yield "r = {}"
        yield from self._fields(type, collected)
        yield "return r"

    def _constant(self, value: object) -> str:
        name = f"C{len(self._references)}"
        self._references[name] = Constant(value)
        return name

    def _name(self, reference: Reference) -> str:
        found = self._names.get(reference)
        if found is None:
            found = f"{_PREFIXES[type(reference)]}{len(self._references)}"
            self._names[reference], self._references[found] = found, reference
        return found


_PREFIXES: Final[Mapping[type, str]] = {
    Resolver: "R",
    TypeResolver: "T",
    Names: "N",
    Where: "W",
    LeafAt: "L",
}


def _location(node: Node) -> tuple[int, int]:
    assert node.loc is not None, "a parsed document"
    at = get_location(node.loc.source, node.loc.start)
    return at.line, at.column
