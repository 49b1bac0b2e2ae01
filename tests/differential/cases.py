"""Cases: an operation, its variables and what resolvers answer, run by both executors.

A number makes a case. `OF_SCHEMA` of them in a row have one schema, and `OF_DOCUMENT` one document,
so that what is made once serves several.
"""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final, Protocol

from graphql import DocumentNode, GraphQLSchema, parse, print_schema

from tenantql.engine.operations import Engine, InvalidOperation
from tests.differential.answers import World
from tests.differential.comparing import Answer, Different, Equal, compare
from tests.differential.operations import Document, Writing
from tests.differential.reference import Answers, Asked, Reference
from tests.differential.resolvers import bind
from tests.differential.schemas import random_schema

OF_SCHEMA: Final = 80
OF_DOCUMENT: Final = 8
TROUBLE: Final = (0.0, 0.02, 0.05, 0.15)
"""How often something is wrong, in the runs of one document."""


class Context(Protocol):
    """What resolvers know, and what was seen of one execution."""

    answers: Answers

    def left(self) -> list[str]:
        """What was begun and did not end, which there must be nothing of."""
        ...

    def steps(self) -> object:
        """What was done in an order that is fixed."""
        ...


@dataclass(frozen=True)
class Subject:
    """A schema with resolvers, and what its operations are run in.

    `context` makes a context for a seed and a probability of trouble; `writing` what writes an
    operation; `engine` what runs them, if not just any of the schema.
    """

    schema: GraphQLSchema
    context: Callable[[int, float], Any]
    writing: Callable[[Random], Writing]
    engine: Callable[[], Engine] | None = None


@dataclass
class _Case:
    """What is run: `document` for the operation of `name`."""

    subject: Subject
    engine: Engine
    document: Document
    parsed: DocumentNode


@dataclass
class Cases:
    """Runs cases of one kind; `subject` makes the subject of a number."""

    subject: Callable[[int], Subject]
    equal: Counter[Equal] = field(default_factory=Counter[Equal])
    seen: Counter[str] = field(default_factory=Counter[str])

    def __post_init__(self) -> None:
        self._reference = Reference()
        self._schemas: tuple[int, Subject, Engine] | None = None
        self._documents: tuple[int, _Case] | None = None

    def close(self) -> None:
        """Closes the reference's loop."""
        self._reference.close()

    def run(self, number: int) -> None:
        """Runs one case. Raises Different, with what tells it in notes."""
        case = self._case(number)
        chance = Random(number)
        trouble = TROUBLE[number % len(TROUBLE)]
        name = chance.choice([*case.document.operations])
        variables = case.document.variables(chance, name, trouble if chance.random() < 0.3 else 0.0)
        operation = case.engine.prepare(case.document.text, name)
        asked = Asked(case.parsed, name, variables)
        mine, other = (case.subject.context(number, trouble) for _ in range(2))

        def reference(context: Any, *, propagating: bool = True) -> Answer:
            return Answer.of(
                self._reference.execute(
                    case.subject.schema, asked, context, context.answers, propagating=propagating
                )
            )

        def happened() -> list[str]:
            again = case.subject.context(number, trouble)
            try:
                return reference(again, propagating=False).errors
            finally:
                again.left()

        theirs = reference(other)
        ours = None
        try:
            ours = Answer.of(case.engine.execute(operation, variables, mine))
            equal = compare(ours, theirs, happened)
            _ensure(mine.steps() == other.steps(), f"{mine.steps()} and {other.steps()} was done")
            _ensure(not (left := mine.left()), f"left behind: {left}")
        except Exception as error:
            error.add_note(f"case {number}\n{_told(case, (name, variables), ours, theirs)}")
            raise
        finally:
            mine.left()
            other.left()
        self.equal[equal] += 1
        self._count(ours)

    def _count(self, answer: Answer) -> None:
        self.seen["data" if answer.data is not None else "no data"] += 1
        self.seen["errors"] += bool(answer.errors)

    def _case(self, number: int) -> _Case:
        at = number // OF_DOCUMENT
        if self._documents is None or self._documents[0] != at:
            subject, engine = self._subject(number // OF_SCHEMA)
            self._documents = at, _written(subject, engine, Random(at))
        return self._documents[1]

    def _subject(self, at: int) -> tuple[Subject, Engine]:
        if self._schemas is None or self._schemas[0] != at:
            subject = self.subject(at)
            engine = subject.engine() if subject.engine else Engine(subject.schema)
            self._schemas = at, subject, engine
        return self._schemas[1:]


def _written(subject: Subject, engine: Engine, chance: Random) -> _Case:
    """A document within the limits; nearly all are."""
    while True:
        document = subject.writing(chance).document()
        try:
            for name in document.operations:
                engine.prepare(document.text, name)
        except InvalidOperation as error:
            if not any(limit in str(error) for limit in ("allowed", "more than", "depth")):
                error.add_note(f"{print_schema(subject.schema)}\n{document.text}")
                raise
        else:
            return _Case(subject, engine, document, parse(document.text))


def _ensure(holds: object, what: str) -> None:
    if not holds:
        raise Different(what)


def _told(case: _Case, asked: tuple[str | None, Any], ours: Answer | None, theirs: Answer) -> str:
    """What a difference is understood with."""
    name, variables = asked
    return "\n".join(
        (
            print_schema(case.subject.schema),
            case.document.text,
            f"operation {name}, variables {json.dumps(variables, default=repr)}",
            f"ours\n  {ours}",
            f"theirs\n  {theirs}",
        )
    )


def random_subject(seed: int) -> Subject:
    """A random schema with random resolvers."""
    return answered(random_schema(seed), seed)


def answered(schema: GraphQLSchema, seed: int) -> Subject:
    """A schema whose resolvers answer anything."""
    bind(schema, Random(seed))
    return Subject(
        schema,
        lambda number, trouble: World(schema, number, trouble),
        lambda chance: Writing(schema, chance),
    )
