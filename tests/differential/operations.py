"""Random operations that are valid by how they are made, for any schema."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final, cast

from graphql import (
    GraphQLBoolean,
    GraphQLField,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLSchema,
    SchemaMetaFieldDef,
    TypeMetaFieldDef,
    get_named_type,
    is_composite_type,
    is_union_type,
)
from graphql.utilities import do_types_overlap

from tests.differential.literals import given, literal, text

KEYS: Final = (
    *("a", "b", "class", "None", "lambda", "def", "r", "v", "at", "s", "__x", "import", "key"),
    *("isinstance", "run", "Nulled", "f0", "W1"),
)
SIZES: Final = (3, 6, 6, 12, 12, 24)
"""How many selections a document is to have, more or less."""

PLAIN: Final = ("ID", "ID!", "Int", "Int!")

INTROSPECTION: Final = 0.02
"""How often a selection of the query's root has an introspection field."""


@dataclass(frozen=True)
class _Variable:
    """A variable as it is declared. `literal` is its default's, if it has one."""

    type: Any
    literal: str | None


@dataclass(frozen=True)
class _Fragment:
    """A fragment that can be spread, the variables that it uses, and how deep it is."""

    type: GraphQLNamedType
    variables: frozenset[str]
    depth: int


@dataclass(frozen=True)
class Document:
    """A document, and what the variables of its operations are: their types, by name."""

    text: str
    operations: dict[str | None, dict[str, _Variable]]

    def variables(self, chance: Random, name: str | None, trouble: float) -> dict[str, Any]:
        """The variables of a request: most that are declared, and few that are not."""
        found: dict[str, Any] = {}
        for key, variable in self.operations[name].items():
            required = isinstance(variable.type, GraphQLNonNull) and variable.literal is None
            if chance.random() < (1 - trouble if required else 0.6):
                found[key] = given(chance, variable.type, trouble)
        if chance.random() < 0.05:
            found["none_such"] = 1
        return found


