"""docs/load/scaling.md and the settings in template.yaml and infra/terraform: as derived."""

from collections.abc import Mapping, Sequence

import pytest

from benchmarks.scaling import page, settings, writing
from benchmarks.scaling.demand import SIZES
from benchmarks.scaling.settings import COOLDOWN_IN, TARGET, chosen, limits
from benchmarks.scaling.tracking import Followed
from cli.cost import prices
from local.provision import TEMPLATE

STALE = "out of date: make scaling"


@pytest.fixture(scope="module")
def tried() -> Mapping[tuple[float, int], Sequence[Followed]]:
    return {
        (target, cooldown): found for target, cooldown, found in settings.tried(settings.days())
    }


def test_the_page_is_what_make_scaling_makes(
    tried: Mapping[tuple[float, int], Sequence[Followed]],
) -> None:
    text = page.FILE.read_text(encoding="utf-8")
    assert page.page(tried, prices.load(), page.PICTURE) == text, STALE
    assert page.PICTURE.exists()


def test_target_and_cooldown_are_those_that_hold_best(
    tried: Mapping[tuple[float, int], Sequence[Followed]],
) -> None:
    assert chosen((*pair, found) for pair, found in tried.items()) == (TARGET, COOLDOWN_IN)


def test_the_template_has_the_limits() -> None:
    text = TEMPLATE.read_text(encoding="utf-8")
    assert writing.template(text) == text, STALE
    with pytest.raises(ValueError, match="0 mappings DataTableRead"):
        writing.template(text.replace("  DataTableRead:", "  DataTableReads:"))


def test_terraform_has_the_limits() -> None:
    assert writing.CAPACITY.read_bytes() == writing.capacity(), STALE


def test_limits_grow_with_the_traffic() -> None:
    small, middle, large = (limits(size) for size in SIZES)
    for part, found in small.items():
        assert 1 <= found.least <= found.most, part
        assert found.least <= middle[part].least <= large[part].least, part
        assert found.most <= middle[part].most <= large[part].most, part
    assert large["table", "Write"].most > 50 * small["table", "Write"].most
