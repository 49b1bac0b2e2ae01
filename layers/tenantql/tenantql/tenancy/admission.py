"""Admission: whether an identity is served now, and the access that its requests then have."""

from collections.abc import Callable, Mapping

import msgspec

from tenantql.table.access import Access, Credentials
from tenantql.table.keys import DELIMITER
from tenantql.tenancy.credentials import Vendor
from tenantql.tenancy.errors import TenantMoving, TenantRefused
from tenantql.tenancy.identity import Identity, Role
from tenantql.tenancy.policy import Level
from tenantql.tenancy.routing import CONTROL_LEAD, Routes, ShardCount, Status, Tier
from tenantql.tenancy.uploads import Bucket, Uploads, no_uploads

type Tables = Callable[[str, str], Access]
"""The right to a table, by name: to its platform index, or to what one tenant used."""


def no_tables(_table: str, _tenant: str) -> Access:
    """Raises TenantRefused: a tenant's operation has its own table and no other."""
    raise TenantRefused("this endpoint reads no tables by name")


class Right(msgspec.Struct, frozen=True):
    """How requests of one level reach an identity's data.

    `access` is called when data is first needed, so that an operation without any needs no
    credentials; `refused` is told when AWS does not accept them any more. `uploads` signs forms
    for the tenant's prefix of the bucket.
    """

    access: Callable[[], Access]
    refused: Callable[[Access], None] = lambda _access: None
    uploads: Uploads = msgspec.field(default_factory=no_uploads)


class Admitted(msgspec.Struct, frozen=True):
    """What an admitted identity may do: its right at each level, and what its tenant is.

    `right` raises TenantMoving for a level that is not served now. `shards` has the shard
    counts of the tenant's collections, `cursor_keys` what signs its cursors. `tables` is the right
    to other tables, by name, which operators alone have; they have no `tier`.
    """

    right: Callable[[Level], Right]
    tier: Tier | None = None
    shards: Mapping[str, ShardCount] = {}
    cursor_keys: tuple[bytes, ...] = ()
    time_zone: str = "UTC"
    tables: Tables = no_tables


type Admission = Callable[[Identity], Admitted]
"""Admits, or refuses by raising TenantqlError."""


def tenants(routes: Routes, vendor: Vendor, bucket: Bucket | None = None) -> Admission:
    """Admits members of an organisation to its own keys, in the table that its record names.

    And to its own prefix of `bucket`, if there is one.
    """

    def admit(identity: Identity) -> Admitted:
        if identity.tenant is None:
            raise TenantRefused("this endpoint is for members of an organisation")
        tenant, route = identity.tenant, routes.of(identity.tenant)
        directory = route.shards.get("directory", ShardCount()).write

        def right(level: Level) -> Right:
            if route.status is Status.MOVING and level is not Level.READ:
                raise TenantMoving("this organisation's data is moving; try again shortly")

            def access() -> Access:
                own = vendor.access(tenant, route.table, level)
                if directory == own.directory_shards:
                    return own
                return Access(own.table, own.lead, own.credentials, directory)

            def refused(access: Access) -> None:
                vendor.forget(tenant, route.table, level, access.credentials)

            return Right(access, refused, Uploads(bucket, f"{tenant}/", access))

        return Admitted(
            right,
            route.tier,
            route.shards,
            tuple(map(bytes.fromhex, route.cursor_keys)),
            route.time_zone,
        )

    return admit


def operators(
    control_table: str, own_credentials: Callable[[], Credentials], vendor: Vendor
) -> Admission:
    """Admits the platform's operators to the control table, with the function's own role.

    `vendor` vends the right to the platform's index of a tenant table, and to a tenant's usage.
    """

    def refused(access: Access) -> None:
        # The tenant whose usage it reads; of the platform's index it is none.
        tenant = access.lead.removeprefix(CONTROL_LEAD).partition(DELIMITER)[0]
        vendor.forget(tenant, access.table, Level.READ, access.credentials)

    right = Right(control_access(control_table, own_credentials), refused)

    def admit(identity: Identity) -> Admitted:
        if Role.PLATFORM not in identity.roles:
            raise TenantRefused("this endpoint is for the platform's operators")
        return Admitted(
            lambda _level: right,  # One role, whatever the operation.
            tables=lambda table, tenant: vendor.access(tenant, table, Level.READ),
        )

    return admit


def control_access(
    control_table: str, own_credentials: Callable[[], Credentials]
) -> Callable[[], Access]:
    """The right to the control table, with the credentials of the moment."""
    return lambda: Access(control_table, CONTROL_LEAD, own_credentials())
