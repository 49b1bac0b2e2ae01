"""Wishes: mutations that somebody wants done, asked for once or again, and what must come of it."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from graphql import GraphQLInputObjectType, GraphQLObjectType, GraphQLSchema

from tenantql.table import global_ids
from tenantql.table.errors import KeyValueError
from tests.crowd.actions import Asked

ERRORS: Final = Path(__file__).parents[2] / "docs" / "errors.md"
DOCUMENTED: Final = frozenset(re.findall(r"^\| `([A-Z_]+)` \|", ERRORS.read_text(), re.MULTILINE))
"""The codes of user errors."""

NOTHING_WRITTEN: Final = {"CONFLICT", "NOT_FOUND", "FORBIDDEN", "BAD_USER_INPUT"}
IN_DOUBT: Final = {"UNAVAILABLE", "RATE_LIMITED"}
"""Of these the client does not know whether it happened, and may ask again."""

PERHAPS_NOTHING: Final = {
    *("requestImageUpload", "addFavourite", "removeFavourite", "removeFromCart", "clearCart"),
}
"""A success of these may write nothing: there is nothing to write, or it is as wanted already."""

OWN_REPEATS: Final = {"addToCart"}
"""A cart forgets its keys when it is emptied or sold, and all but the last eight: an addition may
happen again then. `tests.unit.commerce.test_carts` knows exactly when."""


@dataclass(frozen=True)
class Mutation:
    """A field of Mutation: the operation that asks for it, and whether its input has a key."""

    name: str
    text: str
    keyed: bool
    needs_key: bool


def mutations(schema: GraphQLSchema) -> dict[str, Mutation]:
    """All mutations of a schema, each with an operation that selects the ids of what it answers."""
    assert schema.mutation_type is not None
    found: dict[str, Mutation] = {}
    for name, definition in schema.mutation_type.fields.items():
        keyed = needs_key = False
        head, input = "", ""
        for argument in definition.args.values():
            kind = schema.type_map[str(argument.type).rstrip("!")]
            assert isinstance(kind, GraphQLInputObjectType)
            head, input = f"($input: {argument.type})", "(input: $input)"
            key = kind.fields.get("idempotencyKey")
            keyed = key is not None
            needs_key = key is not None and str(key.type).endswith("!")
        answer = schema.type_map[str(definition.type).rstrip("!")]
        assert isinstance(answer, GraphQLObjectType)
        text = f"mutation{head} {{ {name}{input} {{ {_selection(schema, answer)} }} }}"
        found[name] = Mutation(name, text, keyed, needs_key)
    return found


def _selection(schema: GraphQLSchema, answer: GraphQLObjectType) -> str:
    selected: list[str] = ["userErrors { code message field }"]
    for name, definition in answer.fields.items():
        of = schema.type_map[str(definition.type).strip("[]!")]
        if name == "userErrors":
            continue
        if isinstance(of, GraphQLObjectType):
            selected.append(f"{name} {{ __typename {'id' if 'id' in of.fields else ''} }}")
        else:
            selected.append(name)
    return " ".join(selected)


@dataclass
class Answer:
    """What a client was told; `heard` is False if the function ended before it answered."""

    heard: bool
    payload: Mapping[str, Any] | None = None
    errors: tuple[str, ...] = ()

    @classmethod
    def of(cls, body: str, field: str) -> "Answer":
        """An answer by the body of the response."""
        found: dict[str, Any] = json.loads(body)
        data: dict[str, Any] = found.get("data") or {}
        payload: dict[str, Any] | None = data.get(field)
        errors = tuple(each["extensions"]["code"] for each in found.get("errors", ()))
        return cls(True, payload, errors)

    @property
    def refusals(self) -> tuple[str, ...]:
        """The codes of its user errors."""
        return tuple(each["code"] for each in (self.payload or {}).get("userErrors", ()))

    @property
    def outcome(self) -> str:
        """`done`, `refused`, or the code of an error; `lost` if nobody heard it."""
        if not self.heard:
            return "lost"
        if self.errors:
            return self.errors[0]
        return "refused" if self.refusals else "done"

    @property
    def result(self) -> str:
        """What it says was made or changed; nothing if that has been deleted by now."""
        found = {name: value for name, value in (self.payload or {}).items() if value is not None}
        return json.dumps({name: found[name] for name in found if name != "userErrors"})


@dataclass(eq=False)
class Wish:
    """What somebody wants; `commits` counts the writes that all its attempts have made."""

    mutation: Mutation
    asked: Asked
    key: str | None
    commits: int = 0
    under_way: int = 0
    results: set[str] = field(default_factory=set[str])

    @property
    def input(self) -> dict[str, Any]:
        """The mutation's input."""
        return {**self.asked.input, **({} if self.key is None else {"idempotencyKey": self.key})}

    @property
    def foreign(self) -> bool:
        """Whether it names something of another tenant."""
        return any(tenant != self.asked.who.tenant for tenant in _tenants({**self.asked.input}))

    def judge(self, answer: Answer, commits: int, *, alone: bool) -> str | None:
        """What is wrong with an answer to this, when so many writes were made for it.

        `alone` is False if another attempt with the same key was under way.
        """
        name, outcome = self.mutation.name, answer.outcome
        once = self.key is not None and name not in OWN_REPEATS
        repeated = self.key is not None and self.commits > commits
        if outcome == "INTERNAL" or not {*answer.refusals} <= DOCUMENTED:
            return "an answer that is not documented"
        if commits > 1 or (once and self.commits > 1):
            return "written twice"
        if outcome in NOTHING_WRITTEN | {"refused"} and commits:
            return "an error was told, and something was written"
        if self.foreign and (outcome == "done" or commits):
            return "another tenant's"
        if outcome == "refused" and repeated and alone:
            return "it was done, and is refused when it is asked for again"
        written = commits or repeated or not alone or name in PERHAPS_NOTHING
        if outcome == "done" and not written:
            return "a success was told, and nothing was written"
        if outcome == "done" and once:
            self.results.add(answer.result)
            if len(self.results - {"{}"}) > 1:
                return f"a repetition gave another result: {self.results}"
        return None


def _tenants(value: Any) -> Iterator[str]:
    """The tenants that global ids in an input name."""
    for text in re.findall(r'"([\w-]+)"', json.dumps(value)):
        with suppress(KeyValueError):
            yield global_ids.decode(text)[2]
