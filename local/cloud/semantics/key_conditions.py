"""The partition key value that a Query names, by KeyConditionExpression or KeyConditions.

DynamoDB accepts exactly one equality on the partition key and at most one condition on the
sort key, joined by AND. Whatever is not of that form is refused here, never guessed at: the
value decides what IAM allows, so a wrong guess would be a hole.

Source: Amazon DynamoDB Developer Guide, "Key condition expressions for the Query operation".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<name>\#[A-Za-z0-9_]+) | (?P<value>:[A-Za-z0-9_]+) | (?P<word>[A-Za-z][A-Za-z0-9_]*)
      | (?P<compare><=|>=|<>|=|<|>) | (?P<mark>[(),])
    )""",
    re.VERBOSE,
)
_COMPARISONS = frozenset({"=", "<", "<=", ">", ">="})
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}
_LEGACY_SORT_OPERATORS = frozenset({"EQ", "LE", "LT", "GE", "GT", "BEGINS_WITH", "BETWEEN"})


class UnreadableKey(ValueError):
    """The request does not say, in a form DynamoDB accepts, which partition key it is about."""


@dataclass(frozen=True, slots=True)
class KeySchema:
    """The key attributes of a table or of one index."""

    partition: str
    sort: str | None = None


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str

    def is_word(self, word: str) -> bool:
        return self.kind == "word" and self.text.upper() == word


@dataclass(frozen=True, slots=True)
class _Condition:
    attribute: str
    operator: str
    values: tuple[str, ...]


_END = _Token("end", "")


def key_value(attribute_value: object) -> str:
    """The text that a key's attribute value has in ``dynamodb:LeadingKeys``.

    `attribute_value` is one of ``{"S": text}``, ``{"N": digits}``, ``{"B": base64}``. Numbers and
    binaries are given as they stand in the request. Raises UnreadableKey for anything else.
    """
    value = mapping(attribute_value, "a key value")
    if len(value) == 1:
        kind, text = next(iter(value.items()))
        if kind in ("S", "N", "B") and isinstance(text, str) and text:
            return text
    raise UnreadableKey("a key value is not one non-empty S, N or B")


def mapping(value: object, what: str) -> Mapping[str, object]:
    """`value` as a mapping; raises UnreadableKey naming `what` if it is none."""
    if not isinstance(value, Mapping):
        raise UnreadableKey(f"{what} is not a map")
    return cast("Mapping[str, object]", value)


def queried_partition(request: Mapping[str, object], schema: KeySchema) -> str:
    """The partition key value that a Query `request` is about, by `schema`.

    Raises UnreadableKey unless the request has exactly one equality on the partition key, at most
    one condition on the sort key, and nothing else.
    """
    expression, legacy = request.get("KeyConditionExpression"), request.get("KeyConditions")
    if (expression is None) == (legacy is None):
        raise UnreadableKey("a Query has either a KeyConditionExpression or KeyConditions")
    if legacy is not None:
        return _legacy_partition(mapping(legacy, "KeyConditions"), schema)
    if not isinstance(expression, str):
        raise UnreadableKey("KeyConditionExpression is not a string")
    names = mapping(request.get("ExpressionAttributeNames") or {}, "ExpressionAttributeNames")
    values = mapping(request.get("ExpressionAttributeValues") or {}, "ExpressionAttributeValues")
    conditions = _Parser(expression, names).conditions()
    attributes = [condition.attribute for condition in conditions]
    _check_attributes(attributes, schema)
    for condition in conditions:
        for reference in condition.values:
            key_value(values.get(reference))
    leading = conditions[attributes.index(schema.partition)]
    if leading.operator != "=":
        raise UnreadableKey("the partition key takes an equality only")
    return key_value(values.get(leading.values[0]))


def _check_attributes(attributes: list[str], schema: KeySchema) -> None:
    if len(set(attributes)) < len(attributes):
        raise UnreadableKey("two conditions on one key attribute")
    if schema.partition not in attributes:
        raise UnreadableKey(f"no condition on the partition key {schema.partition}")
    if not set(attributes) <= {schema.partition, schema.sort}:
        raise UnreadableKey("a condition on an attribute that is no key")


