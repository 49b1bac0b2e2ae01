"""What refusing a malicious document costs, beside a request that reads one object.

Each document comes with another comment each time, so that none is answered from memory.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from itertools import count
from typing import Final

from graphql import GraphQLError, Lexer, Source, TokenKind
from rich.progress import Progress
from rich.table import Table

from benchmarks import cases, sides
from benchmarks.report import Findings, Target, new_table
from benchmarks.requests import asking
from benchmarks.stub.process import Stub
from benchmarks.timing import Ask, Timing, interleaved
from tenantql.engine.limits import MAX_CHARACTERS, MAX_TOKENS
from tenantql.engine.operations import Engine, InvalidOperation
from tenantql.engine.schema import TENANT_SCHEMA, bind_schema, read_schema
from tests.unit.engine.test_limits import MALICIOUS
from tests.unit.schemas import SHIPPED

NORMAL: Final = "A, answered"

MOST: Final = 10.0
"""What the worst of them may cost, in normal requests."""


def run(stub: Stub, repeat: int, progress: Progress) -> Findings:
    """Times the refusal of each document. Raises ValueError for one that is not refused."""
    function, settings = sides.SIDES[sides.OURS]
    answer = sides.handler(function, stub.urls[cases.A.delay], **settings)
    engine = Engine(bind_schema(read_schema(TENANT_SCHEMA), SHIPPED[TENANT_SCHEMA]))
    numbers = count()
    asks: dict[str, Ask] = {NORMAL: asking(answer, cases.A)}
    asks |= {name: _refusing(engine, text, numbers) for name, text in MALICIOUS.items()}
    found = interleaved(asks, min(repeat, 50), progress, "Refusals")
    worst = max(found[name].p50 for name in MALICIOUS) / found[NORMAL].p50
    target = Target("refusing the worst document, over a request", worst, MOST)
    return Findings([_table(found)], {name: asdict(each) for name, each in found.items()}, [target])


def _refusing(engine: Engine, text: str, numbers: Iterator[int]) -> Ask:
    def refuse() -> None:
        try:
            engine.prepare(f"{text} # {next(numbers)}", None)
        except InvalidOperation:
            return
        raise ValueError(f"not refused: {text[:80]}")

    return refuse


def _table(found: Mapping[str, Timing]) -> Table:
    table = new_table("Refusing malicious documents", "", "tokens", "p10 ms", "p50 ms", "x request")
    normal = found[NORMAL].p50
    for name, timing in sorted(found.items(), key=lambda each: each[1].p50):
        tokens = str(_lexed(MALICIOUS[name])) if name in MALICIOUS else ""
        ratio = f"{timing.p50 / normal:.2f}"
        table.add_row(name, tokens, f"{timing.p10:.2f}", f"{timing.p50:.2f}", ratio)
    return table


def _lexed(text: str) -> int:
    """How many tokens are read of a document, at the most."""
    if len(text) > MAX_CHARACTERS:
        return 0
    lexer, tokens = Lexer(Source(text)), 0
    with suppress(GraphQLError):
        while tokens <= MAX_TOKENS and lexer.advance().kind is not TokenKind.EOF:
            tokens += 1
    return tokens
