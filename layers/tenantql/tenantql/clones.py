"""Clones: what two processes that came out of one must not have in common.

With SnapStart, Lambda starts many instances from one picture of an initialised function's memory;
a fork does the same. By themselves they would draw the same random numbers, read from the same
connections, and take what the original once knew for news.

https://docs.aws.amazon.com/lambda/latest/dg/snapstart-uniqueness.html
"""

import os
import random
from typing import Protocol
from weakref import WeakSet


class Forgetful(Protocol):
    """What keeps something that is one process's own: a connection, a credential, an answer."""

    def forget_all(self) -> None:
        """Lets go of it. Nothing else runs meanwhile; who holds a lock may be gone."""
        ...


_kept: WeakSet[Forgetful] = WeakSet()


def forgets_in_clones(kept: Forgetful) -> None:
    """Has `kept` forget everything whenever the process finds itself a clone, while it is used."""
    _kept.add(kept)


def _begin_anew() -> None:
    # `secrets` and `uuid4` ask the system each time. This is what pauses are drawn from.
    random.seed()
    for kept in tuple(_kept):
        kept.forget_all()


os.register_at_fork(after_in_child=_begin_anew)
try:
    from snapshot_restore_py import register_after_restore
except ImportError:
    pass  # Lambda's runtime brings it. Where it is not, nothing is restored.
else:
    register_after_restore(_begin_anew)
