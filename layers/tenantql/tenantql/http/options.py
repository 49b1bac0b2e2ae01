"""What a deployment chooses of the endpoint's HTTP."""

from typing import Final

import msgspec

from tenantql.http.statuses import Profile


class HttpOptions(msgspec.Struct, frozen=True):
    """The settings of GraphQL over HTTP; docs/http.md explains each.

    `max_batch` is the number of operations that one request may have; below 2, a list is refused.
    `require_preflight` asks every GET for a header that no page can send to another site unasked.
    """

    statuses: Profile = Profile.STANDARD
    max_batch: int = 0
    require_preflight: bool = False


DEFAULTS: Final = HttpOptions()
