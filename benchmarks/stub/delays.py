"""How late the stand-in answers, in seconds."""

from typing import Final

AT_ONCE: Final = 0.0
IN_REGION: Final = 0.004
"""About what DynamoDB takes, seen from a function in its region."""

DELAYS: Final = (AT_ONCE, IN_REGION)
