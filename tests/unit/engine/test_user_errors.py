"""User errors: what a caller can put right is in the payload, everything else is raised."""

import asyncio
import inspect
from typing import Any

import pytest

from tenantql.engine.user_errors import Problem, UserError, payload
from tenantql.errors import Code
from tenantql.table.errors import Conflict

TAKEN = Problem("TAKEN", "This email is taken.", ("email",))
INVALID = Problem("INVALID", "A name is needed.", ("name",))


@payload("user")
async def resolve(_parent: None, _info: None, *, outcome: Any) -> Any:
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def run(outcome: Any) -> dict[str, Any]:
    return asyncio.run(resolve(None, None, outcome=outcome))


def test_a_result_is_a_field_of_the_payload() -> None:
    assert run("ada") == {"user": "ada", "user_errors": []}


def test_problems_are_in_the_payload() -> None:
    assert run(UserError([TAKEN, INVALID])) == {"user": None, "user_errors": [TAKEN, INVALID]}


def test_anything_else_is_raised() -> None:
    with pytest.raises(Conflict):
        run(Conflict("in the way"))
    with pytest.raises(KeyError):
        run(KeyError("a defect"))


def test_outside_of_a_payload_it_is_bad_input() -> None:
    error = UserError([TAKEN, INVALID])
    assert error.code is Code.BAD_USER_INPUT
    assert str(error) == TAKEN.message


def test_the_engine_still_sees_a_coroutine() -> None:
    assert inspect.iscoroutinefunction(resolve)
    assert resolve.__name__ == "resolve"
