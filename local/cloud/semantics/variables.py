"""IAM policy variables: ``${aws:PrincipalTag/TenantId}``, defaults, and the literals.

A variable takes a single-valued condition key, whatever its case, in the resource part and in
the values of string and ARN operators, in documents of Version 2012-10-17 only. ``${*}``,
``${?}`` and ``${$}`` stand for the character itself. A variable without a value is a value that
nothing equals: an affirmative operator does not match, a negated one does.

A wildcard inside a variable's *value* acts as a wildcard here. AWS does not document it; STS
refuses such characters in session tags anyway.

Source: IAM User Guide, "IAM policy elements: Variables and tags".
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import cast

LITERALS = {"*": "\ue000", "?": "\ue001", "$": "\ue002"}
"""Private-use characters that stand, in a pattern, for a character that is no wildcard."""

VERSION = "2012-10-17"

_CHARACTERS = {mark: character for character, mark in LITERALS.items()}
_VARIABLE = re.compile(r"\$\{([^${}]*|[*?$])\}")
_DEFAULT = re.compile(r"\s*([^,\s]+)\s*,\s*'([^']*)'\s*")
_PATTERN_OPERATORS = frozenset({"stringlike", "stringnotlike"})

type ValueOf = Callable[[str], str | None]


def expand(text: str, value_of: ValueOf) -> str | None:
    """`text` with each variable replaced, literals as LITERALS; None if one has no value."""
    missing = False

    def replacement(match: re.Match[str]) -> str:
        nonlocal missing
        name = match[1]
        if name in LITERALS:
            return LITERALS[name]
        default = _DEFAULT.fullmatch(name)
        value = value_of(default[1] if default else name.strip())
        if value is None and default:
            value = default[2]
        if value is None:
            missing = True
            return ""
        return value

    expanded = _VARIABLE.sub(replacement, text)
    return None if missing or "${" in expanded else expanded


def expand_patterns(patterns: Iterable[str], value_of: ValueOf) -> list[str]:
    """The patterns of a Resource or NotResource that can match anything, expanded."""
    return [found for text in patterns if (found := expand(text, value_of)) is not None]


def expand_conditions(conditions: Mapping[str, object], value_of: ValueOf) -> dict[str, object]:
    """A Condition block with the variables of its string and ARN operators expanded."""
    return {
        operator: {
            key: _expand_values(operator, values, value_of)
            for key, values in cast("Mapping[str, object]", block).items()
        }
        if isinstance(block, Mapping)
        else block
        for operator, block in conditions.items()
    }


def _expand_values(operator: str, values: object, value_of: ValueOf) -> object:
    name = operator.lower().removesuffix("ifexists").split(":")[-1]
    takes_variables = name.startswith(("string", "arn"))
    is_pattern = name in _PATTERN_OPERATORS or name.startswith("arn")
    listed = cast("list[object]", values) if isinstance(values, list) else [values]
    found: list[object] = []
    for value in listed:
        if not isinstance(value, str):
            found.append(value)
            continue
        expanded = expand(value, value_of) if takes_variables else value
        if expanded is not None:
            found.append(expanded if is_pattern else plain(expanded))
    return found


def plain(text: str) -> str:
    """`text` with the stand-ins of LITERALS turned back into the characters."""
    return "".join(_CHARACTERS.get(character, character) for character in text)


def without_variables(value: object) -> object:
    """A part of a policy document in which ``${`` is plain text, as before Version 2012-10-17."""
    if isinstance(value, str):
        return value.replace("${", LITERALS["$"] + "{")
    if isinstance(value, list):
        return [without_variables(element) for element in cast("list[object]", value)]
    if isinstance(value, Mapping):
        items = cast("Mapping[str, object]", value).items()
        return {key: without_variables(element) for key, element in items}
    return value


def pattern(text: str, *, ignore_case: bool = False) -> re.Pattern[str]:
    """An IAM pattern (``*`` and ``?``, literals as LITERALS) that matches a whole string."""
    parts = (
        ".*" if c == "*" else "." if c == "?" else re.escape(_CHARACTERS.get(c, c)) for c in text
    )
    flags = re.DOTALL | (re.IGNORECASE if ignore_case else re.NOFLAG)
    return re.compile(rf"{''.join(parts)}\Z", flags)
