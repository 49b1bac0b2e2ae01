"""One run against one stack: what it needs, made before and taken away after."""

import secrets
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from local.isolation import evaluator
from local.isolation.deployment import Connect, Deployment, VerificationError, read_deployment
from local.isolation.evaluator import Opinion
from local.isolation.matrix import Row
from local.isolation.runner import Runner, Verdict
from local.isolation.sessions import UNCHANGED, Change, Sessions
from local.isolation.situations import Place, Tenants
from local.isolation.temporary import Temporary
from local.isolation.trust import TrustRunner

PATIENCE: Final = 90.0
"""Seconds within which a new role is known everywhere on AWS; it is usually ten."""


@dataclass(frozen=True, slots=True)
class Verification:
    """A stack that is ready to be verified."""

    deployment: Deployment
    sessions: Sessions
    tables: Mapping[Place, str]
    tenants: Tenants
    trust: TrustRunner
    _runner: Runner

    def verdicts(self, rows: Iterable[Row]) -> Iterator[Verdict]:
        """What comes of each row."""
        return self._runner.verdicts(rows)

    def opinions(self, rows: Iterable[Row]) -> Iterator[Opinion]:
        """What the second evaluator says of each row."""
        return evaluator.opinions(rows, self.sessions, self.deployment, self.tables, self.tenants)


@contextmanager
def verification(
    connect: Connect,
    stack: str,
    region: str,
    *,
    as_deployed: bool,
    change: Change = UNCHANGED,
    patience: float = 0,
) -> Generator[Verification]:
    """Prepare a stack, and leave it as it was afterwards.

    `connect` makes clients with the tester's credentials. The roles are used `as_deployed` or by
    copies (see `sessions`). Beside roles, a second data table lives as long as the block. The
    tenants are new with each run, so that no key of a real one is touched. Raises
    VerificationError.
    """
    deployment = read_deployment(connect, stack, region)
    run = secrets.token_hex(3)
    tenants = Tenants(f"verify-{run}", f"verify-{run}-eu", f"stranger-{run}")
    with Temporary(connect, f"tenantql-verify-{run}") as temporary:
        other = temporary.table_like(deployment.data_table, f"{stack}-data-verify{run}-00")
        tables = {
            Place.DATA: deployment.data_table,
            Place.OTHER: other,
            Place.CONTROL: deployment.control_table,
        }
        sessions = Sessions(
            *(connect, deployment, temporary, tenants),
            as_deployed=as_deployed,
            change=change,
            patience=patience,
        )
        yield Verification(
            deployment,
            sessions,
            tables,
            tenants,
            TrustRunner(connect, sessions, tenants, as_deployed=as_deployed),
            Runner(connect, sessions, tables, tenants, patience=patience),
        )


def aws_connect(profile: str, region: str | None) -> tuple[Connect, str]:
    """Clients of AWS with a profile of the machine, and the region that they are in.

    Raises VerificationError for an unknown profile or without a region.
    """
    import boto3  # noqa: PLC0415  slow to import
    from botocore.config import Config  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415

    try:
        session: Any = boto3.Session(profile_name=profile, region_name=region)
    except BotoCoreError as error:
        raise VerificationError(str(error)) from error
    if session.region_name is None:
        raise VerificationError(f"the profile {profile} has no region: give --region")
    config = Config(retries={"mode": "standard", "total_max_attempts": 5})

    def connect(service: str, **credentials: str) -> Any:
        return session.client(service, config=config, **credentials)

    return connect, session.region_name
