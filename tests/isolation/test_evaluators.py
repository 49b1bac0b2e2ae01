"""The local cloud's evaluator of policies against the second one, on policies made at random.

The matrix compares them on the project's own policies; here on whatever a policy may say of
leading keys, tags, tables and indexes: each as a role's policy, and as a session policy on a role
that allows everything.

They differ in one thing, which is left out here and used by no policy of the project: a negated
operator whose value has a variable that the request does not have. The local cloud says that the
value equals nothing, so the operator matches; the other that it never matches. AWS documents only
that such a statement "might be invalid".
"""

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from botocore import xform_name

from local.cloud import LocalCloud
from local.isolation import evaluator
from local.isolation.deployment import Document, Role
from local.isolation.evaluator import Inquiry, session_arn
from local.isolation.request_types import RequestType
from local.isolation.requests import REQUESTS
from local.isolation.sessions import BROAD, credentials_of
from local.isolation.situations import INDEXES, Place, Target
from local.isolation.temporary import Temporary
from local.isolation.verification import Verification
from tests.cloud.identities import is_allowed

POLICIES = 15
KEYS = "dynamodb:LeadingKeys"
TAG = "aws:PrincipalTag/TenantId"
ACTIONS = ("GetItem", "BatchGetItem", "Query", "Scan", "*", "Get*", "*GetItem", "Quer?")
PATTERNS = (
    *("TENANT#acme#*", "TENANT#${aws:PrincipalTag/TenantId}#*", "TENANT#acme*", "TENANT#*#*"),
    *("*", "TENANT#????#*", "TENANT#acme#USER#1", "TENANT#b${*}#*"),
    *("TENANT#${aws:PrincipalTag/Missing, 'acme'}#*", "tenant#acme#*"),
)
MISSING = "${aws:PrincipalTag/Missing}*"
TAGS = ("acme", "a*", "acme-eu", "${aws:PrincipalTag/TenantId}", "ACME", "*")
LEADS = ("TENANT#acme#USER#1", "TENANT#acme-eu#USER#1", "TENANT#b*#USER#1", "ORDERS#PLACED#00")
ASKED = {"GetItem", "BatchGetItem", "Query table", "Query GSI1", "Scan table", "Scan GSI1"}


class Maker:
    """Policies, always the same ones."""

    def __init__(self, seed: int, table_arn: str) -> None:
        self._random = random.Random(seed)
        other = table_arn.replace("-data-", "-control-")
        self._resources = (
            *(table_arn, f"{table_arn}/index/*", f"{table_arn}/index/GSI1", f"{table_arn}*"),
            *("*", other, f"{table_arn}/index/GSI?", f"{table_arn[:-2]}??"),
        )

    def policy(self) -> Document:
        statements = [self._statement() for _ in range(self._random.randint(1, 3))]
        return {"Version": "2012-10-17", "Statement": statements}

    def _some(self, of: tuple[str, ...]) -> list[str]:
        return self._random.sample(of, self._random.randint(1, 3))

    def _statement(self) -> dict[str, Any]:
        chance = self._random.random
        negated = "Not" if chance() < 0.1 else ""
        statement: dict[str, Any] = {
            "Effect": "Deny" if chance() < 0.2 else "Allow",
            "Action": [f"dynamodb:{name}" for name in self._some(ACTIONS)],
            f"{negated}Resource": self._some(self._resources),
        }
        conditions: dict[str, Any] = {}
        for _ in range(self._random.randint(0, 2)):
            operator, block = self._condition()
            conditions[operator] = {**conditions.get(operator, {}), **block}
        return statement | ({"Condition": conditions} if conditions else {})

    def _condition(self) -> tuple[str, dict[str, Any]]:
        key = self._random.choice((KEYS, KEYS, TAG))
        if self._random.random() < 0.25:
            return "Null", {key: self._random.choice(("true", "false"))}
        operator = self._random.choice(
            ("StringLike", "StringEquals", "StringNotLike", "StringNotEquals")
        )
        if key == TAG:
            return operator + self._random.choice(("", "IfExists")), {key: self._some(TAGS)}
        # A key of several values is only for set operators.
        kind = self._random.choice(("ForAllValues", "ForAnyValue"))
        patterns = PATTERNS if "Not" in operator else (*PATTERNS, MISSING)
        return f"{kind}:{operator}", {key: self._some(patterns)}


def requests() -> Iterator[tuple[RequestType, tuple[str, ...]]]:
    """What is asked under each policy: request types, with one or two partition keys."""
    for request in REQUESTS:
        if request.name in ASKED:
            for lead in LEADS if request.keys else LEADS[:1]:
                yield request, (LEADS[0], lead) if request.several else (lead,)


@pytest.mark.parametrize("place", ["role", "session"])
def test_the_evaluators_agree(cloud: LocalCloud, deployed: Verification, place: str) -> None:
    table = deployed.tables[Place.DATA]
    maker = Maker(2026, deployed.deployment.table_arn(table))
    asked: list[tuple[str, bool]] = []
    inquiries: list[list[Inquiry]] = []
    with Temporary(cloud.client, f"evaluators-{place}") as temporary:
        role = temporary.role("random", [BROAD])
        for _ in range(POLICIES):
            policy = maker.policy()
            client = _session(cloud, role, policy, place)
            for request, leads in requests():
                items = tuple(_target(table, lead, n) for n, lead in enumerate(leads))
                call = getattr(client, xform_name(request.operation))
                allowed = is_allowed(lambda c=call, r=request, i=items: c(**r.build(i)))
                asked.append((f"{request.name} {leads} by {json.dumps(policy)}", allowed))
                inquiries.append(
                    [
                        Inquiry(
                            principal=session_arn(role),
                            action=f"dynamodb:{question.action}",
                            resource=deployed.deployment.table_arn(table)
                            + (f"/index/{question.index}" if question.index else ""),
                            context={TAG: "acme"}
                            | ({KEYS: [*question.leading_keys]} if question.leading_keys else {}),
                            identity=[policy if place == "role" else BROAD],
                            session=policy if place == "session" else None,
                        )
                        for question in request.questions(items)
                    ]
                )
    answers = evaluator.ask(inquiry for (inquiry,) in inquiries)
    different = [
        f"{what} is {'allowed' if allowed else 'denied'} here, and not there"
        for (what, allowed), second in zip(asked, answers, strict=True)
        if allowed is not second
    ]
    assert different == []
    # Neither answer is rare, so that the comparison says something.
    assert 0.1 < sum(answers) / len(answers) < 0.9


def _session(cloud: LocalCloud, role: Role, policy: Document, place: str) -> Any:
    """A DynamoDB client under `policy`, as the role's own or as the session's."""
    text = json.dumps(policy)
    options: dict[str, Any] = {"Policy": text} if place == "session" else {}
    if place == "role":
        cloud.client("iam").put_role_policy(
            RoleName=role.name, PolicyName="policy-0", PolicyDocument=text
        )
    issued = cloud.client("sts").assume_role(
        RoleArn=role.arn,
        RoleSessionName="random",
        Tags=[{"Key": "TenantId", "Value": "acme"}],
        **options,
    )
    return cloud.client("dynamodb", **credentials_of(issued["Credentials"]))


def _target(table: str, lead: str, number: int) -> Target:
    """An item that need not be there."""
    indexes = {name: lead for pair in INDEXES.values() for name in pair if name != "PK"}
    return Target(table, lead, f"none#{number}", indexes)
