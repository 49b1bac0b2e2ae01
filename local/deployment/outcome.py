"""What a check of the deployed stack gives: what was expected, what came, and how long it took."""

from dataclasses import dataclass
from typing import Protocol

from local.deployment.deployment import Deployment


@dataclass(frozen=True)
class Outcome:
    """The result of one check. `expected` and `got` are values, equal when all is well."""

    expected: object
    got: object
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether the stack did what it should."""
        return self.expected == self.got


class Check(Protocol):
    """Something that a deployed stack has to do."""

    @property
    def name(self) -> str:
        """What is done, in a few words, and different from every other check's."""
        ...

    @property
    def who(self) -> str:
        """As whom, such as `acme/staff`."""
        ...

    def run(self, deployment: Deployment) -> Outcome:
        """Do it."""
        ...
