"""docs/rebuild.md names every type of item: how it is computed anew, or why it is not."""

import re
from importlib import import_module
from pkgutil import walk_packages
from typing import Final

import tenantql
from local.provision import ROOT
from tenantql.commerce.rebuilds import rebuilds
from tenantql.table.entity import declared

ROW: Final = re.compile(r"^\| (.+?) \| (.+?) \|(?: (.+?) \|)?$", re.MULTILINE)
TEXT: Final = (ROOT / "docs" / "rebuild.md").read_text(encoding="utf-8")


# Whatever declares an item, whether something needs it here or not.
for module in walk_packages(tenantql.__path__, "tenantql."):
    import_module(module.name)


def _rows() -> list[tuple[str, str, str]]:
    return [row for row in ROW.findall(TEXT) if not row[0].startswith(("rebuild", "kept", "---"))]


def _types(cell: str) -> set[str]:
    """The types of items in a cell; what follows a colon tells more of one."""
    names = {each.item.__name__ for each in declared().values()}
    return {word for word in re.findall(r"[A-Z]\w+", cell) if word in names}


def test_every_rebuild_stands_there_with_what_it_makes_and_is_made_of() -> None:
    known = {each.name: each for each in rebuilds}
    named: set[str] = set()
    for names, kept, source in _rows():
        if not source:
            continue
        own = [known[name] for name in re.findall(r"`([a-z-]+)`", names)]
        named |= {each.name for each in own}
        assert {kind.__name__ for each in own for kind in each.makes} == _types(kept)
        assert {kind.__name__ for each in own for kind in each.made_of} >= _types(source)
    assert named == known.keys()


def test_every_type_of_item_has_a_rebuild_or_a_reason() -> None:
    made = {kind.__name__ for each in rebuilds for kind in each.makes}
    reasons = [_types(kept) for kept, _, source in _rows() if not source]
    ours = {
        each.item.__name__
        for each in declared().values()
        if each.item.__module__.startswith("tenantql.")
    }
    assert made | set[str]().union(*reasons) == ours
