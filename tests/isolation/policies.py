"""Policies with a safeguard taken off. Each refuses to take off what is not there."""

import json
from collections.abc import Callable
from typing import Any

from local.isolation.deployment import Document

KEYS = "dynamodb:LeadingKeys"


def in_session(change: Callable[[Document], Document]) -> Callable[[str], str]:
    """A change of a document as one of a session policy's JSON."""
    return lambda policy: json.dumps(change(json.loads(policy)))


def without_null_test(policy: Document) -> Document:
    """`Null` is gone from each condition."""

    def change(statement: Any) -> Any:
        condition = dict(statement["Condition"])
        del condition["Null"]
        return {**statement, "Condition": condition}

    return _on_items(policy, change)


def without_delimiter(policy: Document) -> Document:
    """The pattern ends with the tenant's id, or with whatever stood before the last delimiter."""

    def change(statement: Any) -> Any:
        patterns = _listed(statement["Condition"]["ForAllValues:StringLike"][KEYS])
        assert all(pattern.endswith("#*") for pattern in patterns)
        shorter = {KEYS: [pattern.removesuffix("#*") + "*" for pattern in patterns]}
        return _with_condition(statement, "ForAllValues:StringLike", shorter)

    return _on_items(policy, change)


def without_key_patterns(policy: Document) -> Document:
    """Any key will do, as long as there is one."""
    pattern = {KEYS: ["*"]}
    return _on_items(policy, lambda one: _with_condition(one, "ForAllValues:StringLike", pattern))


def without_index_list(policy: Document) -> Document:
    """Each index that is named becomes all indexes."""

    def change(statement: Any) -> Any:
        resources = [
            each.partition("/index/")[0] + "/index/*" if "/index/" in each else each
            for each in _listed(statement["Resource"])
        ]
        return {**statement, "Resource": resources}

    changed = _on_items(policy, change)
    assert changed != policy
    return changed


def without_table_suffix(policy: Document) -> Document:
    """The table pattern ends with its star, which matches a slash too."""

    def change(statement: Any) -> Any:
        resources = [
            each.replace("-data-*-??", "-data-*") for each in _listed(statement["Resource"])
        ]
        return {**statement, "Resource": resources}

    changed = _on_items(policy, change)
    assert changed != policy
    return changed


def without_bookkeeping_prefix(policy: Document) -> Document:
    """What may be written under SYS# may be written anywhere of the tenant."""
    text = json.dumps(policy)
    assert "SYS#*" in text
    return json.loads(text.replace("SYS#*", "*"))


def without_condition(operator: str, key: str) -> Callable[[Document], Document]:
    """A trust policy that does not ask for one thing."""

    def change(trust: Document) -> Document:
        # The first is for every tenant; the other is the canary's.
        statement, *others = trust["Statement"]
        condition = {name: dict(keys) for name, keys in statement["Condition"].items()}
        del condition[operator][key]
        kept = {name: keys for name, keys in condition.items() if keys}
        return {**trust, "Statement": [{**statement, "Condition": kept}, *others]}

    return change


def _on_items(policy: Document, change: Callable[[Any], Any]) -> Document:
    statements = policy["Statement"]
    found = [each for each in statements if KEYS in json.dumps(each.get("Condition", {}))]
    assert found
    return {
        **policy,
        "Statement": [change(each) if each in found else each for each in statements],
    }


def _with_condition(statement: Any, operator: str, block: Any) -> Any:
    return {**statement, "Condition": {**statement["Condition"], operator: block}}


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
