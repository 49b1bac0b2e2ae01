"""The checks of `python -m local deploy`, a test each, over one deployed stack."""

import pytest

from local.deployment import Check, Deployment
from local.deployment.checks import CHECKS

pytestmark = pytest.mark.xdist_group("build")


def _id(check: Check) -> str:
    return f"{check.name}, {check.who}"


@pytest.mark.parametrize("check", CHECKS, ids=_id)
def test_the_deployed_stack(check: Check, deployed: Deployment) -> None:
    outcome = check.run(deployed)
    assert outcome.got == outcome.expected


def test_every_check_has_a_name_of_its_own() -> None:
    assert len({_id(check) for check in CHECKS}) == len(CHECKS)
