"""Vending: credentials that STS issued for one tenant, one table and one level.

This is the piece that stays trusted: the function's role may assume the tenant role for any
tenant. It takes a tenant from a verified identity and a table from the routing record.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

import msgspec

from tenantql.clones import forgets_in_clones
from tenantql.table.access import Access, Credentials
from tenantql.table.keys import tenant_prefix
from tenantql.tenancy.errors import VendingFailed
from tenantql.tenancy.policy import (
    Level,
    platform_policy,
    session_policy,
    usage_key,
    usage_policy,
)
from tenantql.tenancy.sts import AssumeRoleFailed, Sts, Tag
from tenantql.tenancy.uploads import Bucket

LIFETIME: Final = timedelta(hours=1)
"""The longest session of a role assumed from another role (role chaining).
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining"""

RENEW_BEFORE: Final = timedelta(minutes=5)
CAPACITY: Final = 10_000
"""Cached credentials; the least recently used go first."""

type CacheKey = tuple[str, str, Level]


PLATFORM_LEAD: Final = "TENANT#"
"""What the table key of each item starts with that the platform index answers with."""


class Assumption(msgspec.Struct, frozen=True):
    """A session to be asked for, and what the partition keys that it may use start with."""

    lead: str
    session_name: str
    policy: str
    tags: tuple[Tag, ...]


class Role(Protocol):
    """A role that is assumed for each of many purposes."""

    @property
    def arn(self) -> str:
        """The role's ARN."""
        ...

    @property
    def region(self) -> str:
        """Where its tables are."""
        ...

    def assumption(self, tenant: str, table: str, level: Level) -> Assumption:
        """What STS is asked for."""
        ...


class TenantRole(msgspec.Struct, frozen=True):
    """The role that holds the rights of any one tenant, and where its tables are.

    With a `bucket`, credentials for writing may put objects under the tenant's prefix of it.
    """

    arn: str
    region: str
    kms_key_arn: str | None = None
    bucket: Bucket | None = None

    def assumption(self, tenant: str, table: str, level: Level) -> Assumption:
        """What STS is asked for. Raises KeyValueError for a malformed tenant id."""
        arn = table_arn(self.arn, self.region, table)
        bucket = None if self.bucket is None else self.bucket.arn(self.arn.split(":")[1])
        return Assumption(
            lead=tenant_prefix(tenant),
            session_name=f"{tenant}@{level}",
            policy=session_policy(tenant, arn, level, self.kms_key_arn, bucket),
            tags=({"Key": "TenantId", "Value": tenant},),
        )


class PlatformRole(msgspec.Struct, frozen=True):
    """The role of the platform's reads across tenants, and where their tables are."""

    arn: str
    region: str
    kms_key_arn: str | None = None

    def assumption(self, tenant: str, table: str, level: Level) -> Assumption:
        """What STS is asked for: one table's platform index, or what one tenant used.

        Without a tag, so that nothing can be written. Raises KeyValueError for a malformed tenant.
        """
        del level  # Never more than reading.
        arn = table_arn(self.arn, self.region, table)
        if tenant:
            policy = usage_policy(tenant, arn, self.kms_key_arn)
            return Assumption(usage_key(tenant), "platform@usage", policy, tags=())
        return Assumption(
            lead=PLATFORM_LEAD,
            session_name="platform@read",
            policy=platform_policy(arn, self.kms_key_arn),
            tags=(),
        )


def table_arn(role_arn: str, region: str, table: str) -> str:
    """The ARN of a tenant table, in the account and region of the deployment."""
    _, partition, _, _, account, _ = role_arn.split(":", 5)
    return f"arn:{partition}:dynamodb:{region}:{account}:table/{table}"


class Vendor:
    """Issues `Access` for a tenant and keeps it until shortly before it expires.

    The cache is bounded and keyed by tenant, table and level. Threads that ask for the same
    one at the same time wait for one call.
    """

    def __init__(
        self,
        role: Role,
        sts: Callable[[], Sts],
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        capacity: int = CAPACITY,
    ) -> None:
        self._role = role
        self._sts_factory = sts
        self._sts: Sts | None = None
        self._now = now
        self._capacity = capacity
        self._cache: OrderedDict[CacheKey, Access] = OrderedDict()
        self._flights: dict[CacheKey, Future[Access]] = {}
        self._lock = threading.Lock()
        self._issued = 0
        forgets_in_clones(self)

    @property
    def issued(self) -> int:
        """How many sessions STS has issued so far: what the cache did not have."""
        return self._issued

    def access(self, tenant: str, table: str, level: Level) -> Access:
        """The right of `tenant` at `level` to its keys in `table`.

        Raises VendingFailed when STS does not answer or refuses; there is no other source.
        """
        key = (tenant, table, level)
        with self._lock:
            found = self._cache.get(key)
            if found is not None and not self._stale(found):
                self._cache.move_to_end(key)
                return found
            flight = self._flights.get(key)
            leads = flight is None
            if flight is None:
                flight = self._flights[key] = Future()
        if leads:
            self._fly(key, flight)
        return flight.result()

    def forget(self, tenant: str, table: str, level: Level, refused: Credentials) -> None:
        """Drops credentials that AWS refused, so that the next request gets new ones."""
        key = (tenant, table, level)
        with self._lock:
            found = self._cache.get(key)
            if found is not None and found.credentials == refused:
                del self._cache[key]

    def forget_all(self) -> None:
        """Drops the sessions, and the client that asked for them."""
        self._lock = threading.Lock()
        self._sts = None
        self._cache.clear()
        self._flights.clear()

    def _fly(self, key: CacheKey, flight: Future[Access]) -> None:
        try:
            access = self._assume(*key)
        except BaseException as error:  # noqa: BLE001 - whoever waits for the flight gets it
            with self._lock:
                del self._flights[key]
            flight.set_exception(error)
            return
        with self._lock:
            del self._flights[key]
            self._issued += 1
            self._cache[key] = access
            self._cache.move_to_end(key)
            while len(self._cache) > self._capacity:
                self._cache.popitem(last=False)
        flight.set_result(access)

    def _stale(self, access: Access) -> bool:
        expires_at = access.credentials.expires_at
        return expires_at is None or expires_at - self._now() < RENEW_BEFORE

    def _assume(self, tenant: str, table: str, level: Level) -> Access:
        wanted = self._role.assumption(tenant, table, level)
        if self._sts is None:
            self._sts = self._sts_factory()
        try:
            answer = self._sts.assume_role(
                RoleArn=self._role.arn,
                RoleSessionName=wanted.session_name,
                Tags=list(wanted.tags),
                Policy=wanted.policy,
                DurationSeconds=int(LIFETIME.total_seconds()),
            )
        except AssumeRoleFailed as error:
            raise VendingFailed("no credentials for this tenant could be had") from error
        issued = answer["Credentials"]
        return Access(
            table=table,
            lead=wanted.lead,
            credentials=Credentials(
                issued["AccessKeyId"],
                issued["SecretAccessKey"],
                issued["SessionToken"],
                issued["Expiration"],
            ),
        )
