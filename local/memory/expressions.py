"""Condition and update expressions, evaluated: what `tenantql.table.expressions` writes.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any, Final

from tenantql.table.attributes import AttributeValue, RawItem

type Names = Mapping[str, str]
type Values = Mapping[str, AttributeValue]
type Test = Callable[[RawItem, Names, Values], bool]
type Operand = Callable[[RawItem, Names, Values], AttributeValue | None]
type Step = Callable[[RawItem, RawItem, Names, Values], None]
"""Changes the second item, by what the first one, which is as it was before, holds."""

_TOKEN: Final = re.compile(r"\s*(#\w+(?:\.#\w+)*|:\w+|\w+|<=|>=|<>|[=<>(),+])")
_COMPARISONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


class _Tokens:
    def __init__(self, text: str) -> None:
        self._tokens: list[str] = _TOKEN.findall(text)
        assert "".join(self._tokens) == re.sub(r"\s", "", text), text

    def peek(self) -> str | None:
        return self._tokens[0] if self._tokens else None

    def take(self, *wanted: str) -> str:
        token = self._tokens.pop(0)
        assert not wanted or token in wanted, (token, wanted)
        return token

    def takes(self, *wanted: str) -> bool:
        """Takes the next token if it is one of these."""
        return self.peek() in wanted and bool(self.take())


@cache
def condition(text: str) -> Test:
    """A condition expression as a function of the stored item (empty: none is there)."""
    tokens = _Tokens(text)
    found = _any(tokens)
    assert tokens.peek() is None, text
    return found


@cache
def update(text: str) -> Callable[[RawItem, Names, Values], RawItem]:
    """An update expression as a function from the stored item to the new one."""
    tokens, steps = _Tokens(text), list[Step]()
    while tokens.peek() is not None:
        clause = _CLAUSES[tokens.take()]
        steps.append(clause(tokens))
        while tokens.takes(","):
            steps.append(clause(tokens))

    def apply(item: RawItem, names: Names, values: Values) -> RawItem:
        new = dict(item)
        for step in steps:
            step(item, new, names, values)
        return new

    return apply


def _any(tokens: _Tokens) -> Test:
    parts = [_all(tokens)]
    while tokens.takes("OR"):
        parts.append(_all(tokens))
    return lambda item, names, values: any(part(item, names, values) for part in parts)


def _all(tokens: _Tokens) -> Test:
    parts = [_one(tokens)]
    while tokens.takes("AND"):
        parts.append(_one(tokens))
    return lambda item, names, values: all(part(item, names, values) for part in parts)


def _one(tokens: _Tokens) -> Test:
    if tokens.takes("("):
        found = _any(tokens)
        tokens.take(")")
        return found
    if tokens.takes("NOT"):
        other = _one(tokens)
        return lambda item, names, values: not other(item, names, values)
    if tokens.takes("attribute_exists"):
        there = _argument(tokens)
        return lambda item, names, values: there(item, names, values) is not None
    if tokens.takes("attribute_not_exists"):
        gone = _argument(tokens)
        return lambda item, names, values: gone(item, names, values) is None
    if tokens.takes("contains"):
        return _contains(tokens)
    if tokens.takes("begins_with"):
        text, start = _two(tokens)
        return lambda item, names, values: _begins(
            text(item, names, values), start(item, names, values)
        )
    return _comparison(tokens)


def _contains(tokens: _Tokens) -> Test:
    tokens.take("(")
    within = _operand(tokens)
    tokens.take(",")
    wanted = _operand(tokens)
    tokens.take(")")

    def test(item: RawItem, names: Names, values: Values) -> bool:
        found, element = within(item, names, values), wanted(item, names, values)
        assert element is not None
        return found is not None and element["S"] in found["SS"]

    return test


def _begins(text: AttributeValue | None, start: AttributeValue | None) -> bool:
    assert start is not None
    return text is not None and text["S"].startswith(start["S"])


def _argument(tokens: _Tokens) -> Operand:
    tokens.take("(")
    found = _operand(tokens)
    tokens.take(")")
    return found


def _comparison(tokens: _Tokens) -> Test:
    left = _operand(tokens)
    compare = _COMPARISONS[tokens.take(*_COMPARISONS)]
    right = _operand(tokens)

    def test(item: RawItem, names: Names, values: Values) -> bool:
        a, b = left(item, names, values), right(item, names, values)
        # Two types are never less or more than one another; an absent attribute is nothing.
        return (
            a is not None
            and b is not None
            and a.keys() == b.keys()
            and (compare(_plain(a), _plain(b)))
        )

    return test


def _operand(tokens: _Tokens) -> Operand:
    word = tokens.take()
    if word.startswith(":"):
        return lambda _item, _names, values: values[word]
    if word.startswith("#"):
        return lambda item, names, _values: _at(item, _path(word, names))
    if word == "size":
        inner = _argument(tokens)

        def size(item: RawItem, names: Names, values: Values) -> AttributeValue | None:
            found = inner(item, names, values)
            return None if found is None else {"N": str(len(next(iter(found.values()))))}

        return size
    wanted, instead = _two(tokens)
    if word == "list_append":
        return lambda item, names, values: {
            "L": [
                element
                for part in (wanted(item, names, values), instead(item, names, values))
                if part is not None
                for element in part["L"]
            ]
        }
    assert word == "if_not_exists", word
    return lambda item, names, values: wanted(item, names, values) or instead(item, names, values)


def _two(tokens: _Tokens) -> tuple[Operand, Operand]:
    tokens.take("(")
    first = _operand(tokens)
    tokens.take(",")
    second = _operand(tokens)
    tokens.take(")")
    return first, second


def _set(tokens: _Tokens) -> Step:
    path = tokens.take()
    tokens.take("=")
    parts = [_operand(tokens)]
    while tokens.takes("+"):
        parts.append(_operand(tokens))

    def step(old: RawItem, new: RawItem, names: Names, values: Values) -> None:
        found = [part(old, names, values) for part in parts]
        assert all(found), "a SET needs a value"
        value = found[0]
        if len(found) > 1:
            value = {"N": str(sum(Decimal(each["N"]) for each in found if each))}
        assert value is not None
        _put(new, _path(path, names), value)

    return step


def _remove(tokens: _Tokens) -> Step:
    path = tokens.take()
    return lambda _old, new, names, _values: _drop(new, _path(path, names))


def _add(tokens: _Tokens) -> Step:
    path, value = tokens.take(), _operand(tokens)

    def step(old: RawItem, new: RawItem, names: Names, values: Values) -> None:
        (name,) = _path(path, names)
        added = value(old, names, values)
        assert added is not None
        new[name] = {"SS": sorted({*old.get(name, {"SS": []})["SS"], *added["SS"]})}

    return step


def _delete(tokens: _Tokens) -> Step:
    path, value = tokens.take(), _operand(tokens)

    def step(old: RawItem, new: RawItem, names: Names, values: Values) -> None:
        (name,) = _path(path, names)
        taken = value(old, names, values)
        assert taken is not None
        left = {*old.get(name, {"SS": []})["SS"]} - {*taken["SS"]}
        # The last element takes the set with it.
        _drop(new, [name])
        if left:
            new[name] = {"SS": sorted(left)}

    return step


_CLAUSES: Final[Mapping[str, Callable[[_Tokens], Step]]] = {
    "SET": _set,
    "REMOVE": _remove,
    "ADD": _add,
    "DELETE": _delete,
}


def _path(token: str, names: Names) -> list[str]:
    return [names[part] for part in token.split(".")]


def _at(item: RawItem, path: list[str]) -> AttributeValue | None:
    found: Any = item.get(path[0])
    for name in path[1:]:
        found = None if found is None else found["M"].get(name)
    return found


def _put(item: RawItem, path: list[str], value: AttributeValue) -> None:
    """Sets what the path leads to; the maps on the way are copied, since others may hold them."""
    name, *inside = path
    if not inside:
        item[name] = value
        return
    within = dict(item[name]["M"])
    _put(within, inside, value)
    item[name] = {"M": within}


def _drop(item: RawItem, path: list[str]) -> None:
    (name,) = path
    item.pop(name, None)


def _plain(value: AttributeValue) -> Any:
    ((kind, content),) = value.items()
    return Decimal(content) if kind == "N" else content
