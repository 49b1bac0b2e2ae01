"""The two tables, whose rights are tested, whose calls fail, and whose writes are streamed."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from local.memory import Memory
from local.memory.rights import ensure_within, tables_of
from tenantql.table.access import Access, Credentials
from tenantql.table.attributes import RawItem
from tenantql.table.encoding import Call
from tenantql.table.errors import AccessDenied
from tenantql.table.transport import OneByOne
from tenantql.tenancy import admission
from tenantql.tenancy.credentials import TenantRole, Vendor
from tenantql.tenancy.policy import Level
from tenantql.tenancy.revocation import revocations_access
from tenantql.tenancy.routing import Routes
from tenantql.tenancy.uploads import Bucket
from tests.crowd.faults import Faults
from tests.crowd.stage import Stage
from tests.unit.builders import TABLE
from tests.unit.functions.loading import ENVIRONMENT

CONTROL = ENVIRONMENT["TENANTQL_CONTROL_TABLE"]
OWN = Credentials("own", "secret", "token")
BUCKET = Bucket("shop-images", "us-east-1", "https://images.example")

type Changed = Callable[[str, RawItem | None, RawItem | None], None]
"""Told who changed an item of the tenants' table: a worker; and the item before and after."""


class _Sts:
    """Issues credentials that say whose they are and what they may."""

    def assume_role(self, **asked: Any) -> Mapping[str, Any]:
        return {
            "Credentials": {
                "AccessKeyId": asked["RoleSessionName"],
                "SecretAccessKey": "secret",
                "SessionToken": "token",
                "Expiration": datetime(2200, 1, 1, tzinfo=UTC),
            }
        }


class Cloud(OneByOne):
    """A transport. `commits` counts, for each worker, the writes that were carried out."""

    def __init__(self, stage: Stage, faults: Faults, changed: Changed) -> None:
        self._stage = stage
        self._faults = faults
        self._changed = changed
        self._changes = 0
        self.data = Memory(self._tell)
        self.control = Memory()
        self.commits: Counter[str] = Counter()
        # Its cache would read anew by the clock of the machine.
        control = admission.control_access(CONTROL, lambda: OWN)
        self.routes = Routes(self, control, clock=lambda: 0.0)
        role = TenantRole(ENVIRONMENT["TENANTQL_TENANT_ROLE_ARN"], "us-east-1", bucket=BUCKET)
        self.vendor = Vendor(role, _Sts)
        self.admit = admission.tenants(self.routes, self.vendor, BUCKET)
        self.revocations = revocations_access(CONTROL, lambda: OWN)

    def _tell(self, old: RawItem | None, new: RawItem | None) -> None:
        self._changes += 1
        self._changed(self._stage.current, old, new)

    def access(self, tenant: str) -> Access:
        """The right of a tenant's administration, for looking at everything when all is quiet."""
        return self.vendor.access(tenant, TABLE, Level.ADMINISTER)

    def send(self, call: Call, credentials: Credentials) -> Mapping[str, Any]:
        """The answer to a call, after which it may be another worker's turn."""
        self._stage.turn()
        worker = self._stage.current
        table = self.control if CONTROL in {*tables_of(call)} else self.data

        def carry_out(asked: Call) -> Mapping[str, Any]:
            _authorize(asked, credentials, own=table is self.control)
            before = self._changes
            answer = table.send(asked, credentials)
            # A transaction that is asked for again by its token changes nothing.
            self.commits[worker] += self._changes > before
            table.calls.clear()
            return answer

        return self._faults.send(worker, call, carry_out)


def _authorize(call: Call, credentials: Credentials, *, own: bool) -> None:
    """IAM, as far as it keeps tenants apart. Raises AccessDenied."""
    tenant, _, level = credentials.access_key.partition("@")
    if own != (credentials == OWN):
        raise AccessDenied("these credentials are for another table")
    if not own:
        ensure_within(call, tenant, level)
