"""Limits: how large a document, its variables and its cost may be, before any work is done for it.

docs/limits.md says what each protects. Parsing, counting and validating stop at `CEILING`, which
no tier exceeds; a prepared operation is then held against the limits of each tenant that sends it.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Final, cast

import msgspec

from tenantql.engine.sizes import Measures
from tenantql.errors import Code, TenantqlError
from tenantql.tenancy.routing import Tier

MAX_CHARACTERS: Final = 16_384
"""Of a document. With the number of operations that are kept, a bound of the memory they take."""

MAX_TOKENS: Final = 1_000
"""Of a document, and as many comments. The lexer stops there, before it knows who asks."""

MAX_VARIABLES_DEPTH: Final = 10
"""Levels of lists and objects in variables."""

LEAST_SECONDS: Final = 1.0
"""What has to be left of the function's time for an operation to begin."""


class Limits(msgspec.Struct, frozen=True):
    """The most that an operation may have.

    `definitions` (operations and fragments) and `repeats` (fields that ask again for a response
    key of their selection set) are of the whole document. The others are of its largest operation
    with each fragment counted wherever it is spread: `depth` in fields, without those under
    `__schema` and `__type`, which `introspection_depth` bounds. `values` is how many the variables
    hold, `cost` what `engine.costs` makes of the operation with its variables.
    """

    definitions: int = 60
    repeats: int = 100
    depth: int = 10
    introspection_depth: int = 20
    fields: int = 500
    aliases: int = 15
    root_fields: int = 10
    directives: int = 50
    values: int = 1_000
    cost: int = 1_000


DEFAULTS: Final[Mapping[Tier, Limits]] = {
    Tier.BASIC: Limits(),
    Tier.ADVANCED: Limits(cost=2_000),
    Tier.PREMIUM: Limits(aliases=30, root_fields=20, cost=5_000),
    Tier.ENTERPRISE: Limits(aliases=30, root_fields=20, cost=10_000),
}
"""What a tenant's operations may have, by what it pays for."""

CEILING: Final = Limits(
    **{
        name: max(cast("int", getattr(limits, name)) for limits in DEFAULTS.values())
        for name in Limits.__struct_fields__
    }
)
"""The most of all tiers. The platform's operators have it, too."""

_COUNTED: Final = {
    "definitions": "operations and fragments",
    "repeats": "fields that repeat another of the same selection",
    "depth": "levels of fields",
    "introspection_depth": "levels of fields under an introspection field",
    "fields": "fields, counted wherever a fragment is spread",
    "aliases": "aliases",
    "root_fields": "fields at the top",
    "directives": "directives",
}


class LimitExceeded(TenantqlError):
    """Raised for a document, or variables, with more of something than is allowed.

    The message has both numbers; `details` names the limit, by its field in `Limits`.
    """

    code: ClassVar[Code] = Code.BAD_USER_INPUT

    def __init__(self, limit: str, what: str, allowed: int) -> None:
        super().__init__(f"{what}; at most {allowed:,} are allowed")
        self.limit = limit
        self.allowed = allowed

    @property
    def details(self) -> Mapping[str, Any]:
        """The limit and what it allows."""
        return {"limit": self.limit, "allowed": self.allowed}


class CostExceeded(LimitExceeded):
    """Raised for an operation that costs more than one request may."""

    code: ClassVar[Code] = Code.COST_EXCEEDED

    def __init__(self, asked: int, allowed: int) -> None:
        super().__init__("cost", f"the operation costs {asked:,} units", allowed)
        self.asked = asked

    @property
    def details(self) -> Mapping[str, Any]:
        """The limit, what it allows, and what was asked for."""
        return {**super().details, "asked": self.asked}


def limits_of(tier: Tier | None) -> Limits:
    """The limits of a tenant's tier, or of the platform's operators, who have none."""
    return CEILING if tier is None else DEFAULTS[tier]


class TimeIsUp(TenantqlError):
    """Raised before an operation that the function has not enough time left to begin."""

    code: ClassVar[Code] = Code.UNAVAILABLE


def ensure_time(seconds: float) -> None:
    """Raises TimeIsUp if fewer `seconds` are left than an operation needs to begin."""
    if seconds < LEAST_SECONDS:
        raise TimeIsUp("there was no time left for this request; nothing was done, try again")


def ensure_small(text: str) -> None:
    """Raises LimitExceeded for a document of too many characters, before it is read."""
    if len(text) > MAX_CHARACTERS:
        raise LimitExceeded(
            "characters", f"the document has {len(text):,} characters", MAX_CHARACTERS
        )


def ensure_within(measures: Measures, limits: Limits) -> None:
    """Raises LimitExceeded for a document that has more of something than `limits` allow."""
    for name, what in _COUNTED.items():
        counted, allowed = getattr(measures, name), getattr(limits, name)
        if counted > allowed:
            raise LimitExceeded(name, f"the document has {_shown(counted)} {what}", allowed)


def ensure_few(variables: Mapping[str, Any] | None, limits: Limits) -> None:
    """Raises LimitExceeded for variables that hold too many values, or too deep ones."""
    level: list[object] = list((variables or {}).values())
    count = depth = 0
    while level:
        count += len(level)
        if count > limits.values:
            raise LimitExceeded(
                "values", f"the variables hold more than {limits.values:,} values", limits.values
            )
        below: list[object] = []
        for value in level:
            if isinstance(value, dict):
                below.extend(cast("dict[str, object]", value).values())
            elif isinstance(value, list):
                below.extend(cast("list[object]", value))
        level = below
        depth += bool(below)
        if depth > MAX_VARIABLES_DEPTH:
            raise LimitExceeded(
                "variables_depth",
                f"the variables have more than {MAX_VARIABLES_DEPTH} levels",
                MAX_VARIABLES_DEPTH,
            )


def _shown(counted: int) -> str:
    """A number for people: what fragments multiply to may have more digits than anybody reads."""
    return f"{counted:,}" if counted < 1_000_000 else "over a million"
