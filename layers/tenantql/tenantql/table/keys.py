"""Key templates: how values become partition and sort keys, and back.

A template such as `TENANT#{tenant}#USER#{id}` is the only way that a key is made. A value
never brings a delimiter into a key: every character up to `%` (so `#` too) is percent-escaped.
Formatting is therefore injective, and it keeps order: the delimiter sorts below whatever a
value can contain, so `a` comes before `a b` in the middle of a composite key as well.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tenantql.table.errors import KeyValueError, ModelError

DELIMITER: Final = "#"
TENANT_LEAD: Final = "TENANT#{tenant}#"

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
PARTITION_KEY_BYTES: Final = 2048
SORT_KEY_BYTES: Final = 1024

_TENANT_ID = re.compile(r"[a-z0-9][a-z0-9-]{1,30}[a-z0-9]")
_FIELD = re.compile(r"\{([a-z_][a-z0-9_]*)(?::([1-9][0-9]?))?\}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ESCAPED = re.compile(r"[\x20-%]")
_ESCAPE = re.compile(r"%([0-9A-F]{2})")
_PART = re.compile(r"(?:[^\x00-%\x7f]++|%2[0-5])++")


def is_tenant_id(value: str) -> bool:
    """Whether `value` is a well-formed tenant id: 3 to 32 of `a-z0-9-`, no dash at the ends.

    No delimiter and no wildcard of IAM policies (`*`, `?`) can be part of one.
    """
    return _TENANT_ID.fullmatch(value) is not None


def tenant_prefix(tenant: str) -> str:
    """What every partition key of `tenant` starts with, delimiter included.

    Raises KeyValueError for a malformed id.
    """
    if not is_tenant_id(tenant):
        raise KeyValueError(f"{tenant!r} is not a tenant id")
    return TENANT_LEAD.format(tenant=tenant)


def tenant_of(key: str) -> str:
    """The tenant that a partition key leads with. Raises KeyValueError if it leads with none."""
    lead, _, rest = key.partition(DELIMITER)
    tenant = rest.partition(DELIMITER)[0]
    if lead != TENANT_LEAD.partition(DELIMITER)[0] or not is_tenant_id(tenant):
        raise KeyValueError("this key leads with no tenant")
    return tenant


def escape(value: str) -> str:
    """`value` as it stands in a key.

    Raises KeyValueError if it is empty or has control characters.
    """
    if value.isalnum():
        # Letters and digits stand as they are: most values, and the fastest test.
        return value
    if not value:
        raise KeyValueError("an empty value cannot be part of a key")
    if _CONTROL.search(value):
        raise KeyValueError("a control character cannot be part of a key")
    return _ESCAPED.sub(lambda match: f"%{ord(match[0]):02X}", value)


def unescape(part: str) -> str:
    """The value that `escape` turned into `part`."""
    if "%" not in part:
        return part
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), part)


def is_part(part: str) -> bool:
    """Whether `part` is what `escape` makes of some value: each value stands in keys in one way."""
    return part.isalnum() or _PART.fullmatch(part) is not None


def is_part_of(name: str, digits: int, part: str) -> bool:
    """Whether a field of this name stands in keys as `part`; with `digits`, it is a number."""
    if digits:
        return len(part) == digits and part.isascii() and part.isdecimal()
    return is_tenant_id(part) if name == "tenant" else is_part(part)


def joined(lead: str, fields: Iterable[str], numbers: Mapping[str, int]) -> Callable[[object], str]:
    """What writes fields of an object as the parts of a key behind `lead`; numbers with digits.

    It is made of names alone, once: every object of every list that shows an id is written by it.
    It raises KeyValueError as `escape` does.
    """
    parts = [
        f"{{o.{field}:0{numbers[field]}d}}" if field in numbers else f"{{escape(o.{field})}}"
        for field in fields
    ]
    text = DELIMITER.join([lead, *parts])
    return eval(f"lambda o: f{text!r}", {"escape": escape})  # noqa: S307 - see above


@dataclass(frozen=True, slots=True)
class KeyTemplate:
    """A key with named fields between delimiters: `TENANT#{tenant}#USER#{id}`.

    Every field fills a whole part between two delimiters, so that a key can be parsed back.
    `{spend:18}` is a whole number, not negative, padded to 18 digits so that text sorts as it does.
    `limit` is the most bytes that a key may have. `numbers` has the digits of each such field.
    Raises ModelError for any other text.
    """

    text: str
    limit: int = PARTITION_KEY_BYTES
    fields: tuple[str, ...] = field(init=False)
    numbers: Mapping[str, int] = field(init=False, compare=False)
    _parts: tuple[tuple[str, bool, int], ...] = field(init=False, repr=False)
    _filling: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        parts: list[tuple[str, bool, int]] = []
        for part in self.text.split(DELIMITER):
            match = _FIELD.fullmatch(part)
            if match is None and (not part or "{" in part or "}" in part or "%" in part):
                raise ModelError(
                    f"key template {self.text!r}: {part!r} is neither a word nor one {{field}}; "
                    f"put a {DELIMITER!r} between fields"
                )
            parts.append((match[1], True, int(match[2] or 0)) if match else (part, False, 0))
        filling = DELIMITER.join(f"%({name})s" if is_field else name for name, is_field, _ in parts)
        object.__setattr__(self, "_parts", tuple(parts))
        object.__setattr__(self, "_filling", filling)
        object.__setattr__(self, "fields", tuple(name for name, is_field, _ in parts if is_field))
        object.__setattr__(self, "numbers", {name: digits for name, _, digits in parts if digits})

    @property
    def shape(self) -> str:
        """The text without the names of its fields: keys of one shape can be equal."""
        return DELIMITER.join("{}" if is_field else name for name, is_field, _ in self._parts)

    def format(self, values: Mapping[str, object]) -> str:
        """The key made of `values`, which are strings or, where digits are given, integers.

        Raises KeyValueError if a value is missing, not a string, or cannot be part of a key, and
        if the key is longer than DynamoDB takes.
        """
        numbers = self.numbers
        return self.filled(
            {name: self._part(name, numbers.get(name, 0), values.get(name)) for name in self.fields}
        )

    def filled(self, parts: Mapping[str, str]) -> str:
        """The key made of `parts`, which are as they stand in it.

        Raises KeyValueError if the key is longer than DynamoDB takes.
        """
        key = self._filling % parts
        if len(key.encode()) > self.limit:
            raise KeyValueError("a value is too long to be part of a key")
        return key

    def parse(self, key: str) -> dict[str, Any]:
        """The values that `format` turned into `key`. Raises KeyValueError for another form."""
        found = key.split(DELIMITER)
        values: dict[str, Any] = {}
        if len(found) == len(self._parts):
            for (name, is_field, digits), part in zip(self._parts, found, strict=True):
                if not is_field:
                    if name != part:
                        break
                    continue
                # A key that only looks like ours (another escape of the same value) is not ours.
                if not is_part_of(name, digits, part):
                    break
                value = int(part) if digits else unescape(part)
                if values.setdefault(name, value) != value:
                    break
            else:
                return values
        raise KeyValueError(f"not a key of the form {self.text!r}")

    def prefix(self, values: Mapping[str, object]) -> str:
        """The longest start of the key that `values` fix, up to and with the delimiter after it.

        For `begins_with` on a sort key: `ORDER#{placed_at}#{id}` without values gives `ORDER#`.
        Raises KeyValueError as `format` does.
        """
        out: list[str] = []
        for name, is_field, digits in self._parts:
            if is_field and name not in values:
                return "".join(f"{part}{DELIMITER}" for part in out)
            out.append(self._part(name, digits, values[name]) if is_field else name)
        return DELIMITER.join(out)

    def _part(self, name: str, digits: int, value: object) -> str:
        """`value` as it stands in the key."""
        if digits:
            if type(value) is not int or not 0 <= value < 10**digits:
                raise KeyValueError(f"{name!r} of {self.text!r} needs a number of {digits} digits")
            return f"{value:0{digits}d}"
        if not isinstance(value, str):
            raise KeyValueError(f"{name!r} of {self.text!r} needs a string")
        if name == "tenant" and not is_tenant_id(value):
            raise KeyValueError(f"{value!r} is not a tenant id")
        return escape(value)
