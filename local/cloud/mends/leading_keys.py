"""``dynamodb:LeadingKeys`` for every data request, and the right resources to check.

ministack never sets the key, so a ``ForAllValues`` condition on it lets everything through.
Beyond that it takes the resources from any member of the body, whatever the operation, and the
action from the query string before the header that decides what runs: an extra ``TableName`` in
a BatchGetItem, or ``?Action=`` in the URL, would be authorized as something else. PartiQL is
checked as an action that AWS does not have, without a resource. All of this is replaced by
`local.cloud.semantics.item_checks`.

Enforced here and not by AWS: a request whose keys cannot be read is denied, where AWS answers
with a ValidationException, if a policy of the caller has a condition on leading keys.
"""

# ruff: noqa: SLF001  ministack's internals are what a mend replaces.

import json
from collections.abc import Mapping
from typing import Any, cast

from local.cloud.mends import shape
from local.cloud.semantics.item_checks import Check, ItemChecks, Statement, TableKeys
from local.cloud.semantics.key_conditions import KeySchema

_KEY = "dynamodb:LeadingKeys"
_ENCLOSING = "dynamodb:EnclosingOperation"
_CONDITION_CHECK = "dynamodb:ConditionCheckItem"


class _CheckedArn(str):
    """A resource ARN that carries its check through ministack's dispatcher to its evaluator."""

    __slots__ = ("check",)
    check: Check

    @classmethod
    def of(cls, check: Check) -> "_CheckedArn":
        arn = cls(check.resource)
        arn.check = check
        return arn


def apply() -> None:
    """Replace the derivation of actions and checks, and the evaluator's entry point."""
    replaced = (_replace_action(), _replace_checks(), _replace_enforcement())
    shape.calls(shape.module("app")._dispatch_service_request, *replaced)


def _replace_action() -> str:
    """The action is the one that the header names, as that decides what runs."""
    iam_actions = shape.module("core.iam_actions")
    name = "extract_iam_action"
    parameters = ("service", "method", "path", "headers", "body", "query_params")
    extract = shape.function(iam_actions, name, *parameters)
    from_target = shape.function(iam_actions, "_action_from_target", "headers")

    def extract_iam_action(service: str, method: str, path: str, headers: Any, *rest: Any) -> Any:
        if service != "dynamodb":
            return extract(service, method, path, headers, *rest)
        operation = from_target(headers)
        return f"dynamodb:{operation}" if operation else None

    iam_actions.extract_iam_action = extract_iam_action
    return name


def _replace_checks() -> str:
    """Every request is checked as ministack checks a transaction: for each of its items."""
    iam_actions = shape.module("core.iam_actions")
    name = "dynamodb_transaction_checks"
    shape.function(iam_actions, name, "iam_action", "body", "region", "account_id")

    def dynamodb_transaction_checks(
        iam_action: str, body: bytes, region: str, account_id: str
    ) -> list[tuple[str, str]]:
        checks = _item_checks(region, account_id).of(
            iam_action.removeprefix("dynamodb:"), _request(body)
        )
        return [(check.action, _CheckedArn.of(check)) for check in checks]

    iam_actions.dynamodb_transaction_checks = dynamodb_transaction_checks
    return name


def _replace_enforcement() -> str:
    """The evaluator gets the leading keys of the check that it is asked for."""
    iam_evaluator = shape.module("core.iam_evaluator")
    name = "enforce"
    enforce = shape.function(
        iam_evaluator,
        name,
        *("access_key_id", "iam_action", "service", "region", "resource_arn", "service_context"),
    )
    shape.function(iam_evaluator, "_names_condition_key", "policies", "prefix")

    def enforce_with_keys(
        access_key_id: str,
        *request: str,
        resource_arn: str = "*",
        service_context: dict[str, Any] | None = None,
    ) -> Any:
        context = dict(service_context or {})
        if not isinstance(resource_arn, _CheckedArn):
            return enforce(access_key_id, *request, resource_arn, context)
        check = resource_arn.check
        if not check.transactional or check.action == _CONDITION_CHECK:
            context.pop(_ENCLOSING, None)
        if check.leading_keys is not None:
            context[_KEY] = list(check.leading_keys)
        denied = enforce(access_key_id, *request, resource_arn, context)
        if denied is None and check.problem:
            return _denied_for(access_key_id)
        return denied

    iam_evaluator.enforce = enforce_with_keys
    return name


def _request(body: bytes) -> Mapping[str, object]:
    try:
        request = json.loads(body or b"{}")
    except ValueError:
        return {}
    return cast("Mapping[str, object]", request) if isinstance(request, Mapping) else {}


def _denied_for(access_key_id: str) -> Any:
    """A denial if a policy of the caller asks for leading keys, which could not be read."""
    iam_evaluator = shape.module("core.iam_evaluator")
    account = shape.module("core.responses").get_account_id()
    principal = iam_evaluator.resolve_principal(access_key_id, account)
    layers: list[Any] = [principal.policies or [], *principal.limits]
    if any(iam_evaluator._names_condition_key(layer, _KEY.lower()) for layer in layers):
        return iam_evaluator.EvalResult("ImplicitDeny", principal.arn, "", "Unreadable keys")
    return None


def _item_checks(region: str, account: str) -> ItemChecks:
    dynamodb = shape.module("services.dynamodb")

    def find_table(name: str) -> TableKeys | None:
        table = dynamodb._tables.get(dynamodb._normalize_table_name(name))
        return _table_keys(table) if table else None

    def name_to_arn(name: str) -> str:
        prefix = f"arn:aws:dynamodb:{region}:{account}:table/"
        return name if name.startswith("arn:") else prefix + name

    def read_statement(request: Mapping[str, object]) -> Statement:
        text = request.get("Statement")
        if not isinstance(text, str):
            raise TypeError("the statement is no text")
        parsed = dynamodb._parse_partiql(text, request.get("Parameters") or [])
        return Statement(parsed["op"], parsed["table"], parsed.get("index"))

    return ItemChecks(find_table, name_to_arn, read_statement)


def _table_keys(table: Mapping[str, Any]) -> TableKeys:
    indexes: dict[str, KeySchema] = {}
    for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        listed: list[dict[str, Any]] = table.get(kind) or []
        for index in listed:
            schema = _key_schema(index["KeySchema"])
            if schema:
                indexes[index["IndexName"]] = schema
    return TableKeys(table["TableArn"], KeySchema(table["pk_name"], table.get("sk_name")), indexes)


def _key_schema(elements: list[dict[str, str]]) -> KeySchema | None:
    """The keys of an index, or None for one with several partition attributes: not supported."""
    partition = [e["AttributeName"] for e in elements if e["KeyType"] == "HASH"]
    sort = [e["AttributeName"] for e in elements if e["KeyType"] == "RANGE"]
    if len(partition) != 1 or len(sort) > 1:
        return None
    return KeySchema(partition[0], sort[0] if sort else None)
