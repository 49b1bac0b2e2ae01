"""What resolvers answer: values, nulls, errors and worse, the same for the same question.

An answer depends on the seed, the parent, the field and the arguments, and on nothing else; so two
executions that ask the same are told the same, in whatever order they ask.
"""

from collections.abc import Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import CORO_CLOSED, CORO_SUSPENDED, getcoroutinestate
from random import Random
from typing import Any, ClassVar, Final, cast
from zlib import crc32

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    is_abstract_type,
    is_object_type,
)

from tenantql.engine.rounds import Rounds
from tenantql.errors import Code, TenantqlError
from tenantql.table.requests import AnyRequest, Request, together
from tenantql.table.sending import Outcome
from tests.differential.literals import INTEGERS, TEXTS
from tests.unit.builders import Scripted, access


class Refused(TenantqlError):
    """An error whose message is for clients."""

    code: ClassVar[Code] = Code.FORBIDDEN


class Busy(TenantqlError):
    """An error with something to go by."""

    code: ClassVar[Code] = Code.RATE_LIMITED
    retry_after = 3.5


def error(chance: Random) -> Exception:
    """An error of a client, or a defect."""
    kind = chance.choice(
        (Refused, Busy, ValueError, KeyError, ZeroDivisionError, TypeError, GraphQLError)
    )
    return kind(f"number {chance.randrange(10)}")


@dataclass(frozen=True, eq=False)
class Ask(Request[int]):
    """A request, and what it comes to."""

    outcome: Outcome


class Thing:
    """An object of a type, whose attributes are answers."""

    def __init__(self, world: "World", type: GraphQLObjectType, seed: int) -> None:
        self._about = world, type, seed

    def __getattr__(self, name: str) -> Any:
        world, type, seed = self._about
        found = type.fields.get(name)
        if found is None:
            raise AttributeError(name)
        chance = world.chance(seed, name)
        if chance.random() < world.trouble:
            raise AttributeError(name) if chance.random() < 0.5 else error(chance)
        return world.answer(chance, found.type)

    def __str__(self) -> str:
        return f"thing {self._about[2]}"


WRONG: Final[tuple[Any, ...]] = (
    *(None, True, 7, -(2**31) - 1, 2**31, 2**53, 1.5, -0.0, 1e300, float("nan"), float("inf")),
    *("", "x", "17", b"bytes", bytearray(b"ab"), [], [1, "a", None], (), {}, {"a": 1}, {1, 2}),
    *(object, 3 + 4j, range(3), frozenset("a"), memoryview(b"ab")),
)


class _Rounds(Rounds):
    """Rounds whose requests know what they come to."""

    def __init__(self) -> None:
        super().__init__(Scripted(), access)

    def _attempt(self, pending: list[Any]) -> list[Outcome]:
        return answers([each.request for each in pending])


def answers(requests: Sequence[AnyRequest]) -> list[Outcome]:
    """What requests come to."""
    return [cast("Ask", request).outcome for request in requests]


LEAVES: Final[Mapping[str, Sequence[Any]]] = {
    **dict.fromkeys(("Int", "Count", "MinorUnits", "Points"), (*INTEGERS, True, 3.0)),
    "Float": (0.0, -0.0, 1.5, 7, 1e300),
    "Boolean": (True, False, 1, 0),
    "ID": ("x", "", 5),
    "Even": (0, 2, 18),
    "Json": (1, "a", [1, {"b": None}], {"c": 2.5}, False, 0),
}
"""What leaf types make something of; texts do for every other, and now and then what is none."""


