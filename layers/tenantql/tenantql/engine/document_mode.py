"""Which documents an endpoint runs. Apart, since settings need this and nothing of the engine."""

from enum import StrEnum


class Mode(StrEnum):
    """Any document; any, and what clients sent is kept by its name; or registered ones alone."""

    ANY = "any"
    AUTOMATIC = "automatic"
    REGISTERED = "registered"
