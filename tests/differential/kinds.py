"""The kinds of cases."""

import gc
import sys
import warnings
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Final

from tests.differential.built import built_subject
from tests.differential.cases import Cases, Subject, random_subject
from tests.differential.own import own_subject, shop_subject

KINDS: Final[Mapping[str, Callable[[int], Subject]]] = {
    "random": random_subject,
    "own": own_subject,
    "shop": shop_subject,
    "built": built_subject,
}
"""Random schemas; our schemas with resolvers that answer anything; the tenants' in a small shop;
and that compiled as when the layer is built."""


@contextmanager
def cases(kind: str) -> Generator[Cases]:
    """Cases of a kind.

    What graphql-core has begun and gives up is never awaited, which Python warns of when it
    collects it. What of ours is left behind, `Cases` tells.
    """
    made = Cases(KINDS[kind])
    hook = sys.unraisablehook
    sys.unraisablehook = lambda _: None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            yield made
            # Some of it is in cycles, and would be collected in a later test.
            gc.collect()
    finally:
        sys.unraisablehook = hook
        made.close()
