"""What a resolver knows besides its arguments: who asks, and what time it is."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypedDict

import msgspec

from tenantql.engine.errors import Forbidden
from tenantql.engine.rounds import Rounds, with_access
from tenantql.engine.ulids import ulid
from tenantql.table.cursors import Cursors
from tenantql.table.entity import Item, timestamp
from tenantql.table.expressions import Change, Set
from tenantql.table.requests import AnyRequest
from tenantql.table.shards import shard_names, shard_of
from tenantql.tenancy.admission import Tables, no_tables
from tenantql.tenancy.identity import Identity, Role
from tenantql.tenancy.routing import ShardCount
from tenantql.tenancy.uploads import Uploads, no_uploads

if TYPE_CHECKING:
    from graphql import GraphQLSchema


class Audit(TypedDict):
    """The attributes of `tenantql.table.entity.Item` that say whose an item is and who made it."""

    tenant: str
    created_at: str
    created_by: str
    updated_at: str
    updated_by: str


class Context(msgspec.Struct, frozen=True):
    """One operation's context; `info.context` of a resolver.

    `now` is fixed for the operation, so everything that it writes has one time. `time_zone` is
    the tenant's, by IANA name: it decides which day a payment counts for.
    """

    identity: Identity
    rounds: Rounds
    shards: Mapping[str, ShardCount] = {}
    now: datetime = msgspec.field(default_factory=lambda: datetime.now(UTC))
    new_id: Callable[[datetime], str] = ulid
    cursor_keys: Sequence[bytes] = ()
    time_zone: str = "UTC"
    tables: Tables = no_tables
    uploads: Uploads = msgspec.field(default_factory=no_uploads)

    @property
    def tenant(self) -> str:
        """The tenant of the identity. Raises Forbidden for an operator, who has none."""
        if self.identity.tenant is None:
            raise Forbidden("this field belongs to an organisation")
        return self.identity.tenant

    @property
    def timestamp(self) -> str:
        """The operation's time as items hold it."""
        return timestamp(self.now)

    def audit(self) -> Audit:
        """The audit attributes of an item that this operation creates, and its tenant."""
        subject, now = self.identity.subject, self.timestamp
        return Audit(
            tenant=self.tenant,
            created_at=now,
            created_by=subject,
            updated_at=now,
            updated_by=subject,
        )

    @property
    def cursors(self) -> Cursors:
        """What seals and opens the tenant's cursors. Raises ModelError if it has no keys."""
        return Cursors(self.cursor_keys)

    def shards_of(self, collection: str) -> list[str]:
        """The shards in which items of `collection` can be."""
        return shard_names(self.shards.get(collection, ShardCount()).read)

    async def at[R](
        self, table: str, coroutine: Coroutine[AnyRequest, Any, R], tenant: str = ""
    ) -> R:
        """The result of `coroutine`, whose requests go to another table: for operators.

        They read its platform index or, with a `tenant`, what that one used.

        Raises TenantRefused for a tenant, whose table is not a matter of choice.
        """
        return await with_access(coroutine, lambda: self.tables(table, tenant))

    def touch(self) -> tuple[Change, ...]:
        """The changes that say who updates an item and when."""
        return Set("updated_at", self.timestamp), Set("updated_by", self.identity.subject)

    def revised[T: Item](self, item: T, **changes: Any) -> T:
        """`item` with `changes`, updated by this operation; see `writes.revise`."""
        return msgspec.structs.replace(
            item, **changes, updated_at=self.timestamp, updated_by=self.identity.subject
        )

    def shard(self, collection: str, id: str) -> str:
        """The shard of `collection` that an item with this id is created in."""
        return shard_of(id, self.shards.get(collection, ShardCount()).write)

    def has(self, *roles: Role) -> bool:
        """Whether the identity has one of `roles`."""
        return not self.identity.roles.isdisjoint(roles)


class Info(msgspec.Struct, frozen=True):
    """The second argument of a resolver. `schema` is there for introspection."""

    context: Context
    schema_of: Callable[[], "GraphQLSchema"]

    @property
    def schema(self) -> "GraphQLSchema":
        """The schema that is asked."""
        return self.schema_of()
