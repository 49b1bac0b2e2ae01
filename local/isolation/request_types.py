"""What a request type is: what is sent, what IAM is asked, and how one sees that it was answered.

Each names the rule of `rules` that it comes under by its own name. What IAM is asked (actions,
resources, leading keys) is stated here for the second evaluator, apart from the derivation that
the local cloud has (`local.cloud.semantics.item_checks`).

Sources: Service Authorization Reference, "Actions, resources, and condition keys for Amazon
DynamoDB"; DynamoDB Developer Guide, "Using IAM with DynamoDB transactions".
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from local.isolation.situations import Target

MARK: Final = "touched"
"""The attribute that a write of the matrix sets."""


class Effect(StrEnum):
    """What an allowed request shows or leaves behind, and a denied one must not."""

    ANSWERS = "answers with the items"
    ANSWERS_SOME = "answers with some item"
    REFUSES_WITH_ITEM = "fails its condition and answers with the item"
    CHECKS = "checks the items"
    MARKS = "marks the items"
    MARKS_FIRST = "marks the first item"
    REMOVES = "removes the items"
    CREATES = "creates items beside them"


@dataclass(frozen=True, slots=True)
class Question:
    """What IAM decides: one action on one resource, with these leading keys (None: no such key)."""

    action: str
    index: str | None
    leading_keys: tuple[str, ...] | None


type Targets = tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class RequestType:
    """One way to ask DynamoDB for items.

    `build` makes the parameters of `operation`. `several` requests take two items, the others
    one. A request without `keys` names no partition. `index` is the index it reads.
    """

    name: str
    operation: str
    effect: Effect
    build: Callable[[Targets], dict[str, Any]]
    questions: Callable[[Targets], tuple[Question, ...]]
    several: bool = False
    keys: bool = True
    index: str | None = None
    plants: bool = False


def single(action: str) -> Callable[[Targets], tuple[Question, ...]]:
    """One question an item: for single items, and for each item of a transaction."""
    return lambda items: tuple(Question(action, None, (item.pk,)) for item in items)


def batch(action: str) -> Callable[[Targets], tuple[Question, ...]]:
    """One question a table, with the keys of all its items."""
    return lambda items: (Question(action, None, tuple(item.pk for item in items)),)


def keyless(action: str, index: str | None = None) -> Callable[[Targets], tuple[Question, ...]]:
    """One question, without a key: about the table, or one of its indexes."""
    return lambda _items: (Question(action, index, None),)


def created(item: Target) -> dict[str, dict[str, str]]:
    """The key of the item that a request makes beside its target."""
    return {"PK": {"S": item.pk}, "SK": {"S": f"{item.sk}#new"}}
