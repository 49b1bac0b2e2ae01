"""Who may become whom: the trust policies, tried with AssumeRole itself.

A session's tag decides whose data it reaches, so a tag that would widen a key pattern must not
become one, and nobody who has a session may make another of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.exceptions import ClientError

from local.isolation.deployment import FUNCTIONS, PLATFORM_DATA, TENANT, Connect
from local.isolation.rules import Who
from local.isolation.sessions import Sessions, credentials_of
from local.isolation.situations import Tenants
from tenantql.tenancy.identity import CANARIES

VENDORS: Final = ("GraphqlRole", "PlatformRole", "StreamRole")
"""The execution roles that vend tenants' credentials."""

TENANT_SESSION: Final = "a tenant's session"
PLATFORM_SESSION: Final = "a platform session"
VENDOR: Final = "who vends"
"""Also possible by copies: the tester, in the place of the functions."""

REFUSED: Final = frozenset({"AccessDenied"})
MALFORMED: Final = frozenset({"AccessDenied", "ValidationError"})
"""STS refuses some characters of a tag before any policy is asked."""


@dataclass(frozen=True, slots=True)
class TrustRow:
    """One AssumeRole: by whom, of which role, with which tags, and whether it is allowed."""

    caller: str
    role: str
    tags: tuple[tuple[str, str], ...]
    allowed: bool
    refusals: frozenset[str] = field(default=REFUSED)

    @property
    def name(self) -> str:
        """The row as a person would say it."""
        tags = ", ".join(f"{key}={value!r}" for key, value in self.tags) or "no tag"
        answer = "allowed" if self.allowed else "refused"
        return f"{self.caller} as {self.role} with {tags} is {answer}"


@dataclass(frozen=True, slots=True)
class TrustVerdict:
    """What came of a row; `problem` is empty if it is what the row says."""

    row: TrustRow
    answer: str
    problem: str

    def __str__(self) -> str:
        return f"{self.row.name}, but the answer is {self.answer}"


def trust_rows(tenants: Tenants) -> Iterator[TrustRow]:
    """Every row, with the tenants of the run."""
    own, other = (("TenantId", tenants.short),), (("TenantId", tenants.long),)
    yield from _canary(tenants)
    for caller in FUNCTIONS:
        yield TrustRow(caller, TENANT, own, caller in VENDORS)
        for tags in ((), own):
            yield TrustRow(caller, PLATFORM_DATA, tags, caller == "PlatformRole")
    for caller in (TENANT_SESSION, PLATFORM_SESSION):
        for tags in (own, other, ()):
            for role in (TENANT, PLATFORM_DATA):
                yield TrustRow(caller, role, tags, allowed=False)
        for role in FUNCTIONS:
            yield TrustRow(caller, role, (), allowed=False)
    for caller in FUNCTIONS:
        for role in FUNCTIONS:
            yield TrustRow(caller, role, (), allowed=False)
    yield from _tags(tenants)


def _canary(tenants: Tenants) -> Iterator[TrustRow]:
    """Sessions of nobody's tenants, and of no other; nor may those who vend to nobody be them."""
    for name in CANARIES:
        yield TrustRow("CanaryRole", TENANT, (("TenantId", name),), allowed=True)
        yield TrustRow("AuthorizerRole", TENANT, (("TenantId", name),), allowed=False)
    for tags in (
        (),
        (("TenantId", tenants.long),),
        (("TenantId", f"{CANARIES[0]}-3"),),
        (("TenantId", CANARIES[0]), ("Role", "admin")),
    ):
        yield TrustRow("CanaryRole", TENANT, tags, allowed=False)


def _tags(tenants: Tenants) -> Iterator[TrustRow]:
    for tenant in (tenants.short, "a-0", "0" * 32):
        yield TrustRow(VENDOR, TENANT, (("TenantId", tenant),), allowed=True)
    bad = ("", "ab", "a" * 33, "-acme", "acme-", "ac me", "ac+me", "ac.me", "ac/me", "ac:me")
    bad += ("ac=me", "ac@me", "ac_me")
    malformed = ("*", "acm?", "acme*", "acme#", "acme#USER", "${aws:username}", "acme\n")
    for value in bad:
        yield TrustRow(VENDOR, TENANT, (("TenantId", value),), allowed=False)
    for value in malformed:
        tags = (("TenantId", value),)
        yield TrustRow(VENDOR, TENANT, tags, allowed=False, refusals=MALFORMED)
    for value in ("ab", "-acme", "ac/me"):
        yield TrustRow("PlatformRole", PLATFORM_DATA, (("TenantId", value),), allowed=False)
    yield TrustRow("PlatformRole", PLATFORM_DATA, (("Role", "admin"),), allowed=False)
    for tags in (
        (),
        (("Tenant", tenants.short),),
        (("tenantid", tenants.short),),
        (("TenantId", tenants.short), ("Role", "admin")),
    ):
        yield TrustRow(VENDOR, TENANT, tags, allowed=False)


class TrustRunner:
    """Sends the rows. By copies, only those of `VENDOR` can be sent: `can_send`."""

    def __init__(
        self, connect: Connect, sessions: Sessions, tenants: Tenants, *, as_deployed: bool
    ) -> None:
        self._connect = connect
        self._sessions = sessions
        self._tenants = tenants
        self._as_deployed = as_deployed
        self._callers: dict[str, Any] = {}

    def can_send(self, row: TrustRow) -> bool:
        """Whether the tester can take the place of the row's caller."""
        return self._as_deployed or row.caller == VENDOR

    def verdict(self, row: TrustRow) -> TrustVerdict:
        """What comes of a row."""
        sts = self._caller(row.caller)
        role = self._sessions.role(row.role)
        tags = [{"Key": key, "Value": value} for key, value in row.tags]
        try:
            answer = sts.assume_role(RoleArn=role.arn, RoleSessionName="verify", Tags=tags)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "?")
            refused = not row.allowed and code in row.refusals
            return TrustVerdict(row, code, "" if refused else "is refused otherwise")
        became = self._connect("sts", **credentials_of(answer["Credentials"])).get_caller_identity()
        known = f":assumed-role/{role.name}/" in became["Arn"]
        good = row.allowed and known
        return TrustVerdict(row, f"a session of {became['Arn']}", "" if good else "is allowed")

    def _caller(self, name: str) -> Any:
        found = self._callers.get(name)
        if found is None:
            found = self._callers[name] = self._make(name)
        return found

    def _make(self, name: str) -> Any:
        if name == VENDOR:
            return self._sessions.vending("GraphqlRole")
        if name in FUNCTIONS:
            return self._connect("sts", **self._sessions.function(name))
        who = Who.PLATFORM if name == PLATFORM_SESSION else Who.ROLE
        return self._connect("sts", **self._sessions.of(who, "short").credentials)
