"""Time, ids and chances from a seed, so that what happened once can be looked at again."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime, tzinfo
from random import Random

import pytest

from tenantql.commerce import revenue
from tenantql.engine import context, ulids
from tenantql.table import retries


@contextmanager
def repeatable(chance: Random, now: Callable[[], datetime]) -> Generator[None]:
    """Within it operations have the time that `now` gives, draw from `chance`, and do not wait."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # pyright: ignore[reportIncompatibleMethodOverride] - UTC
            del tz
            return now()

    def token_hex(_bytes: int | None = None) -> str:
        return f"{chance.getrandbits(64):x}"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(context, "datetime", Clock)
        patch.setattr(ulids.secrets, "randbits", chance.getrandbits)
        patch.setattr(revenue.secrets, "token_hex", token_hex)
        patch.setattr(retries, "FIRST_PAUSE", 0)
        yield
