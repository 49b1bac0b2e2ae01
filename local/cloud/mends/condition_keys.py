"""Global condition keys that ministack gives another value than AWS.

- ``aws:PrincipalArn`` of an assumed role is the *role's* ARN, with its path, not the session's.
- ``aws:TagKeys`` of a request without tags is absent, so that ``Null`` sees it.

Source: IAM User Guide, "AWS global condition context keys".
"""

# ruff: noqa: SLF001  ministack's internals are what a mend replaces.

from typing import Any

from local.cloud.mends import shape


def apply() -> None:
    """Replace how a condition key is resolved."""
    iam_evaluator, iam = shape.module("core.iam_evaluator"), shape.module("services.iam")
    resolve = shape.function(iam_evaluator, "_resolve_condition_key", "key", "ctx")
    shape.function(iam_evaluator, "_role_name_from_assumed_arn", "assumed_arn")

    def resolve_condition_key(key: str, ctx: Any) -> Any:
        value = resolve(key, ctx)
        match key.lower():
            case "aws:principalarn" if ":assumed-role/" in value:
                name = iam_evaluator._role_name_from_assumed_arn(value)
                role = iam._roles.get_scoped(ctx.principal_account, None, name)
                return role["Arn"] if role else value
            case "aws:tagkeys":
                return value or None
            case _:
                return value

    iam_evaluator._resolve_condition_key = resolve_condition_key