def _legacy_partition(conditions: Mapping[str, object], schema: KeySchema) -> str:
    _check_attributes(list(conditions), schema)
    for attribute, raw in conditions.items():
        condition = mapping(raw, f"the condition on {attribute}")
        operator, values = condition.get("ComparisonOperator"), condition.get("AttributeValueList")
        if operator not in _LEGACY_SORT_OPERATORS or not isinstance(values, list):
            raise UnreadableKey(f"the condition on {attribute} has no known operator or no values")
        wanted = 2 if operator == "BETWEEN" else 1
        texts = [key_value(value) for value in cast("list[object]", values)]
        if len(texts) != wanted:
            raise UnreadableKey(f"{operator} takes {wanted} value(s)")
        if attribute == schema.partition and operator != "EQ":
            raise UnreadableKey("the partition key takes an equality only")
    leading = mapping(conditions[schema.partition], "the partition key's condition")
    return key_value(cast("list[object]", leading["AttributeValueList"])[0])


class _Parser:
    """Recursive descent over the documented grammar; nothing beyond it is let through."""

    def __init__(self, expression: str, names: Mapping[str, object]) -> None:
        self._tokens = _tokens(expression)
        self._names = names
        self._at = 0

    def conditions(self) -> list[_Condition]:
        found = self._conjunction()
        if self._peek() is not _END:
            raise UnreadableKey("text after the end of the key condition")
        return found

    def _conjunction(self) -> list[_Condition]:
        found = self._term()
        while self._peek().is_word("AND"):
            self._next()
            found += self._term()
        return found

    def _term(self) -> list[_Condition]:
        if self._peek() == _Token("mark", "("):
            self._next()
            found = self._conjunction()
            self._take("mark", ")")
            return found
        return [self._condition()]

    def _condition(self) -> _Condition:
        first = self._next()
        if first.is_word("BEGINS_WITH"):
            if first.text != "begins_with":
                raise UnreadableKey("function names are in lower case")
            self._take("mark", "(")
            attribute = self._attribute(self._next())
            self._take("mark", ",")
            value = self._take("value")
            self._take("mark", ")")
            return _Condition(attribute, "begins_with", (value,))
        if first.kind == "value":
            operator = self._comparison()
            return _Condition(self._attribute(self._next()), _FLIPPED[operator], (first.text,))
        attribute = self._attribute(first)
        if self._peek().is_word("BETWEEN"):
            self._next()
            low = self._take("value")
            if not self._next().is_word("AND"):
                raise UnreadableKey("BETWEEN takes two values joined by AND")
            return _Condition(attribute, "between", (low, self._take("value")))
        operator = self._comparison()
        return _Condition(attribute, operator, (self._take("value"),))

    def _attribute(self, token: _Token) -> str:
        if token.kind == "word":
            return token.text
        if token.kind == "name":
            name = self._names.get(token.text)
            if isinstance(name, str) and name:
                return name
            raise UnreadableKey(f"the name {token.text} is not defined")
        raise UnreadableKey(f"an attribute name was expected, not {token.text!r}")

    def _comparison(self) -> str:
        token = self._next()
        if token.kind != "compare" or token.text not in _COMPARISONS:
            raise UnreadableKey(f"a comparison was expected, not {token.text!r}")
        return token.text

    def _take(self, kind: str, text: str | None = None) -> str:
        token = self._next()
        if token.kind != kind or (text is not None and token.text != text):
            raise UnreadableKey(f"{text or 'a ' + kind} was expected, not {token.text!r}")
        return token.text

    def _peek(self) -> _Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else _END

    def _next(self) -> _Token:
        token = self._peek()
        self._at += 1
        return token


def _tokens(expression: str) -> list[_Token]:
    found: list[_Token] = []
    at, end = 0, len(expression.rstrip())
    while at < end:
        match = _TOKEN.match(expression, at, end)
        if match is None or match.lastgroup is None:
            raise UnreadableKey(f"unexpected character in the key condition at {at}")
        found.append(_Token(match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found