@dataclass
class World:
    """Everything that one execution is answered, and what was seen of it.

    `trouble` is the probability that something is wrong with a value; `waiting` that a list's item
    is still to come.
    """

    schema: GraphQLSchema
    seed: int
    trouble: float
    waiting: float = 0.1
    rounds: Rounds = field(default_factory=_Rounds)
    calls: list[str] = field(default_factory=list[str])
    answers = staticmethod(answers)

    def __post_init__(self) -> None:
        self._begun: list[Coroutine[Any, Any, Any]] = []
        self._early: list[str] = []

    def left(self) -> list[str]:
        """The coroutines that were begun and did not end, which are closed now.

        Those in a list are not told of: of a list that becomes null, some are never looked at.
        """
        found = [each for each in self._begun if getcoroutinestate(each) != CORO_CLOSED]
        for each in found:
            each.close()
        names = (each.__qualname__ for each in found)
        return [*self._early, *(name for name in names if not name.endswith("_waited"))]

    def quiet(self) -> None:
        """Where a field at the top of a mutation begins: what the one before began has ended."""
        states = [(each.__qualname__, getcoroutinestate(each)) for each in self._begun]
        self._early += [f"{name} too late" for name, state in states if state == CORO_SUSPENDED]

    def steps(self) -> list[str]:
        """The calls of the root's resolvers, in their order."""
        return self.calls

    def chance(self, *of: object) -> Random:
        """What decides an answer."""
        return Random(crc32(repr((self.seed, *of)).encode(errors="backslashreplace")))

    def answer(self, chance: Random, type: Any, *, flat: bool = False) -> Any:
        """A value of a type, or what should be none; with `flat`, nothing that is awaited."""
        draw = chance.random()
        if draw < self.trouble:
            return error(chance) if chance.random() < 0.3 else chance.choice(WRONG)
        if isinstance(type, GraphQLNonNull):
            type = cast("Any", type).of_type
        elif draw > 0.9:
            return None
        if isinstance(type, GraphQLList):
            return self._list(chance, cast("Any", type).of_type, flat)
        if isinstance(type, GraphQLEnumType):
            return chance.choice([each.value for each in type.values.values()])
        if is_object_type(type) or is_abstract_type(type):
            return self._object(chance, type, flat)
        return chance.choice(LEAVES.get(type.name, (*TEXTS, 5, True)))

    def _list(self, chance: Random, item: Any, flat: bool) -> Any:
        count = chance.choice((0, 1, 1, 2, 3))
        values = [self.answer(chance, item, flat=flat) for _ in range(count)]
        if flat:
            return values
        values = [
            self._later(value, chance) if chance.random() < self.waiting else value
            for value in values
        ]
        match chance.randrange(12):
            case 0:
                return tuple(values)
            case 1:
                return iter(values)
            case 2 if chance.random() < self.trouble:
                return _breaking(values, error(chance))
            case _:
                return values

    def _object(self, chance: Random, type: Any, flat: bool) -> Any:
        if is_abstract_type(type):
            possible = sorted(self.schema.get_possible_types(type), key=lambda each: each.name)
            type = chance.choice(possible)
        seed = chance.getrandbits(32)
        if chance.random() < 0.3 and not flat:
            values = {
                name: self.answer(chance, each.type, flat=True)
                for name, each in type.fields.items()
                if chance.random() >= self.trouble
            }
            return {"__typename": type.name, "#": seed, **values}
        return Thing(self, type, seed)

    def _later(self, value: Any, chance: Random) -> Coroutine[Any, Any, Any]:
        return self.keep(self._waited(value, Random(chance.getrandbits(32))))

    async def _waited(self, value: Any, chance: Random) -> Any:
        await self.wait(chance)
        if chance.random() < self.trouble:
            raise error(chance)
        return value

    async def wait(self, chance: Random) -> None:
        """Awaits requests, one after another and together. Raises what one of them comes to."""
        for _ in range(chance.choice((0, 1, 1, 1, 2, 3))):
            count = chance.choice((0, 1, 1, 2, 3))
            asks = [self._ask(chance) for _ in range(max(count, 1))]
            try:
                if count:
                    came = await together(asks)
                    assert came == tuple(ask.outcome.value for ask in asks)
                else:
                    assert await asks[0] == asks[0].outcome.value
            except TenantqlError:
                if chance.random() < 0.5:
                    raise

    def _ask(self, chance: Random) -> Ask:
        if chance.random() < self.trouble / 2:
            return Ask(Outcome(error=error(chance)))
        return Ask(Outcome(chance.randrange(1000)))

    def keep(self, coroutine: Coroutine[Any, Any, Any]) -> Coroutine[Any, Any, Any]:
        """The coroutine, of which it is known later whether it ended."""
        self._begun.append(coroutine)
        return coroutine


def _breaking(values: list[Any], error: Exception) -> Iterator[Any]:
    yield from values
    raise error
