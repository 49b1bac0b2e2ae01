"""When a release publishes: nothing changed, nothing moves; any source changed, its alias moves."""

from typing import Final

import pytest

from local.build import BuiltApplication
from local.template import Template
from tests.build.artifacts import Part, functions, layer
from tests.build.conftest import Copy
from tests.template.function_checks import aliases
from tests.template.stack import Node

pytestmark = pytest.mark.xdist_group("build")

CHANGED_FUNCTION: Final = "StreamFunction"


@pytest.fixture(scope="module")
def unchanged(copy: Copy) -> dict[str, str]:
    """Digests of what is built of the copy."""
    return _digests(copy.build())


@pytest.fixture(scope="module")
def changed(copy: Copy, unchanged: dict[str, str]) -> dict[str, str]:
    """The same, built again with SAM's cache, after a change of one function and the schema.

    The schema is a link that leads out of the layer's folder.
    """
    assert unchanged
    schema = copy.sources / "schema.graphql"
    schema.write_text(schema.read_text(encoding="utf-8") + "\nscalar Added\n", encoding="utf-8")
    app = copy.sources / "functions" / "stream" / "app.py"
    app.write_text(app.read_text(encoding="utf-8") + "\nADDED = 1\n", encoding="utf-8")
    return _digests(copy.build())


def _digests(application: BuiltApplication) -> dict[str, str]:
    folders: dict[str, Part] = {"TenantqlLayer": layer(application), **functions(application)}
    return {name: part.digest() for name, part in folders.items()}


def _versions(built: BuiltApplication, digests: dict[str, str]) -> dict[str, str]:
    """Where each alias points after sam package, which names what it uploads by its content."""
    template: Node = Template.read(built.template).body
    for name, digest in digests.items():
        properties = template["Resources"][name]["Properties"]
        place = "ContentUri" if name == "TenantqlLayer" else "CodeUri"
        assert place in properties
        properties[place] = f"s3://artifacts/{digest}"
    return aliases(template)


def test_the_same_sources_in_another_folder_give_the_same_bytes(
    built: BuiltApplication, unchanged: dict[str, str]
) -> None:
    assert unchanged == _digests(built)


def test_a_cached_build_takes_up_what_changed_and_that_alone(
    unchanged: dict[str, str], changed: dict[str, str]
) -> None:
    different = {name for name in unchanged if unchanged[name] != changed[name]}
    assert different == {"TenantqlLayer", CHANGED_FUNCTION}


def test_without_a_change_no_alias_moves(
    built: BuiltApplication, unchanged: dict[str, str]
) -> None:
    assert _versions(built, unchanged) == _versions(built, _digests(built))


def test_a_changed_layer_moves_every_alias(
    built: BuiltApplication, unchanged: dict[str, str], changed: dict[str, str]
) -> None:
    before = _versions(built, unchanged)
    after = _versions(built, {**unchanged, "TenantqlLayer": changed["TenantqlLayer"]})
    assert set(before) == set(built.functions)
    assert {name for name in before if before[name] != after[name]} == set(built.functions)


def test_changed_code_moves_the_alias_of_its_function(
    built: BuiltApplication, unchanged: dict[str, str], changed: dict[str, str]
) -> None:
    before = _versions(built, unchanged)
    after = _versions(built, {**unchanged, CHANGED_FUNCTION: changed[CHANGED_FUNCTION]})
    assert {name for name in before if before[name] != after[name]} == {CHANGED_FUNCTION}
