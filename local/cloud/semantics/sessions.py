"""The limits that STS puts on AssumeRole.

Sources: STS API Reference, AssumeRole; IAM User Guide, "Role chaining" and "Pass session tags".
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_SHORTEST = 900
_LONGEST = 43_200
_CHAINED = 3_600
_MOST_TAGS = 50
_SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_TAG_MARKS = frozenset("_.:/=+-@")


@dataclass(frozen=True, slots=True)
class AssumeRoleRequest:
    """What limits apply to: `chained` if the caller has temporary credentials of a role."""

    session_name: str
    duration: int | None = None
    longest: int = _CHAINED
    chained: bool = False
    tags: Mapping[str, str] = field(default_factory=dict[str, str])


def problem_of(request: AssumeRoleRequest) -> str | None:
    """Why STS refuses `request` with a ValidationError, or None."""
    return next(_problems(request), None)


def _problems(request: AssumeRoleRequest) -> Iterator[str]:
    if not _SESSION_NAME.fullmatch(request.session_name):
        yield f"Value '{request.session_name}' at 'roleSessionName' failed to satisfy constraint"
    if len(request.tags) > _MOST_TAGS:
        yield f"at most {_MOST_TAGS} session tags can be passed"
    for key, value in request.tags.items():
        if not (1 <= len(key) <= 128 and _is_tag_text(key)):
            yield f"Value '{key}' at 'tags.1.member.key' failed to satisfy constraint"
        if not (len(value) <= 256 and _is_tag_text(value)):
            yield f"Value '{value}' at 'tags.1.member.value' failed to satisfy constraint"
    duration = request.duration
    if duration is None:
        return
    if not _SHORTEST <= duration <= _LONGEST:
        yield f"Value '{duration}' at 'durationSeconds' failed to satisfy constraint"
    if request.chained and duration > _CHAINED:
        yield (
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by "
            "role chaining"
        )
    if duration > request.longest:
        yield "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."


def _is_tag_text(text: str) -> bool:
    """Letters, numbers and separators of any script, and a few marks: no wildcards, no ``#``."""
    return all(c in _TAG_MARKS or unicodedata.category(c)[0] in "LNZ" for c in text)
