"""A run goes on over what cannot be looked at, and tells it."""

from copy import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from cli.diagnosing import exit_code
from cli.doctor.findings import Check, Found, Result, Severity, Unchecked
from cli.doctor.running import CHECKS, examine
from cli.stack import StackError
from tests.unit.doctor.stubs import deployed

DENIED = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetRole")
GONE = EndpointConnectionError(endpoint_url="https://iam")


def check(id: str, *found: Found, error: Exception | None = None) -> Check:
    def look(_stack: object) -> list[Found]:
        if error is not None:
            raise error
        return list(found)

    return replace(CHECKS[0], id=id, severity=Severity.FAULT, look=look)


WRONG = check("wrong", Found("A", "is wrong"))
NOTED = check("noted", Found("A", "is so", Severity.NOTE))
RIGHT = check("right")
DARK = check("dark", error=Unchecked("needs a right"))


def results(*checks: Check, accepted: tuple[str, ...] = ()) -> list[Result]:
    return list(examine(deployed({}), checks, accepted))


@pytest.mark.parametrize(
    "error", [DENIED, GONE, Unchecked("no"), StackError("no"), KeyError("TenantRoleArn")]
)
def test_what_cannot_be_looked_at_is_told_and_the_rest_goes_on(error: Exception) -> None:
    first, second = results(check("dark", error=error), WRONG)
    assert (bool(first.unchecked), first.found) == (True, ())
    assert second.found


def test_a_defect_of_ours_is_no_finding() -> None:
    with pytest.raises(ZeroDivisionError):
        results(check("defect", error=ZeroDivisionError()))


@pytest.mark.parametrize(
    ("checks", "accepted", "code"),
    [
        ((RIGHT,), (), 0),
        ((RIGHT, NOTED), (), 0),
        ((RIGHT, WRONG), (), 1),
        ((WRONG,), ("wrong",), 0),
        ((WRONG, DARK), (), 1),
        ((RIGHT, DARK), (), 2),
        ((WRONG, DARK), ("wrong",), 2),
        ((DARK,), ("dark",), 0),
    ],
)
def test_exit_codes(checks: tuple[Check, ...], accepted: tuple[str, ...], code: int) -> None:
    assert exit_code(results(*checks, accepted=accepted)) == code


def test_each_check_has_an_id_of_its_own() -> None:
    ids: list[Any] = [each.id for each in CHECKS]
    assert len(ids) == len({*ids})
