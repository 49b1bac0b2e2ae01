"""What a check is, and what it can find."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from cli.doctor.deployed import Deployed


class Severity(StrEnum):
    """How much a finding matters; a note is for the eye and changes no exit code."""

    CRITICAL = "critical"
    FAULT = "fault"
    NOTE = "note"


class Unchecked(Exception):
    """A check could not be made; the message says what it needs."""


@dataclass(frozen=True, slots=True)
class Found:
    """One place where a check does not hold: the resource, what it is like, how much it matters.

    `where` is a logical id of the template, or a name. Without `severity` it is the check's.
    """

    where: str
    evidence: str
    severity: Severity | None = None


type Look = Callable[[Deployed], Iterable[Found]]


@dataclass(frozen=True, slots=True)
class Check:
    """Something that must hold: what, why, what it means if not, and how to mend it.

    `look` yields nothing if it holds. It raises Unchecked, or what boto3 raises.
    """

    id: str
    group: str
    holds: str
    why: str
    mend: str
    severity: Severity
    look: Look


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a check: what it found, or why it could not be made."""

    check: Check
    found: tuple[Found, ...] = ()
    unchecked: str = ""
    accepted: bool = False
    """Whether who runs the command knows of the findings and lives with them."""

    def severity(self, found: Found) -> Severity:
        """How much a finding matters."""
        return found.severity or self.check.severity

    @property
    def failed(self) -> bool:
        """Whether there is a finding that nobody has accepted and that is more than a note."""
        return not self.accepted and any(
            self.severity(each) is not Severity.NOTE for each in self.found
        )
