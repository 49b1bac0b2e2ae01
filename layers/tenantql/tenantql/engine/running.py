"""Running: what generated code calls, and the loop that its coroutines run in.

A position is where a value stands: `(above, key, holder, nullable)`, with `holder[key]` its place
in the response. The root's is above nothing. An error is told once, where it happens; if null may
not stand there, `Nulled` unwinds to the nearest place where it may.
https://spec.graphql.org/September2025/#sec-Handling-Execution-Errors
"""

from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import CoroutineType
from typing import Any, Final, cast

import msgspec

from tenantql.engine.compiling.plans import Where
from tenantql.engine.context import Info
from tenantql.engine.errors import DocumentError, ResolverDefect
from tenantql.engine.rounds import Rounds

type Position = tuple["Position | None", Any, Any, bool]
type Complete = Callable[["Run", Any, Position], Any]

ODD: Final = (CoroutineType, Exception)
"""What a resolver can give in place of a value: one that is still to come, or an error."""

NO_LISTS: Final = (str, bytes, bytearray, memoryview, Mapping)
"""What can be iterated, and is no list."""


class Nulled(Exception):
    """Raised through everything that is null because of an error that has been told."""


class Unfit(Exception):
    """Raised where a variable does not fit where it stands; graphql-core says why."""


@dataclass(frozen=True, slots=True, eq=False)
class FieldError(Exception):
    """An error of a field: what was raised, and where, in the document and in the response."""

    original_error: Exception
    locations: tuple[tuple[int, int], ...]
    path: list[str | int]

    @property
    def message(self) -> str:
        """What was raised says so."""
        return str(self.original_error)

    def __str__(self) -> str:
        return self.message


class Result(msgspec.Struct, frozen=True):
    """What an operation came to. Without data and paths of errors, it did not run."""

    data: dict[str, Any] | None
    errors: Sequence[FieldError | DocumentError] | None = None


class Run:
    """One execution of an operation. `misfit` gives the error of a field's arguments."""

    __slots__ = ("_dead", "_misfit", "_rounds", "errors", "info", "variables")

    def __init__(
        self,
        info: Info,
        rounds: Rounds,
        variables: Mapping[str, Any],
        misfit: Callable[[Where], Exception],
    ) -> None:
        self.info = info
        self.variables = variables
        self.errors: list[FieldError] = []
        self._rounds = rounds
        self._misfit = misfit
        self._dead: dict[int, Position] = {}

    def execute(self, code: Callable[["Run", None, Position], Any], *, serial: bool) -> Result:
        """The result of a plan's code: its steps one after another if it is `serial`."""
        holder: list[dict[str, Any] | None] = [None]
        root: Position = (None, 0, holder, True)
        try:
            steps = code(self, None, root)
            for _ in cast("Iterable[None]", steps) if serial else (None,):
                self._rounds.run()
                if holder[0] is None:
                    break
        except Nulled:
            self.nulled(root)
            # What had begun beside it ends with it.
            self._rounds.run()
        return Result(holder[0], self.errors or None)

    def odd(self, value: Any, at: Position, where: Where, complete: Complete) -> None:
        """Null for a value that is still to come, until it is there; or for an error."""
        if isinstance(value, Exception):
            self.fail(value, at, where)
            return

        def settle(found: object, error: Exception | None) -> None:
            try:
                if error is not None:
                    self.fail(error, at, where)
                    at[2][at[1]] = None
                else:
                    at[2][at[1]] = complete(self, found, at)
            except Nulled:
                self._null_above(at)

        coroutine = cast("Coroutine[Any, Any, Any]", value)
        self._rounds.start(coroutine, settle, wanted=lambda: not self._is_dead(at))

    def missing(self, at: Position, where: Where) -> None:
        """Raises Nulled: null has been found where it may not be."""
        self.fail(MissingValue(where), at, where)

    def fail(self, error: Exception, at: Position, where: Where) -> None:
        """Tells of an error. Null is the value, or Nulled is raised if it cannot be."""
        own = error.locations if isinstance(error, DocumentError) else ()
        self.errors.append(FieldError(error, own or where.locations, _path(at)))
        if not at[3]:
            raise Nulled

    def nulled(self, at: Position) -> None:
        """Null, at the position to which Nulled came. What is under way below it ends."""
        self._dead[id(at)] = at
        at[2][at[1]] = None

    def misfit(self, where: Where) -> Exception:
        """Why the arguments of a field do not fit."""
        return self._misfit(where)

    def _null_above(self, at: Position) -> None:
        """Nulls the nearest position that may be null, from `at` upwards."""
        while not at[3]:
            assert at[0] is not None, "the root may be null"
            at = at[0]
        self.nulled(at)

    def _is_dead(self, at: Position | None) -> bool:
        if not self._dead:
            return False
        while at is not None:
            if id(at) in self._dead:
                return True
            at = at[0]
        return False


class MissingValue(TypeError):
    """Raised for null where the schema promises a value."""

    def __init__(self, where: Where) -> None:
        super().__init__(f"{where.type}.{where.field} is null, and must not be")


class UnknownType(ResolverDefect):
    """Raised for an object whose type is none that its field can have."""

    def __init__(self, abstract: str) -> None:
        super().__init__(f"no type of {abstract} was told for an object")


def absent(error: Exception) -> Exception | None:
    """What reading an attribute gives that failed: null for one that is not there."""
    return None if isinstance(error, AttributeError) else error


def items(found: object) -> list[Any]:
    """The items of what a field of a list type resolved to. Raises ResolverDefect."""
    if isinstance(found, Iterable) and not isinstance(found, NO_LISTS):
        return list(cast("Iterable[Any]", found))
    raise ResolverDefect("a list was expected")


def need(variables: Mapping[str, Any], name: str) -> Any:
    """A variable's value. Raises Unfit for null or none."""
    value = variables.get(name)
    if value is None:
        raise Unfit
    return value


def unfit() -> None:
    """Raises Unfit."""
    raise Unfit


def _path(at: Position | None) -> list[str | int]:
    keys: list[str | int] = []
    while at is not None and at[0] is not None:
        keys.append(at[1])
        at = at[0]
    keys.reverse()
    return keys
