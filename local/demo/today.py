"""The day that the demonstration data is told from."""

from datetime import UTC, datetime, timedelta
from typing import Final

TODAY: Final = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
"""Fixed, so that ids and dates never change."""


def ago(before: timedelta) -> str:
    """A moment before that day."""
    return (TODAY - before).isoformat()
