"""Revocations: tokens that a person has given up, as the authorizer reads them.

The control table has a copy of each subject's revocations, which the stream makes; the original is
the tenant's own item, since a tenant's credentials write no other table. A copy ends by its TTL.
"""

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Final

import msgspec

from tenantql.table.access import Access, Credentials
from tenantql.table.entity import entity, entity_of
from tenantql.table.expressions import absent, all_of, any_of, below, equals
from tenantql.table.requests import Get
from tenantql.table.writes import Put

LONGEST_LIFE: Final = timedelta(days=1)
"""How old a token can become, whatever its own expiry says: so no token outlives its revocation.
Cognito's last no longer."""

TOKEN_ID_LENGTH: Final = 64


@entity(
    name="RevokedCopy",
    pk="REVOKED#{tenant}#{subject}",
    sk="REVOKED",
    lead="REVOKED#{tenant}#",
    directory=False,
)
class RevokedCopy(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens of one subject that are good no more: some by their ids, all of before a time.

    `not_before` is in epoch seconds, as a token's `iat` is. `created_at` and `version` are those
    of the item that this is a copy of; `expires_at` is its TTL.
    """

    tenant: str
    subject: str
    created_at: str
    version: int
    expires_at: int
    token_ids: frozenset[str] = frozenset()
    not_before: int | None = None

    def covers(self, token_id: str, issued_at: int) -> bool:
        """Whether a token of the subject is revoked."""
        # A token of the very second of the revocation may be older, so it is refused.
        too_old = self.not_before is not None and issued_at <= self.not_before
        return too_old or token_id in self.token_ids


def revoked(tenant: str, subject: str) -> Get[RevokedCopy]:
    """What is revoked of a subject's tokens (U8): one GetItem of the control table."""
    return Get(RevokedCopy, entity_of(RevokedCopy).key(tenant=tenant, subject=subject))


def copying(copy: RevokedCopy) -> Put:
    """Writes the copy over an older one; what comes late or twice changes nothing.

    An item that was made anew, after its TTL had ended it, starts at version 1: so its time of
    creation counts first.
    """
    older = any_of(
        absent("PK"),
        below("created_at", copy.created_at),
        all_of(equals("created_at", copy.created_at), below("version", copy.version)),
    )
    return Put(copy, older)


def token_id(claimed: object, signed: str) -> str:
    """What a token is told apart by: its `jti`, or a digest of what is signed of it.

    The signature is left out: of some algorithms there are two that are right.
    """
    if isinstance(claimed, str) and 0 < len(claimed) <= TOKEN_ID_LENGTH and claimed.isascii():
        return claimed
    return sha256(signed.encode()).hexdigest()


def revocations_access(
    control_table: str, own_credentials: Callable[[], Credentials]
) -> Callable[[str], Access]:
    """The right to the copies of a tenant's revocations, and to nothing else of the table."""
    return lambda tenant: Access(control_table, f"REVOKED#{tenant}#", own_credentials())
