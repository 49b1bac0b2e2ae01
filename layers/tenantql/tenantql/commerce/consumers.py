"""What the stream keeps up to date for the shop."""

from typing import Final

from tenantql.commerce import spend
from tenantql.commerce.model import CustomerAccount
from tenantql.engine.changes import Change, Consumers
from tenantql.table.errors import ConditionFailed


async def rank_customer(change: Change[CustomerAccount]) -> None:
    """Puts the customer where they belong among those who spent most (I5)."""
    if change.after is None:
        return
    for standing in spend.standings(change.after, change.shards_of("spend")):
        try:
            await standing
        except ConditionFailed:
            # A newer state is there already: this record came late, or a second time.
            continue


consumers: Final[Consumers] = {CustomerAccount: (rank_customer,)}
