"""The second evaluator: the same questions to a program that knows nothing of the local cloud.

`@cloud-copilot/iam-simulate` (npm) reads the policy documents and decides; it validates actions,
resource types and context keys against the Service Authorization Reference. One Node process
answers all questions of a run. It is a tool of development, and no part of what is deployed.

How far it reaches, by its source (version 0.1.173): ForAllValues is true and Null matches for a
key that is absent, as on AWS; variables of principal tags are expanded. It leaves out context keys
that an action does not have, and says which: here that is an error.
"""

import itertools
import json
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from local.isolation.deployment import Deployment, Document, Role, VerificationError
from local.isolation.matrix import Row, items_of
from local.isolation.rules import Who
from local.isolation.sessions import Session, Sessions
from local.isolation.situations import Place, Tenants

_ROOT: Final = Path(__file__).resolve().parents[2]
_PACKAGE: Final = _ROOT / "node_modules" / "@cloud-copilot" / "iam-simulate"
_SCRIPT: Final = Path(__file__).with_name("evaluator.mjs")


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One question: whether a principal may do something, by these policies.

    `session` and `trust` are None where there is no such policy.
    """

    principal: str
    action: str
    resource: str
    context: Mapping[str, str | list[str]]
    identity: Sequence[Document]
    session: Document | None = None
    trust: Document | None = None


@dataclass(frozen=True, slots=True)
class Opinion:
    """The second evaluator's answer to a row."""

    row: Row
    allowed: bool

    @property
    def agrees(self) -> bool:
        """Whether it is what the rules say."""
        return self.allowed is self.row.allowed


def installed() -> bool:
    """Whether the package is there; `make setup` installs it."""
    return _PACKAGE.is_dir()


def ask(inquiries: Iterable[Inquiry]) -> list[bool]:
    """Whether each is allowed, in order.

    Raises VerificationError if the evaluator is not installed, refuses a question, or leaves a
    context key out of its decision.
    """
    names: dict[str, str] = {}
    policies: dict[str, Document] = {}

    def named(policy: Document | None) -> str | None:
        if policy is None:
            return None
        text = json.dumps(policy, sort_keys=True)
        name = names.setdefault(text, f"policy-{len(names)}")
        policies[name] = policy
        return name

    questions = [
        {
            "principal": each.principal,
            "action": each.action,
            "resource": each.resource,
            "account": each.principal.split(":")[4],
            "context": each.context,
            "identity": [named(policy) for policy in each.identity],
            "session": named(each.session),
            "trust": named(each.trust),
        }
        for each in inquiries
    ]
    lines = "\n".join(json.dumps(line) for line in [policies, *questions])
    done = subprocess.run(  # noqa: S603 - the project's own script
        [_node(), str(_SCRIPT), str(_ROOT)],
        input=lines,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise VerificationError(f"the second evaluator failed: {done.stderr.strip()}")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    return [_allowed(*pair) for pair in zip(questions, answers, strict=True)]


def opinions(
    rows: Iterable[Row],
    sessions: Sessions,
    deployment: Deployment,
    tables: Mapping[Place, str],
    tenants: Tenants,
) -> Iterator[Opinion]:
    """What the second evaluator says of each row but the owner's, who has no policies.

    A row is allowed if each of its questions is, as a request is.
    """
    asked = [row for row in rows if row.who is not Who.ACCOUNT]
    inquiries: list[Inquiry] = []
    counts: list[int] = []
    for row in asked:
        session = sessions.of(row.who, row.situation.caller)
        of_row = list(_inquiries(row, session, deployment, tables, tenants))
        counts.append(len(of_row))
        inquiries += of_row
    answers = iter(ask(inquiries))
    for row, count in zip(asked, counts, strict=True):
        of_row = list(itertools.islice(answers, count))
        yield Opinion(row, all(of_row))


def session_arn(role: Role) -> str:
    """The principal that a session of `role` is."""
    partition, account = role.arn.split(":")[1], role.arn.split(":")[4]
    return f"arn:{partition}:sts::{account}:assumed-role/{role.name}/verify"


def _inquiries(
    row: Row,
    session: Session,
    deployment: Deployment,
    tables: Mapping[Place, str],
    tenants: Tenants,
) -> Iterator[Inquiry]:
    assert session.role is not None
    items = items_of(row, tables, tenants, "CASE#1")
    for question in row.request.questions(items):
        index = f"/index/{question.index}" if question.index else ""
        context: dict[str, Any] = {
            f"aws:PrincipalTag/{key}": value for key, value in session.tags.items()
        }
        if question.leading_keys is not None:
            context["dynamodb:LeadingKeys"] = list(question.leading_keys)
        yield Inquiry(
            principal=session_arn(session.role),
            action=f"dynamodb:{question.action}",
            resource=deployment.table_arn(items[0].table) + index,
            context=context,
            identity=session.role.policies,
            session=json.loads(session.session_policy) if session.session_policy else None,
        )


def _allowed(question: Mapping[str, Any], answer: Mapping[str, Any]) -> bool:
    if "error" in answer or answer.get("ignored"):
        raise VerificationError(f"the second evaluator cannot decide {question}: {answer}")
    return bool(answer["verdict"] == "Allowed")


def _node() -> str:
    """Node of this virtual environment, else the one on the path."""
    own = Path(sys.executable).parent / "node"
    found = str(own) if own.is_file() else shutil.which("node")
    if found is None or not installed():
        raise VerificationError("the second evaluator is not installed: run `make setup`")
    return found
