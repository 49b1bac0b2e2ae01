"""Roles and a table that live for one run, and are taken away again whatever happens."""

import json
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from local.isolation.deployment import Connect, Document, Role, VerificationError


class Temporary:
    """Makes roles that only the tester may assume, and a data table beside the stack's.

    A context manager: what it made is gone after the block. All names start with `prefix`.
    """

    def __init__(self, connect: Connect, prefix: str) -> None:
        self._iam = connect("iam")
        self._dynamodb = connect("dynamodb")
        self._prefix = prefix
        self._undo: list[Callable[[], object]] = []
        self._tester = _principal(connect)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        failed: list[str] = []
        for undo in reversed(self._undo):
            try:
                undo()
            except Exception as problem:  # noqa: BLE001 - the rest has to go as well
                failed.append(str(problem))
        self._undo.clear()
        if failed:
            raise VerificationError(f"remove by hand what starts with {self._prefix}: {failed}")

    def role(self, name: str, policies: Sequence[Document], trust: Document | None = None) -> Role:
        """A role with `policies`, whose trust is the tester's under the conditions of `trust`."""
        full = f"{self._prefix}-{name}"
        trusted = _for_tester(trust, self._tester)
        made = self._iam.create_role(RoleName=full, AssumeRolePolicyDocument=json.dumps(trusted))
        self._undo.append(lambda: self._iam.delete_role(RoleName=full))
        for position, policy in enumerate(policies):
            named = {"RoleName": full, "PolicyName": f"policy-{position}"}
            self._iam.put_role_policy(**named, PolicyDocument=json.dumps(policy))
            self._undo.append(lambda named=named: self._iam.delete_role_policy(**named))
        return Role(full, made["Role"]["Arn"], trusted, tuple(policies))

    def table_like(self, table: str, name: str) -> str:
        """An empty table with the keys and indexes of `table`; its name."""
        described = self._dynamodb.describe_table(TableName=table)["Table"]
        self._dynamodb.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=described["KeySchema"],
            AttributeDefinitions=described["AttributeDefinitions"],
            GlobalSecondaryIndexes=[
                {key: index[key] for key in ("IndexName", "KeySchema", "Projection")}
                for index in described["GlobalSecondaryIndexes"]
            ],
        )
        self._undo.append(lambda: self._dynamodb.delete_table(TableName=name))
        self._dynamodb.get_waiter("table_exists").wait(
            TableName=name, WaiterConfig={"Delay": 2, "MaxAttempts": 150}
        )
        return name


def _for_tester(trust: Document | None, tester: str) -> Document:
    """A trust policy like `trust`, with the tester in the place of whom it trusts.

    The principal is the account, narrowed to the tester: a session's own ARN cannot be relied on
    as a principal, and the conditions of `trust` stay as they are.
    """
    statements: list[Mapping[str, Any]] = (
        trust["Statement"]
        if trust
        else [{"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"]}]
    )
    account = f"arn:{tester.split(':')[1]}:iam::{tester.split(':')[4]}:root"
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                **statement,
                "Principal": {"AWS": account},
                "Condition": {
                    **statement.get("Condition", {}),
                    "ArnEquals": {"aws:PrincipalArn": tester},
                },
            }
            for statement in statements
        ],
    }


def _principal(connect: Connect) -> str:
    """The ARN of the tester as `aws:PrincipalArn` has it: of a session, its role's."""
    arn: str = connect("sts").get_caller_identity()["Arn"]
    if ":assumed-role/" not in arn:
        return arn
    role = connect("iam").get_role(RoleName=arn.split("/")[1])["Role"]
    return str(role["Arn"])
