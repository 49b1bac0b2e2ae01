"""Each mend makes a difference: with it the answer is AWS's, without it the answer is wrong.

A failure of the second kind means that ministack has closed the gap itself, or that the probe no
longer shows it: the mend can go, or the probe has to be mended.
"""

from collections.abc import Iterator

import pytest

from local.cloud import LocalCloud
from local.cloud.mends import MENDS
from tests.cloud.probes import PROBES, Probe

ALL = [
    pytest.param(mend, probe, id=f"{mend}-{probe.__name__}")
    for mend in MENDS
    for probe in PROBES[mend]
]


@pytest.fixture(scope="module")
def cloud_without(request: pytest.FixtureRequest) -> Iterator[LocalCloud]:
    """A local cloud without one mend, started once for all its probes."""
    with LocalCloud(without=(request.param,)) as running:
        yield running


def test_every_mend_has_a_probe() -> None:
    assert set(PROBES) == set(MENDS)


@pytest.mark.parametrize(("mend", "probe"), ALL)
def test_with_all_mends_the_answer_is_right(cloud: LocalCloud, mend: str, probe: Probe) -> None:
    assert probe(cloud) is True


@pytest.mark.parametrize(("cloud_without", "probe"), ALL, indirect=["cloud_without"])
def test_without_the_mend_the_answer_is_wrong(cloud_without: LocalCloud, probe: Probe) -> None:
    assert probe(cloud_without) is False
