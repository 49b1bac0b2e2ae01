"""Sessions: the credentials of each of `Who`, and the policies that they stand on.

A tenant's credentials come from the layer's own `Vendor`, with the layer's own session policies.
There are two ways to the roles:

- *as deployed*: the functions' roles are assumed in the place of the Lambda service, and theirs
  vend. Possible where the tester is what Lambda is: the root of a local cloud.
- *by copies*: on AWS no person may assume these roles, and the stack is not changed for a test.
  So each role is copied for the time of the run, its policies unchanged, its trust policy with the
  tester in the place of the functions. IAM evaluates the very same documents.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from local.isolation.deployment import (
    PLATFORM_DATA,
    TENANT,
    Connect,
    Deployment,
    Document,
    Role,
)
from local.isolation.rules import WIDENED, Who
from local.isolation.situations import Tenants
from local.isolation.temporary import Temporary
from tenantql.tenancy.credentials import TenantRole, Vendor
from tenantql.tenancy.policy import Level, session_policy
from tenantql.tenancy.sts import BotoSts

if TYPE_CHECKING:
    pass

BROAD: Final[Document] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"}],
}
"""What a tenant role must never be; under it, the session policy stands alone."""

KEYLESS: Final = ("dynamodb:Scan", "dynamodb:PartiQLSelect")
"""Actions whose requests may name no key."""

_VENDED: Final[Mapping[Who, Level]] = {
    Who.READ: Level.READ,
    Who.WRITE: Level.WRITE,
    Who.ADMINISTER: Level.ADMINISTER,
}
_POLICIES: Final[Mapping[Who, Level]] = {
    Who.READ_POLICY: Level.READ,
    Who.WRITE_POLICY: Level.WRITE,
    Who.ADMINISTER_POLICY: Level.ADMINISTER,
    Who.READ_WIDENED: Level.READ,
    Who.WRITE_WIDENED: Level.WRITE,
}
_FUNCTION_ROLES: Final[Mapping[Who, str]] = {
    Who.GRAPHQL_FUNCTION: "GraphqlRole",
    Who.PLATFORM_FUNCTION: "PlatformRole",
    Who.AUTHORIZER_FUNCTION: "AuthorizerRole",
    Who.STREAM_FUNCTION: "StreamRole",
}
_BY_ROLE: Final = frozenset({Who.ROLE, Who.ROLE_WIDENED, Who.PLATFORM_TAGGED})
OF_A_TENANT: Final = frozenset({*_VENDED, *_POLICIES, *_BY_ROLE})
"""Whose sessions carry a tenant's tag."""

_PAUSE: Final = 2.0


@dataclass(frozen=True, slots=True)
class Session:
    """A DynamoDB client with a session's credentials, and what its rights rest on."""

    dynamodb: Any
    role: Role | None
    session_policy: str | None
    tags: Mapping[str, str]
    credentials: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)


@dataclass(frozen=True, slots=True)
class Change:
    """What is done to policies before they are used, so that a safeguard can be taken off.

    `tenant_role` takes and gives the tenant role's policy, `tenant_trust` its trust policy (both
    by copies only); `session` the session policy as JSON, or None for no session policy at all.
    """

    tenant_role: Callable[[Document], Document] = lambda policy: policy
    tenant_trust: Callable[[Document], Document] = lambda policy: policy
    session: Callable[[str], str | None] = lambda policy: policy


UNCHANGED: Final = Change()


def widened(policy: Document) -> Document:
    """`policy` with the actions that name no key in each statement that has a condition on keys."""
    return {
        **policy,
        "Statement": [
            {**statement, "Action": [*_actions(statement), *KEYLESS]}
            if "dynamodb:LeadingKeys" in str(statement.get("Condition"))
            else statement
            for statement in policy["Statement"]
        ],
    }


def _actions(statement: Document) -> list[str]:
    found = statement["Action"]
    return [found] if isinstance(found, str) else [*found]


