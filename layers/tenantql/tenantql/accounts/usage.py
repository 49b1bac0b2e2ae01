"""What the organisation used, day by day (T5), for its administrators and for the platform."""

from datetime import date, timedelta
from typing import Final

from tenantql.engine.binding import QueryType
from tenantql.engine.context import Info
from tenantql.engine.errors import BadUserInput
from tenantql.tenancy.usage import MAX_DAYS, UsageDay, of_days

_query = QueryType()


async def between(tenant: str, first: str, last: str) -> tuple[UsageDay, ...]:
    """The days of `tenant` on which anything was asked for, the newest first.

    One strongly consistent Query. Raises BadUserInput for a range that is empty or too long.
    """
    days = date.fromisoformat(last) - date.fromisoformat(first)
    if not timedelta() <= days < timedelta(days=MAX_DAYS):
        raise BadUserInput(f"from is not after to, and they are 1 to {MAX_DAYS} days in all")
    return (await of_days(tenant, first, last)).items


@_query.field("usage")
async def _resolve_usage(_parent: None, info: Info, **days: str) -> tuple[UsageDay, ...]:
    return await between(info.context.tenant, days["from"], days["to"])


bindables: Final = [_query]
