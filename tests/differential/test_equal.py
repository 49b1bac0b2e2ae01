"""Compiled operations answer what graphql-core's executor answers.

`python -m tests.differential --help` runs more of them, and one again.
"""

import pytest

from tests.differential.comparing import Equal
from tests.differential.kinds import cases

CHUNK = 1_000
CHUNKS = [
    *(("random", number) for number in range(10)),
    *(("own", number) for number in range(8)),
    ("shop", 0),
    ("built", 1),
]


@pytest.mark.parametrize(("kind", "chunk"), CHUNKS)
def test_answers_are_equal(kind: str, chunk: int) -> None:
    with cases(kind) as running:
        for number in range(chunk * CHUNK, (chunk + 1) * CHUNK):
            running.run(number)
    assert sum(running.equal.values()) == CHUNK
    # They were worth comparing, and nearly all could be compared to the letter.
    assert min(running.seen["data"], running.seen["errors"]) > CHUNK / 5, running.seen
    assert running.equal[Equal.RACED] < CHUNK / 50, running.equal
    assert running.equal[Equal.REORDERED] < CHUNK / 50, running.equal
