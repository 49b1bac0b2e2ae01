"""Logging out: a person's tokens are revoked, one of them or all."""

from datetime import timedelta
from typing import Final

from tenantql.engine.context import Context
from tenantql.table.entity import Item, entity, entity_of
from tenantql.table.errors import ConditionFailed
from tenantql.table.expressions import (
    Change,
    Condition,
    Include,
    Remove,
    Set,
    absent,
    any_of,
    contains,
    smaller_than,
)
from tenantql.table.writes import Create, Put, Update
from tenantql.tenancy.revocation import LONGEST_LIFE, RevokedCopy

MAX_TOKENS: Final = 100
"""Tokens that are revoked by their ids; one more revokes all."""

MARGIN: Final = timedelta(minutes=5)
"""Clocks differ, and DynamoDB's TTL has whole seconds."""


@entity(name="RevokedTokens", pk="TENANT#{tenant}#REVOKED#{subject}", sk="REVOKED")
class RevokedTokens(Item, frozen=True, kw_only=True):
    """Tokens of a subject that are good no more; see `tenancy.revocation.RevokedCopy`."""

    subject: str
    token_ids: frozenset[str] = frozenset()
    not_before: int | None = None


async def log_out(context: Context, *, everywhere: bool) -> bool:
    """Revokes the caller's token, or (`everywhere`) all that they have: one UpdateItem (U8).

    Returns whether all are revoked: so they are as well when too many were revoked one by one.
    The authorizer knows about a second later.
    """
    token = context.identity.token
    if token and not everywhere and await _revoke(context, token):
        return False
    await _revoke(context, None)
    return True


async def _revoke(context: Context, token: str | None) -> bool:
    """Whether a token, or all for None, could be revoked; one cannot beside too many others."""
    empty = RevokedTokens(**context.audit(), subject=context.identity.subject)
    first = _revoked(context, context.identity.subject, token)
    update = Update(
        RevokedTokens,
        entity_of(RevokedTokens).key_of(empty),
        (*_changes(first), Set("expires_at", first.expires_at), *context.touch()),
        _has_room_for(token) if token else None,
        otherwise=empty,
    )
    try:
        await update
    except ConditionFailed as error:
        if error.stored:
            return False
        # What was revoked before has expired, and DynamoDB has not deleted it yet.
        await Create(first)
    return True


def revocation_of(context: Context, subject: str) -> Put:
    """Revokes all tokens that a subject has: an action for a transaction."""
    # Whatever was revoked before is covered by this.
    return Put(_revoked(context, subject, None))


def _revoked(context: Context, subject: str, token: str | None) -> RevokedTokens:
    return RevokedTokens(
        **context.audit(),
        subject=subject,
        expires_at=int((context.now + LONGEST_LIFE + MARGIN).timestamp()),
        token_ids=frozenset({token} if token else ()),
        not_before=None if token else int(context.now.timestamp()),
    )


def _changes(revoked: RevokedTokens) -> tuple[Change, ...]:
    if revoked.not_before is None:
        return (Include("token_ids", revoked.token_ids),)
    # The ids are of tokens that are older, all of them.
    return Set("not_before", revoked.not_before), Remove("token_ids")


def _has_room_for(token: str) -> Condition:
    return any_of(
        absent("token_ids"), contains("token_ids", token), smaller_than("token_ids", MAX_TOKENS)
    )


def copy_of(tokens: RevokedTokens) -> RevokedCopy:
    """What the authorizer reads of a subject's revocations."""
    return RevokedCopy(
        tenant=tokens.tenant,
        subject=tokens.subject,
        created_at=tokens.created_at,
        version=tokens.version,
        expires_at=tokens.expires_at or 0,
        token_ids=tokens.token_ids,
        not_before=tokens.not_before,
    )
