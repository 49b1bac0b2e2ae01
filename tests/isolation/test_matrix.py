"""Every row of the isolation matrix, against the stack of template.yaml in the local cloud.

One test for each kind of credentials and request type; a failure names each of its rows.
"""

import functools
from collections.abc import Callable, Iterable

import pytest

from local.isolation.matrix import FEW_SITUATIONS, OF_RECORDS, SOME_RECORDS, rows
from local.isolation.request_types import RequestType
from local.isolation.requests import REQUESTS
from local.isolation.rules import WIDENED, Who
from local.isolation.runner import Verdict
from local.isolation.situations import SITUATIONS, Place
from local.isolation.verification import Verification

CASES = [
    pytest.param(
        *(who, request),
        id=f"{who}-{request.name}",
        # The rows of one kind of credentials are run together.
        marks=pytest.mark.xdist_group(f"isolation-{who}"),
    )
    for who in Who
    for request in REQUESTS
    if any(rows([who], [request]))
]


def wrong(verdicts: Iterable[Verdict]) -> list[str]:
    return [str(verdict) for verdict in verdicts if verdict.problem]


@pytest.fixture(scope="module")
def verdicts_of(deployed: Verification) -> Callable[[Who], list[Verdict]]:
    """All rows of one kind of credentials, sent when they are first asked for."""

    @functools.cache
    def of(who: Who) -> list[Verdict]:
        return list(deployed.verdicts(rows([who])))

    return of


@pytest.mark.pattern("T11")
@pytest.mark.parametrize(("who", "request_type"), CASES)
def test_matrix(
    verdicts_of: Callable[[Who], list[Verdict]], who: Who, request_type: RequestType
) -> None:
    found = [each for each in verdicts_of(who) if each.row.request is request_type]
    assert {each.row.name for each in found} == {row.name for row in rows([who], [request_type])}
    assert wrong(found) == []


def test_the_second_evaluator_says_the_same_of_every_row(deployed: Verification) -> None:
    opinions = list(deployed.opinions(rows()))
    assert len(opinions) == sum(row.who is not Who.ACCOUNT for row in rows())
    assert [each.row.name for each in opinions if not each.agrees] == []


def test_copies_of_the_roles_answer_as_the_roles_do(copied: Verification) -> None:
    """The way in which the matrix is run on AWS, for a part of the rows: each kind of answer."""
    chosen = [request for request in REQUESTS if request.name in SAMPLED]
    assert len(chosen) == len(SAMPLED)
    who = (Who.READ, Who.ROLE, Who.WRITE_POLICY, Who.PLATFORM, Who.PLATFORM_FUNCTION)
    assert wrong(copied.verdicts(rows(who, chosen))) == []


SAMPLED = {"GetItem", "Query GSI1", "Query platform", "UpdateItem, ALL_OLD", "BatchWriteItem Put"}


FIRST_OF_TABLES = [next(each for each in SITUATIONS if each.place is place) for place in Place]


def test_the_matrix_is_complete() -> None:
    """What a row is left out for is the reason given here, and no other."""
    made = {(row.who, row.request.name, row.situation.name) for row in rows()}
    for who in set(Who) - WIDENED - FEW_SITUATIONS:
        for request in REQUESTS:
            for situation in SITUATIONS:
                impossible = (
                    # One item is not a mixture of two.
                    (situation.mixed and not request.several)
                    # The control table has no index.
                    or (situation.place is Place.CONTROL and request.index is not None)
                    # A request without a key is the same in each situation of a table.
                    or (not request.keys and situation not in FIRST_OF_TABLES)
                    # Who has no right to the control table has none to any record.
                    or (situation in SOME_RECORDS and who not in OF_RECORDS)
                    # Only a write of an index key, or a read of an index, meets a planted one.
                    or (situation.planted is not None and not request.plants and not request.index)
                )
                row = (who, request.name, situation.name)
                assert (row in made) != impossible, row


def test_every_kind_of_credentials_has_both_answers() -> None:
    """So that none is denied everything because it does not work at all."""
    for who in Who:
        answers = {row.allowed for row in rows([who])}
        assert answers == ({True} if who is Who.ACCOUNT else {True, False}), who


def test_rows_are_listed_once() -> None:
    made = [(row.who, row.request.name, row.situation.name) for row in rows()]
    assert len(made) == len(set(made))
    assert len(made) > 5000
