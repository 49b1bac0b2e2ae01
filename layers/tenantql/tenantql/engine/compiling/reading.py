"""Reading: the variables of a request as the values that resolvers get.

What is plain is read here: a value of the very type that is declared. Whatever else comes is for
graphql-core to judge, which also says what is wrong with it.
https://spec.graphql.org/September2025/#sec-Coercing-Variable-Values
"""

from collections.abc import Callable, Mapping
from copy import copy
from typing import Any, Final, cast

from tenantql.engine.compiling.linking import Bound
from tenantql.engine.compiling.plans import InputField, Shape, Signature
from tenantql.engine.running import Unfit

type Read = Callable[[Any], Any]
"""Reads a value. Raises Unfit, or anything, for one that is not plain."""

_BOUND: Final = 2**31


def _text(value: Any) -> str:
    if type(value) is not str:
        raise Unfit
    return value


def _boolean(value: Any) -> bool:
    if type(value) is not bool:
        raise Unfit
    return value


def _int(value: Any) -> int:
    if type(value) is not int or not -_BOUND <= value < _BOUND:
        raise Unfit
    return value


BUILT_IN: Final[Mapping[str, Read]] = {
    "String": _text,
    "ID": _text,
    "Boolean": _boolean,
    "Int": _int,
}


class Variables:
    """Reads the variables of one operation."""

    def __init__(self, signature: Signature, bound: Bound) -> None:
        self._bound = bound
        self._inputs, self._enums = signature.inputs, signature.enums
        self._objects: dict[str, Read] = {}
        self._variables = [
            (each.name, self._reader(each.shape), each.shape[0] == "!", each)
            for each in signature.variables
        ]

    def read(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The values of the variables. Raises an error if any is not plain."""
        found: dict[str, Any] = {}
        for name, read, required, variable in self._variables:
            if name in given:
                found[name] = read(given[name])
            elif variable.has_default:
                found[name] = _own(variable.default)
            elif required:
                raise Unfit
        return found

    def _reader(self, shape: Shape) -> Read:
        kind, of = shape
        if kind == "!":
            return self._present(cast("Shape", of))
        read = self._present(shape)
        return lambda value: None if value is None else read(value)

    def _present(self, shape: Shape) -> Read:
        """Reads what is not null; None makes each of these raise."""
        kind, of = shape
        match kind:
            case "[]":
                return _list(self._reader(cast("Shape", of)))
            case "input":
                return self._object(of)
            case "enum":
                return _by_name(self._bound.values(of, self._enums[of]))
            case "leaf" if of in BUILT_IN:
                return BUILT_IN[of]
            case "leaf":
                return _not_null(self._bound.parser(of))
            case _:
                return _never

    def _object(self, name: str) -> Read:
        """One reader for each type, made when it is first needed: a type can be within itself."""

        def read(value: Any) -> Any:
            found = self._objects.get(name)
            if found is None:
                fields = [(each, self._reader(each.shape)) for each in self._inputs[name]]
                found = self._objects[name] = _fields(fields)
            return found(value)

        return read


def _fields(fields: list[tuple[InputField, Read]]) -> Read:
    def read(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise Unfit
        left, found = len(cast("dict[str, Any]", value)), dict[str, Any]()
        for field, read_field in fields:
            if field.name in value:
                found[field.out_name] = read_field(value[field.name])
                left -= 1
            elif field.has_default:
                found[field.out_name] = _own(field.default)
            elif field.required:
                raise Unfit
        if left:
            raise Unfit
        return found

    return read


def _list(read_item: Read) -> Read:
    def read(value: Any) -> list[Any]:
        if type(value) is not list:
            raise Unfit
        return [read_item(each) for each in cast("list[Any]", value)]

    return read


def _by_name(values: Mapping[str, Any]) -> Read:
    def read(value: Any) -> Any:
        return values[_text(value)]

    return read


def _not_null(parse: Read) -> Read:
    def read(value: Any) -> Any:
        if value is None:
            raise Unfit
        return parse(value)

    return read


def _never(_value: Any) -> Any:
    raise Unfit


def _own(default: Any) -> Any:
    """A default that the resolver may change."""
    return copy(default) if type(default) in (list, dict) else default
