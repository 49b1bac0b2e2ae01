"""What the stream keeps up to date of people."""

from contextlib import suppress
from typing import Final

from tenantql.accounts import tokens
from tenantql.accounts.tokens import RevokedTokens
from tenantql.engine.changes import Change, Consumers, ToControl
from tenantql.table.errors import ConditionFailed
from tenantql.tenancy import revocation


async def copy_revocations(change: Change[RevokedTokens]) -> None:
    """Tells the authorizer which tokens are good no more (U8).

    A deletion is not copied: the copy ends by its own TTL.
    """
    if change.after is not None:
        # A newer copy is there already: this record came late, or a second time.
        with suppress(ConditionFailed):
            await revocation.copying(tokens.copy_of(change.after))


consumers: Final[Consumers] = {RevokedTokens: (ToControl(copy_revocations),)}
