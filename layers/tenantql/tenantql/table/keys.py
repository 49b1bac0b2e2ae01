"""Key templates: how values become partition and sort keys, and back.

A template such as `TENANT#{tenant}#USER#{id}` is the only way that a key is made. A value
never brings a delimiter into a key: every character up to `%` (so `#` too) is percent-escaped.
Formatting is therefore injective, and it keeps order: the delimiter sorts below whatever a
value can contain, so `a` comes before `a b` in the middle of a composite key as well.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from tenantql.table.errors import KeyValueError, ModelError

DELIMITER: Final = "#"
TENANT_LEAD: Final = "TENANT#{tenant}#"

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
PARTITION_KEY_BYTES: Final = 2048
SORT_KEY_BYTES: Final = 1024

_TENANT_ID = re.compile(r"[a-z0-9][a-z0-9-]{1,30}[a-z0-9]")
_FIELD = re.compile(r"\{([a-z_][a-z0-9_]*)\}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ESCAPED = re.compile(r"[\x20-%]")
_ESCAPE = re.compile(r"%([0-9A-F]{2})")


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


def escape(value: str) -> str:
    """`value` as it stands in a key.

    Raises KeyValueError if it is empty or has control characters.
    """
    if not value:
        raise KeyValueError("an empty value cannot be part of a key")
    if _CONTROL.search(value):
        raise KeyValueError("a control character cannot be part of a key")
    return _ESCAPED.sub(lambda match: f"%{ord(match[0]):02X}", value)


def unescape(part: str) -> str:
    """The value that `escape` turned into `part`."""
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), part)


@dataclass(frozen=True, slots=True)
class KeyTemplate:
    """A key with named fields between delimiters: `TENANT#{tenant}#USER#{id}`.

    Every field fills a whole part between two delimiters, so that a key can be parsed back.
    `limit` is the most bytes that a key may have. Raises ModelError for any other text.
    """

    text: str
    limit: int = PARTITION_KEY_BYTES
    fields: tuple[str, ...] = field(init=False)
    _parts: tuple[tuple[str, bool], ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        parts: list[tuple[str, bool]] = []
        for part in self.text.split(DELIMITER):
            match = _FIELD.fullmatch(part)
            if match is None and (not part or "{" in part or "}" in part or "%" in part):
                raise ModelError(
                    f"key template {self.text!r}: {part!r} is neither a word nor one {{field}}; "
                    f"put a {DELIMITER!r} between fields"
                )
            parts.append((match[1], True) if match else (part, False))
        object.__setattr__(self, "_parts", tuple(parts))
        object.__setattr__(self, "fields", tuple(name for name, is_field in parts if is_field))

    def format(self, values: Mapping[str, object]) -> str:
        """The key made of `values`, which are strings.

        Raises KeyValueError if a value is missing, not a string, or cannot be part of a key, and
        if the key is longer than DynamoDB takes.
        """
        out: list[str] = []
        for name, is_field in self._parts:
            if not is_field:
                out.append(name)
                continue
            out.append(self._escaped(name, values))
        key = DELIMITER.join(out)
        if len(key.encode()) > self.limit:
            raise KeyValueError("a value is too long to be part of a key")
        return key

    def parse(self, key: str) -> dict[str, str]:
        """The values that `format` turned into `key`. Raises KeyValueError for another form."""
        found = key.split(DELIMITER)
        values: dict[str, str] = {}
        if len(found) == len(self._parts):
            for (name, is_field), part in zip(self._parts, found, strict=True):
                if not is_field:
                    if name != part:
                        break
                    continue
                value = unescape(part)
                # A key that only looks like ours (another escape of the same value) is not ours.
                if not value or escape(value) != part or values.setdefault(name, value) != value:
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
        for name, is_field in self._parts:
            if is_field and name not in values:
                return "".join(f"{part}{DELIMITER}" for part in out)
            out.append(self._escaped(name, values) if is_field else name)
        return DELIMITER.join(out)

    def _escaped(self, name: str, values: Mapping[str, object]) -> str:
        value = values.get(name)
        if not isinstance(value, str):
            raise KeyValueError(f"{name!r} of {self.text!r} needs a string")
        if name == "tenant" and not is_tenant_id(value):
            raise KeyValueError(f"{value!r} is not a tenant id")
        return escape(value)
