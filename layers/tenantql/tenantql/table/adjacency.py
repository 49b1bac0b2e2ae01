"""Adjacent sort keys: what one Query reads together, with nothing else between.

A Query reads a stretch of one partition key. Where an item is read along with the entries that sort
right ahead of it, another type of item in between would come with them, and take their place in
the page. So the model refuses to declare one.
"""

from tenantql.table.keys import KeyTemplate

LAST = "\U0010ffff"
"""Sorts after whatever can follow in a key."""


def stands_between(sk: KeyTemplate, follows: str, last: str) -> bool:
    """Whether a key of `sk` can sort from `follows` to `last` without beginning with `follows`."""
    start = sk.prefix({})
    return not start.startswith(follows) and start <= last and start + LAST >= follows


def is_ahead(sk: KeyTemplate, follows: str) -> bool:
    """Whether every key of `sk` begins with `follows`."""
    return sk.prefix({}).startswith(follows)
