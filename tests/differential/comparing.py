"""Comparing answers: equal data, and equal errors but for those that raced for one place.

Where several fields of an object fail that becomes null, the specification leaves it open which of
them is told of. What is told has to have happened there, and something has to be told.
https://spec.graphql.org/September2025/#sec-Handling-Execution-Errors
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from graphql import ExecutionResult, GraphQLError

from tenantql.engine.compiling.refusing import refusal
from tenantql.engine.errors import DocumentError
from tenantql.engine.failures import error_entry
from tenantql.engine.running import FieldError, Result

type Entries = list[str]
"""Errors as a client sees them, as JSON."""


class Equal(StrEnum):
    """How far two answers are equal."""

    EXACTLY = "exactly"
    REORDERED = "in another order of errors"
    RACED = "but for errors that raced"


class Different(AssertionError):
    """Raised for answers that are not equal."""


@dataclass(frozen=True)
class Answer:
    """An answer as a client sees it."""

    data: Any
    text: str
    errors: Entries

    @classmethod
    def of(cls, result: Result | ExecutionResult) -> "Answer":
        """The answer that a result makes."""
        text = json.dumps(result.data, default=repr, ensure_ascii=False)
        return cls(result.data, text, [_entry(each) for each in result.errors or ()])

    def __str__(self) -> str:
        return "\n  ".join((self.text, *self.errors))


def _entry(error: FieldError | DocumentError | GraphQLError) -> str:
    if isinstance(error, GraphQLError):
        error = refusal(error) if error.path is None else _at_field(error, error.path)
    return json.dumps(error_entry(error, "request"), ensure_ascii=False)


def _at_field(error: GraphQLError, path: Sequence[str | int]) -> FieldError:
    places = tuple((at.line, at.column) for at in error.locations or ())
    raised = error.original_error
    assert isinstance(raised, Exception), "what happens at a field was raised there"
    # What has a place in the document is wrong with that, and not a value of a resolver.
    if isinstance(raised, GraphQLError) and raised.nodes:
        raised = refusal(raised)
    return FieldError(raised, places, list(path))


def compare(ours: Answer, theirs: Answer, happened: Callable[[], Iterable[str]]) -> Equal:
    """How far two answers are equal. Raises Different.

    `happened` gives every error that there is if none nulls more than its own place.
    """
    if ours.text != theirs.text:
        raise Different("data")
    if ours.errors == theirs.errors:
        return Equal.EXACTLY
    if sorted(ours.errors) == sorted(theirs.errors):
        return Equal.REORDERED
    all_of_them = {*happened()}
    left, right = (_by_place(answer) for answer in (ours, theirs))
    if left.keys() != right.keys():
        raise Different("places that an error made null")
    for place, errors in left.items():
        # Where a list breaks off, graphql-core has begun with its items, and may tell of them.
        others = [each for each in right[place] if not _below(each, all_of_them)]
        if errors in (others, right[place]):
            continue
        if others and [*place] == _path(errors[0]) == _path(others[0]):
            raise Different("an error that raced with none")
        for each in (*errors, *others):
            if each not in all_of_them and "is null, and must" not in each:
                raise Different(f"an error that did not happen: {each}")
    return Equal.RACED


def _by_place(answer: Answer) -> dict[tuple[str | int, ...], Entries]:
    """Errors by what they made null."""
    found: dict[tuple[str | int, ...], Entries] = defaultdict(list)
    for each in answer.errors:
        found[_nulled(answer.data, _path(each))].append(each)
    return {place: sorted(errors) for place, errors in found.items()}


def _below(error: str, others: Iterable[str]) -> bool:
    """Whether an error is of something within what one of the others is of."""
    path = _path(error)
    above = (_path(each) for each in others)
    return any(len(each) < len(path) and path[: len(each)] == each for each in above)


def _path(error: str) -> list[str | int]:
    return json.loads(error).get("path") or []


def _nulled(data: Any, path: Sequence[str | int]) -> tuple[str | int, ...]:
    """The beginning of a path at which there is null."""
    for depth, key in enumerate(path):
        if data is None:
            return tuple(path[:depth])
        data = data[key]
    if data is not None:
        raise Different(f"an error at {path}, where there is a value")
    return tuple(path)
