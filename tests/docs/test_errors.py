"""docs/errors.md has every code that a client can meet, and no other."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from typing import Final

from graphql import EnumTypeDefinitionNode, parse

import tenantql
from local.provision import ROOT
from tenantql.errors import Code, TenantqlError
from tenantql.http.negotiation import GRAPHQL_JSON
from tenantql.http.statuses import Profile, status_of

TEXT: Final = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")


def test_every_code_has_a_section_with_its_status_and_what_to_do() -> None:
    sections = dict(re.findall(r"^### (\w+)\n(.*?)(?=^##)", TEXT, re.MULTILINE | re.DOTALL))
    assert set(sections) == {code.value for code in Code}
    for code in Code:
        status = status_of(Profile.STANDARD, GRAPHQL_JSON, code)
        assert f"Status {status}." in sections[code.value]
        assert "**Do:**" in sections[code.value]


def test_every_user_error_is_explained() -> None:
    document = parse((ROOT / "schema.graphql").read_text(encoding="utf-8"))
    (declared,) = [
        node
        for node in document.definitions
        if isinstance(node, EnumTypeDefinitionNode) and node.name.value == "UserErrorCode"
    ]
    explained = re.findall(r"^\| `([A-Z_]+)` \|", TEXT, re.MULTILINE)
    assert sorted(explained) == sorted(value.name.value for value in declared.values or ())


def own_errors(of: type[TenantqlError] = TenantqlError) -> Iterator[type[TenantqlError]]:
    """Each class of error that the layer has."""
    for each in of.__subclasses__():
        if each.__module__.startswith("tenantql."):
            yield each
        yield from own_errors(each)


def test_every_error_of_ours_is_explained_with_its_code() -> None:
    for module in pkgutil.walk_packages(tenantql.__path__, "tenantql."):
        importlib.import_module(module.name)
    explained = re.findall(r"^\| `([A-Za-z]+)` \| ([A-Z_]+) \|", TEXT, re.MULTILINE)
    assert sorted(explained) == sorted((each.__name__, each.code) for each in own_errors())
