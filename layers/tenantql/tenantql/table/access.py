"""What a call acts with: which table, whose keys, signed by whom."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Credentials:
    """Temporary AWS credentials. Their repr shows no secret."""

    access_key: str
    secret_key: str = field(repr=False)
    token: str | None = field(repr=False)
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """The right to a part of one table.

    `lead` is what each partition key that is asked for or answered must start with; for a
    tenant it is its prefix with the delimiter. New items go to one of `directory_shards` shards of
    the directory.
    """

    table: str
    lead: str
    credentials: Credentials
    directory_shards: int = 1