@dataclass
class Writing:
    """Writes one document. With `ids` there are objects by their names, and it asks for them."""

    schema: GraphQLSchema
    chance: Random
    roots: tuple[str, ...] = ("query", "query", "mutation")
    ids: Mapping[str, str] | None = None
    parts: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        self._size = self.chance.choice(SIZES)
        self._keys: dict[str, tuple[str, str, str]] = {}
        self._aliases = 0
        self._asked = ""
        self._variables: dict[str, _Variable] = {}
        self._used: set[str] = set()
        self._fragments: dict[str, _Fragment] = {}
        self._type_names = [name for name in self.schema.type_map if not name.startswith("__")]

    def document(self) -> Document:
        """A document of one operation, or some."""
        names: list[str | None] = [None]
        if self.chance.random() < 0.3:
            names = [*("A", "class", "B")[: self.chance.randint(1, 3)]]
        operations: dict[str | None, dict[str, _Variable]] = {}
        for name in names:
            self._used = set()
            kind = self.chance.choice(self.roots)
            root = self.schema.query_type if kind == "query" else self.schema.mutation_type
            if root is None:
                kind, root = "query", self.schema.query_type
            body = self._selection_set(cast("Any", root), 4)
            mine = {each: self._variables[each] for each in sorted(self._used)}
            declared = ", ".join(
                f"${each}: {one.type}{'' if one.literal is None else f' = {one.literal}'}"
                for each, one in mine.items()
            )
            head = f"{kind} {name or ''}{f'({declared})' if declared else ''}"
            if kind == "query" and name is None and not declared and self.chance.random() < 0.5:
                head = ""
            self.parts.insert(self.chance.randint(0, len(self.parts)), f"{head} {body}")
            operations[name] = mine
        return Document("\n".join(self.parts), operations)

    def _selection_set(self, type: GraphQLNamedType, depth: int) -> str:
        count = self.chance.choice((1, 2, 2, 3, 4)) if self._size > 0 else 1
        found = [self._selection(type, depth) for _ in range(count)]
        joint = self.chance.choice((" ", " ", "\n  ", ", "))
        return f"{{ {joint.join(found)} }}"

    def _selection(self, type: GraphQLNamedType, depth: int) -> str:
        self._size -= 1
        draw = self.chance.random()
        if depth > 0 and self._size > 0:
            if draw < 0.12 or (is_union_type(type) and draw < 0.5):
                return self._inline(type, depth)
            if draw < 0.2 or (is_union_type(type) and draw < 0.8):
                return self._spread(type, depth)
        if is_union_type(type) or draw > 0.95:
            return self._typename()
        fields = list(cast("Any", type).fields.items())
        if depth <= 0 or self._size <= 0:
            leaves = [
                pair for pair in fields if not is_composite_type(get_named_type(pair[1].type))
            ]
            if not leaves:
                return self._typename()
            fields = leaves
        elif type is self.schema.query_type and self.chance.random() < INTROSPECTION:
            fields = [("__schema", SchemaMetaFieldDef), ("__type", TypeMetaFieldDef)]
        return self._field(*self.chance.choice(fields), depth)

    def _typename(self) -> str:
        alias = self._alias("__typename", "", "String!")
        return f"{alias}__typename{self._directives()}"

    def _inline(self, type: GraphQLNamedType, depth: int) -> str:
        if self.chance.random() < 0.2:
            return f"...{self._directives()} {self._selection_set(type, depth - 1)}"
        on = self._narrower(type)
        return f"... on {on.name}{self._directives()} {self._selection_set(on, depth - 1)}"

    def _narrower(self, type: GraphQLNamedType) -> GraphQLNamedType:
        """A type of which an object of `type` can be."""
        return self.chance.choice(
            [
                each
                for each in self.schema.type_map.values()
                if is_composite_type(each)
                and (each is type or not each.name.startswith("__"))
                and do_types_overlap(self.schema, cast("Any", type), each)
            ]
        )

    def _spread(self, type: GraphQLNamedType, depth: int) -> str:
        fitting = [
            name
            for name, each in self._fragments.items()
            if each.depth <= depth
            and do_types_overlap(self.schema, cast("Any", type), cast("Any", each.type))
        ]
        if fitting and self.chance.random() < 0.6:
            name = self.chance.choice(fitting)
        else:
            outer, self._used = self._used, set()
            on = self._narrower(type)
            body = self._selection_set(on, depth - 1)
            name = f"{self.chance.choice(('F', 'on_', 'def', 'G'))}{len(self._fragments)}"
            self._fragments[name] = _Fragment(on, frozenset(self._used), depth)
            self.parts.append(f"fragment {name} on {on.name} {body}")
            self._used = outer
        self._used |= self._fragments[name].variables
        return f"...{name}{self._directives()}"

    def _field(self, name: str, of: GraphQLField, depth: int) -> str:
        arguments = self._arguments(name, of)
        alias = self._alias(name, arguments, str(cast("Any", of).type))
        named = cast("GraphQLNamedType", get_named_type(cast("Any", of).type))
        below = ""
        if is_composite_type(named):
            below = " " + self._selection_set(named, depth - 1)
        return f"{alias}{name}{arguments}{self._directives()}{below}"

    def _arguments(self, name: str, of: GraphQLField) -> str:
        if name == "__type":
            return f"(name: {text(self.chance.choice(self._type_names))})"
        self._asked = name
        optional = 0.15 if self.ids else 0.6
        found = [
            f"{key}: {self._value(argument.type, argument.default is not None)}"
            for key, argument in cast("Any", of).args.items()
            if self._required(argument) or self.chance.random() < optional
        ]
        self.chance.shuffle(found)
        return f"({', '.join(found)})" if found else ""

    @staticmethod
    def _required(argument: Any) -> bool:
        return isinstance(argument.type, GraphQLNonNull) and argument.default is None

    def _alias(self, name: str, arguments: str, type: str) -> str:
        """What stands ahead of a field so that its response key means it and nothing else."""
        meant = (name, arguments, type)
        keys = [name]
        if self._aliases < 25 and self.chance.random() < 0.3:
            keys = [self.chance.choice(KEYS), *keys]
        keys.append(f"k{len(self._keys)}")
        for key in keys:
            if self._keys.setdefault(key, meant) == meant:
                self._aliases += key != name
                return "" if key == name else f"{key}: "
        raise AssertionError("the last key is new")

    def _directives(self) -> str:
        if self.chance.random() < 0.85:
            return ""
        names = self.chance.choice((["skip"], ["include"], ["skip", "include"]))
        return "".join(f" @{name}(if: {self._condition()})" for name in names)

    def _condition(self) -> str:
        if self.chance.random() < 0.3:
            return self.chance.choice(("true", "false"))
        return self._variable(GraphQLNonNull(GraphQLBoolean), False, False, 1.0) or "true"

    def _value(self, type: Any, has_default: bool) -> str:
        return literal(self.chance, type, self._variable, has_default=has_default)

    def _variable(
        self, type: Any, has_default: bool, one_of: bool, often: float = 0.3
    ) -> str | None:
        """A variable that may stand where `type` is; often one that is there already."""
        if self.ids and str(type) in PLAIN and self.chance.random() < 0.9:
            return self.chance.choice(("1", "3")) if "Int" in str(type) else self._id(self.ids)
        if self.chance.random() >= often:
            return None
        if type is None:
            # Within a scalar anything may stand.
            type = (
                self.chance.choice(list(self._variables.values())).type
                if self._variables
                else GraphQLBoolean
            )
        non_null = isinstance(type, GraphQLNonNull)
        inner = type.of_type if non_null else type
        if one_of:
            non_null = True
        strict = GraphQLNonNull(inner)
        exact = str(strict if non_null else inner)
        fitting = [
            name
            for name, each in self._variables.items()
            if str(each.type) in (exact, str(strict))
            and (not one_of or str(each.type) == str(strict))
        ]
        if fitting and self.chance.random() < 0.5:
            name = self.chance.choice(fitting)
        else:
            name = self.chance.choice(("v", "V", "class", "None", "id")) + str(len(self._variables))
            self._variables[name] = self._declared(inner, non_null, has_default, one_of)
        self._used.add(name)
        return f"${name}"

    def _id(self, ids: Mapping[str, str]) -> str:
        """The id of an object that goes by the name of the field, or of any."""
        named = [id for name, id in ids.items() if name.lower() in self._asked.lower()]
        return text(self.chance.choice(named or list(ids.values())))

    def _declared(self, inner: Any, non_null: bool, has_default: bool, one_of: bool) -> _Variable:
        strict = GraphQLNonNull(inner)
        if one_of:
            return _Variable(strict, None)
        draw = self.chance.random()
        if non_null and has_default and draw < 0.4:
            return _Variable(inner, None)
        if non_null and draw < 0.5:
            # It may be null in a request, if its default is not.
            return _Variable(inner, literal(self.chance, strict))
        type = strict if non_null or draw < 0.3 else inner
        return _Variable(type, literal(self.chance, type) if self.chance.random() < 0.3 else None)
