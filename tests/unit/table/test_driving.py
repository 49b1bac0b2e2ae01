"""Driving without an event loop: each request is answered where it was awaited."""

import asyncio
from typing import Any

import pytest

from tenantql.table.driving import drive
from tenantql.table.entity import Key
from tenantql.table.errors import Conflict, ModelError
from tenantql.table.requests import AnyRequest, Get, together
from tests.unit.table.packages import Package


def get(id: str) -> Get[Package]:
    return Get(Package, Key(f"TENANT#acme#PACKAGE#{id}", "PACKAGE"))


def by_key(request: AnyRequest) -> Any:
    assert isinstance(request, Get)
    return request.key.pk[-1]


async def one_after_another() -> list[Any]:
    return [await get("1"), await get("2")]


def test_answers_come_back_where_they_were_awaited() -> None:
    assert drive(one_after_another(), by_key) == ["1", "2"]


def test_requests_together_are_answered_in_their_order() -> None:
    async def both() -> tuple[Any, ...]:
        return await together([get("2"), get("1"), get("2")])

    assert drive(both(), by_key) == ("2", "1", "2")


@pytest.mark.parametrize("error", [Conflict("in the way"), KeyError("a defect")])
def test_a_failure_is_raised_where_it_was_awaited(error: Exception) -> None:
    def fails(request: AnyRequest) -> Any:
        if request == get("2"):
            raise error
        return "found"

    async def careful() -> Exception | None:
        try:
            await one_after_another()
        except type(error) as caught:
            return caught
        return None

    assert drive(careful(), fails) is error
    with pytest.raises(type(error)):
        drive(one_after_another(), fails)


def test_what_a_coroutine_raises_comes_out() -> None:
    async def broken() -> None:
        await get("1")
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        drive(broken(), by_key)


def test_only_requests_are_awaited() -> None:
    closed = list[str]()

    async def waits() -> None:
        try:
            await asyncio.sleep(0)
        finally:
            closed.append("closed")

    with pytest.raises(ModelError, match="a NoneType was awaited, which is not a request"):
        drive(waits(), by_key)
    assert closed == ["closed"]
