"""The template's promises, and that breaking each of them is noticed."""

from inspect import getmembers, isfunction
from typing import Final

import pytest

from tests.template import (
    alarm_breakages,
    alarm_checks,
    backup_breakages,
    backup_checks,
    bucket_breakages,
    bucket_checks,
    canary_breakages,
    canary_checks,
    existing_breakages,
    existing_checks,
    function_breakages,
    function_checks,
    issuer_breakages,
    issuer_checks,
    role_breakages,
    role_checks,
    table_breakages,
    table_checks,
    trust_checks,
)
from tests.template.breakage import Breakage, Check
from tests.template.function_checks import FUNCTIONS, aliases
from tests.template.stack import read_template

_NOT_CHECKS: Final = {"references", "aliases", "role_stack", "trusts"}
MODULES: Final = (
    *(role_checks, trust_checks, table_checks, existing_checks, bucket_checks),
    *(function_checks, issuer_checks, backup_checks, alarm_checks, canary_checks),
)
CHECKS: Final[list[Check]] = [
    check
    for module in MODULES
    for name, check in getmembers(module, isfunction)
    if check.__module__ == module.__name__ and not name.startswith("_") and name not in _NOT_CHECKS
]
BREAKAGES: Final[tuple[Breakage, ...]] = (
    *alarm_breakages.BREAKAGES,
    *canary_breakages.BREAKAGES,
    *role_breakages.BREAKAGES,
    *table_breakages.BREAKAGES,
    *existing_breakages.BREAKAGES,
    *bucket_breakages.BREAKAGES,
    *function_breakages.BREAKAGES,
    *issuer_breakages.BREAKAGES,
    *backup_breakages.BREAKAGES,
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_holds(check: Check) -> None:
    assert check(read_template()) == []


@pytest.mark.parametrize("breakage", BREAKAGES, ids=str)
def test_notices(breakage: Breakage) -> None:
    template = read_template()
    breakage.change(template)
    assert template != read_template()
    assert breakage.check(template) != []


def test_every_check_can_fail() -> None:
    assert {check.__name__ for check in CHECKS} == {one.check.__name__ for one in BREAKAGES}


def test_a_parameters_value_alone_moves_no_alias() -> None:
    # SAM hashes names of parameters, not values: hence TENANTQL_SETTINGS. When this fails, the
    # variable has had its day.
    template = read_template()
    assert aliases(template, LogLevel="DEBUG") == aliases(template)


def test_the_revision_of_settings_moves_every_alias() -> None:
    template = read_template()
    before = aliases(template)
    template["Globals"]["Function"]["Environment"]["Variables"]["TENANTQL_SETTINGS"] = "2"
    after = aliases(template)
    assert set(before) == set(FUNCTIONS)
    assert all(after[name] != version for name, version in before.items())
