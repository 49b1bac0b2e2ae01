"""Comparing tables page by page, with answers that are cut off and keys to ask for again."""

from collections.abc import Mapping
from typing import Any

import pytest

from cli.recovery.comparing import Comparison, How, compare
from tests.unit.recovery.fakes import TABLE, TARGET, Client, deployed

PAGE = 3
type Items = list[dict[str, Any]]


class Tables(Client):
    """Two tables whose answers hold little: a few items a page, the first key of a batch."""

    def __init__(self, source: Items, target: Items) -> None:
        super().__init__()
        self._tables = {TABLE: source, TARGET: target}
        self.read = 0

    def scan(self, **given: Any) -> Mapping[str, Any]:
        """A page of a segment: every so-manieth item is of it."""
        assert given["ConsistentRead"] is True
        mine = self._tables[given["TableName"]][given["Segment"] :: given["TotalSegments"]]
        start = given.get("ExclusiveStartKey", {"at": 0})["at"]
        page = mine[start : start + PAGE]
        self.read += len(page)
        more = {"LastEvaluatedKey": {"at": start + PAGE}} if len(mine) > start + PAGE else {}
        return {"Items": page, **more}

    def batch_get_item(self, RequestItems: Any) -> Mapping[str, Any]:  # noqa: N803 - boto3's name
        """The item of the first key; the others are left unprocessed."""
        ((table, request),) = RequestItems.items()
        wanted, *left = request["Keys"]
        found = [
            item
            for item in self._tables[table]
            if (item["PK"], item["SK"]) == (wanted["PK"], wanted["SK"])
        ]
        unprocessed = {table: {**request, "Keys": left}} if left else {}
        return {"Responses": {table: found}, "UnprocessedKeys": unprocessed}


def _item(number: int, **values: Any) -> dict[str, Any]:
    return {"PK": {"S": f"TENANT#acme#USER#{number}"}, "SK": {"S": "USER"}, **values}


def _compare(source: Items, target: Items, how: How = How.FULL) -> Comparison:
    found = deployed(dynamodb=Tables(source, target))
    return compare(found, TABLE, TARGET, how, lambda _: None)


def test_every_page_of_both_is_read() -> None:
    source = [_item(number) for number in range(40)]
    target = [*source[:35], *(_item(number) for number in range(90, 97))]
    found = _compare(source, target)
    assert (found.source, found.target, found.same) == (40, 42, 35)
    assert (found.only_source, found.only_target, found.different) == (5, 7, 0)
    assert found.tenants == {"acme": 12}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"SS": ["a", "b"]}, {"SS": ["b", "a"]}, True),
        ({"SS": ["a", "b"]}, {"SS": ["a"]}, False),
        ({"L": [{"S": "a"}, {"S": "b"}]}, {"L": [{"S": "b"}, {"S": "a"}]}, False),
        ({"M": {"SS": {"S": "a"}}}, {"M": {"SS": {"S": "b"}}}, False),
        ({"M": {"x": {"NS": ["1", "2"]}}}, {"M": {"x": {"NS": ["2", "1"]}}}, True),
        ({"N": "1"}, {"S": "1"}, False),
    ],
)
def test_values_are_compared_as_dynamodb_means_them(one: Any, other: Any, same: bool) -> None:
    found = _compare([_item(1, value=one)], [_item(1, value=other)])
    assert found.agrees is same


def test_a_sample_reads_part_of_the_table() -> None:
    items = [_item(number) for number in range(2_000)]
    tables = Tables(items, items)
    found = compare(deployed(dynamodb=tables), TABLE, TARGET, How.SAMPLE, lambda _: None)
    assert found.agrees
    assert 0 < found.same == tables.read / 2 < len(items) / 5
