"""How probes are registered."""

from collections.abc import Callable

from local.cloud import LocalCloud

type Probe = Callable[[LocalCloud], bool]

PROBES: dict[str, list[Probe]] = {}
"""The probes by the mend that each depends on."""


def probe(mend: str) -> Callable[[Probe], Probe]:
    """Register a probe of `mend`."""

    def register(function: Probe) -> Probe:
        PROBES.setdefault(mend, []).append(function)
        return function

    return register
