"""Policy variables in Resource and Condition values, and patterns that match as AWS's do.

ministack compares ``${aws:PrincipalTag/TenantId}`` as text, so tag policies match nothing. The
rules are in `local.cloud.semantics.variables`; session tags are principal tags already.

Its patterns also let ``*`` stop at a line break, and a trailing line break pass unseen: replaced
by ones that match the whole string.

Resource policies (of queues, keys, buckets) get no variables: ministack drops their Version.
"""

# ruff: noqa: SLF001  ministack's internals are what a mend replaces.

import functools
import json
from collections.abc import Mapping
from copy import replace
from typing import Any, cast

from local.cloud.mends import shape
from local.cloud.semantics import variables


def apply() -> None:
    """Expand statements before they are matched; keep old documents free of variables."""
    iam_evaluator = shape.module("core.iam_evaluator")
    first_match = shape.function(iam_evaluator, "_first_match", "ctx", "stmts", "effect")
    conditions_met = shape.function(iam_evaluator, "_conditions_met", "conditions", "ctx")
    shape.function(iam_evaluator, "_resolve_condition_key", "key", "ctx")
    parse = shape.function(iam_evaluator, "parse_policy_document", "doc")
    trusts = shape.function(
        iam_evaluator, "evaluate_trust_policy", "trust_doc", "caller_arn", "ctx"
    )
    shape.function(iam_evaluator, "_fnmatch_compile", "pattern", "ignore_case")
    shape.calls(first_match, "_conditions_met", "_resource_matches")
    shape.calls(iam_evaluator.evaluate, "_first_match")
    shape.calls(trusts, "_conditions_met")
    shape.calls(iam_evaluator.fnmatch_iam_cs, "_fnmatch_compile(", ".match(")

    def value_of(ctx: Any) -> variables.ValueOf:
        def value(name: str) -> str | None:
            found = iam_evaluator._resolve_condition_key(name, ctx)
            return found if isinstance(found, str) else None

        return value

    def first_expanded_match(ctx: Any, stmts: list[Any], effect: str) -> Any:
        for statement in stmts:
            resources = variables.expand_patterns(statement.resources, value_of(ctx))
            if statement.resources and not resources:
                continue
            not_resources = variables.expand_patterns(statement.not_resources, value_of(ctx))
            expanded = replace(statement, resources=resources, not_resources=not_resources)
            if first_match(ctx, [expanded], effect):
                return statement
        return None

    def expanded_conditions_met(conditions: Any, ctx: Any) -> bool:
        if not isinstance(conditions, Mapping):
            return conditions_met(conditions, ctx)
        block = cast("Mapping[str, object]", conditions)
        return conditions_met(variables.expand_conditions(block, value_of(ctx)), ctx)

    iam_evaluator._first_match = first_expanded_match
    iam_evaluator._conditions_met = expanded_conditions_met
    iam_evaluator.parse_policy_document = lambda doc: parse(_by_version(doc))
    iam_evaluator.evaluate_trust_policy = lambda trust_doc, caller_arn, ctx=None: trusts(
        _by_version(trust_doc), caller_arn, ctx
    )
    iam_evaluator._fnmatch_compile = _compiled


@functools.lru_cache(maxsize=4096)
def _compiled(pattern: str, ignore_case: bool) -> Any:
    return variables.pattern(pattern, ignore_case=ignore_case)


def _by_version(document: Any) -> Any:
    """A policy document whose variables are plain text unless its Version knows variables."""
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError:
            return document
    if not isinstance(document, Mapping):
        return document
    policy = cast("Mapping[str, object]", document)
    if policy.get("Version") == variables.VERSION:
        return policy
    return variables.without_variables(policy)