class Sessions:
    """Makes each session once, as deployed or by copies (see above).

    `patience` is for how many seconds a new role may not be known yet.
    """

    def __init__(
        self,
        connect: Connect,
        deployment: Deployment,
        temporary: Temporary,
        tenants: Tenants,
        *,
        as_deployed: bool,
        change: Change = UNCHANGED,
        patience: float = 0,
    ) -> None:
        self._connect = connect
        self._deployment = deployment
        self._temporary = temporary
        self._tenants = tenants
        self._as_deployed = as_deployed
        self._change = change
        self._patience = patience
        self._roles: dict[str, Role] = {}
        self._sessions: dict[tuple[Who, str], Session] = {}

    def of(self, who: Who, caller: str) -> Session:
        """The session of `who`; for a tenant's, of the tenant that `caller` names in `Tenants`."""
        key = (who, caller if who in OF_A_TENANT else "short")
        found = self._sessions.get(key)
        if found is None:
            found = self._sessions[key] = self._make(who, getattr(self._tenants, key[1]))
        return found

    def role(self, logical_id: str) -> Role:
        """A role of the stack, or its copy."""
        deployed = self._deployment.roles[logical_id]
        if self._as_deployed:
            return deployed
        if logical_id != TENANT:
            return self._copy(logical_id, deployed.policies, deployed.trust)
        policies = [self._change.tenant_role(each) for each in deployed.policies]
        return self._copy(logical_id, policies, self._change.tenant_trust(deployed.trust))

    def function(self, logical_id: str) -> dict[str, str]:
        """Credentials of an execution role, as a function of the stack has them."""
        return self._assumed(self._connect("sts"), self.role(logical_id))

    def vending(self, function: str) -> Any:
        """The STS client that may assume what `function` may: its own, or the tester's."""
        credentials = self.function(function) if self._as_deployed else {}
        return self._connect("sts", **credentials)

    def _make(self, who: Who, tenant: str) -> Session:
        if who in _FUNCTION_ROLES:
            name = _FUNCTION_ROLES[who]
            return self._session(self.role(name), self.function(name))
        if who in _VENDED:
            return self._vended(_VENDED[who], tenant)
        if who in _POLICIES:
            return self._by_policy(who, tenant)
        if who is Who.PLATFORM:
            role = self.role(PLATFORM_DATA)
            return self._session(role, self._assumed(self.vending("PlatformRole"), role))
        if who in _BY_ROLE:
            return self._by_role(who, tenant)
        return Session(self._connect("dynamodb"), None, None, {})

    def _by_role(self, who: Who, tenant: str) -> Session:
        """A role with a tenant's tag, and no session policy."""
        if who is Who.PLATFORM_TAGGED:
            return self._tagged(self.role(PLATFORM_DATA), self.vending("PlatformRole"), tenant)
        if who is Who.ROLE_WIDENED:
            return self._tagged(self._widened_role(), self._connect("sts"), tenant)
        return self._tagged(self.role(TENANT), self.vending("GraphqlRole"), tenant)

    def _by_policy(self, who: Who, tenant: str) -> Session:
        """A session policy on a role that restricts nothing."""
        policy = self._policy(_POLICIES[who], tenant)
        if who in WIDENED and policy is not None:
            policy = json.dumps(widened(json.loads(policy)))
        broad = self._copy("broad", [BROAD], None)
        return self._tagged(broad, self._connect("sts"), tenant, policy)

    def _widened_role(self) -> Role:
        deployed = self._deployment.roles[TENANT]
        policies = [widened(self._change.tenant_role(each)) for each in deployed.policies]
        return self._copy("widened", policies, deployed.trust)

    def _copy(self, name: str, policies: Sequence[Document], trust: Document | None) -> Role:
        found = self._roles.get(name)
        if found is None:
            found = self._roles[name] = self._temporary.role(name, policies, trust)
        return found

    def _vended(self, level: Level, tenant: str) -> Session:
        """By the layer's own vendor."""
        deployment, role = self._deployment, self.role(TENANT)
        sts = _Sts(self.vending("GraphqlRole"), self._change.session, self._patience)
        vendor = Vendor(
            TenantRole(role.arn, deployment.region, deployment.kms_key_arn),
            lambda: BotoSts(sts),
        )
        found = vendor.access(tenant, deployment.data_table, level).credentials
        credentials = {
            "aws_access_key_id": found.access_key,
            "aws_secret_access_key": found.secret_key,
            "aws_session_token": found.token or "",
        }
        return self._session(role, credentials, sts.policy, tenant)

    def _policy(self, level: Level, tenant: str) -> str | None:
        deployment = self._deployment
        arn = deployment.table_arn(deployment.data_table)
        return self._change.session(session_policy(tenant, arn, level, deployment.kms_key_arn))

    def _tagged(self, role: Role, sts: Any, tenant: str, policy: str | None = None) -> Session:
        narrowed = {"Policy": policy} if policy is not None else {}
        tags = [{"Key": "TenantId", "Value": tenant}]
        credentials = self._assumed(sts, role, Tags=tags, **narrowed)
        return self._session(role, credentials, policy, tenant)

    def _assumed(self, sts: Any, role: Role, **options: Any) -> dict[str, str]:
        answer = _Sts(sts, lambda policy: policy, self._patience).assume_role(
            RoleArn=role.arn, RoleSessionName="verify-isolation", **options
        )
        return credentials_of(answer["Credentials"])

    def _session(
        self,
        role: Role,
        credentials: Mapping[str, str],
        policy: str | None = None,
        tenant: str | None = None,
    ) -> Session:
        tags = {"TenantId": tenant} if tenant else {}
        return Session(self._connect("dynamodb", **credentials), role, policy, tags, credentials)


def credentials_of(keys: Mapping[str, Any]) -> dict[str, str]:
    """What boto3 takes, of credentials that STS issued."""
    return {
        "aws_access_key_id": keys["AccessKeyId"],
        "aws_secret_access_key": keys["SecretAccessKey"],
        "aws_session_token": keys["SessionToken"],
    }


class _Sts:
    """STS as the vendor sees it: changes session policies, and waits for roles that are new."""

    def __init__(self, client: Any, change: Callable[[str], str | None], patience: float) -> None:
        self._client = client
        self._change = change
        self._end = time.monotonic() + patience
        self.policy: str | None = None

    def assume_role(self, **request: Any) -> Any:
        policy = request.pop("Policy", None)
        self.policy = self._change(policy) if policy is not None else None
        if self.policy is not None:
            request["Policy"] = self.policy
        while True:
            try:
                return self._client.assume_role(**request)
            except ClientError as error:
                code = error.response.get("Error", {}).get("Code")
                if code != "AccessDenied" or time.monotonic() > self._end:
                    raise
            time.sleep(_PAUSE)
