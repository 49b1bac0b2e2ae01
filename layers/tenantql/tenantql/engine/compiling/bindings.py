"""What domains bind, as compiled code asks for it, without a schema."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from tenantql.engine.binding import (
    Bindable,
    EnumType,
    InterfaceType,
    ObjectRule,
    ObjectType,
)
from tenantql.engine.compiling.linking import Bound
from tenantql.engine.compiling.plans import Resolver
from tenantql.engine.errors import SchemaError
from tenantql.engine.fields import attribute
from tenantql.engine.guarding import guarded
from tenantql.engine.scalars import scalars
from tenantql.engine.visibility import Rule

_TEXTS = frozenset({"String", "ID"})


class Bindings:
    """See `linking.Bound`. Leaves that are not plain are for the schema's own."""

    def __init__(self, bindables: Iterable[Bindable], schema: Callable[[], Bound]) -> None:
        """Raises SchemaError for a bindable that is not of `tenantql.engine.binding`."""
        self._schema = schema
        self._resolvers: dict[tuple[str, str], Callable[..., Any]] = {}
        self._type_resolvers: dict[str, Callable[..., Any]] = {}
        self._rules: dict[str, Rule[Any]] = {}
        self._values: dict[str, dict[str, Any]] = {}
        for each in bindables:
            match each:
                case ObjectType():
                    self._resolvers |= {(each.name, f): r for f, r in each.resolvers.items()}
                case InterfaceType():
                    self._type_resolvers[each.name] = each.type_resolver
                case EnumType():
                    self._values[each.name] = each.values
                case ObjectRule():
                    self._rules[each.name] = each.rule
                case _:
                    raise SchemaError(f"{type(each).__name__} is not of tenantql.engine.binding")

    def resolver(self, wanted: Resolver) -> Callable[..., Any]:
        """The resolver of a field, with its guard. Raises SchemaError if nothing resolves it."""
        found = self._resolvers.get((wanted.type, wanted.field))
        if found is None:
            if wanted.attribute is None:
                raise SchemaError(f"{wanted.type}.{wanted.field} has no resolver")
            found = attribute(wanted.attribute)
        # A rule that is not there any more is an error, not a door that stands open.
        rule = None if wanted.ruled is None else self._rules[wanted.ruled]
        return guarded(found, wanted.roles, rule)

    def type_resolver(self, type: str) -> Callable[..., Any]:
        """What names the type of an object of an interface or a union."""
        return self._type_resolvers[type]

    def values(self, type: str, names: Sequence[str]) -> Mapping[str, Any]:
        """What the names of an enum stand for: for themselves, if nobody says otherwise."""
        own = self._values.get(type, {})
        return {name: own.get(name, name) for name in names}

    def serializer(self, type: str) -> Callable[[Any], Any]:
        """What makes a response's value of a leaf's."""
        scalar = scalars.get(type)
        if scalar is not None:
            return scalar.parse if scalar.checked else _same
        schemas = self._schema
        # Of two names of one value, the first is told.
        names = {value: name for name, value in reversed(self._values.get(type, {}).items())}

        def serialize(value: Any) -> Any:
            if isinstance(value, str) and type in _TEXTS:
                return value
            with suppress(TypeError, KeyError):
                return names[value]
            return schemas().serializer(type)(value)

        return serialize

    def parser(self, type: str) -> Callable[[Any], Any]:
        """What makes a resolver's value of a scalar's in the variables."""
        scalar = scalars.get(type)
        if scalar is not None:
            return scalar.parse
        schemas = self._schema

        def parse(value: Any) -> Any:
            return schemas().parser(type)(value)

        return parse


def _same(value: Any) -> Any:
    return value
