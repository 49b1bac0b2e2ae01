"""What a call acts with: which table, whose keys, signed by whom."""

from datetime import datetime

import msgspec


class Credentials(msgspec.Struct, frozen=True):
    """Temporary AWS credentials. Their repr shows no secret."""

    access_key: str
    secret_key: str
    token: str | None
    expires_at: datetime | None = None

    def __repr__(self) -> str:
        return f"Credentials(access_key={self.access_key!r}, expires_at={self.expires_at!r})"


class Access(msgspec.Struct, frozen=True):
    """The right to a part of one table.

    `lead` is what each partition key that is asked for or answered must start with; for a
    tenant it is its prefix with the delimiter. New items go to one of `directory_shards` shards of
    the directory.
    """

    table: str
    lead: str
    credentials: Credentials
    directory_shards: int = 1
