"""docs/table.md: its examples run, from top to bottom, against the local cloud."""

import ast
import inspect
import re
from collections.abc import Iterator
from typing import Any, Final

import pytest

from local.cloud import LocalCloud
from local.provision import ROOT, Provisioned
from tenantql.table import calls
from tenantql.table import entity as entities
from tenantql.table.access import Access, Credentials
from tenantql.table.boto import BotoTransport
from tenantql.table.driving import drive
from tenantql.table.entity import Item, entity_of
from tests.unit.table.packages import DECLARED

TENANT: Final = "acme-in-the-documents"
"""In the place of acme: other tests use the table too."""

DOCUMENT: Final = ROOT / "docs" / "table.md"
FENCE: Final = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks() -> Iterator[tuple[int, str]]:
    """The examples, each with the number of lines before it."""
    text = DOCUMENT.read_text(encoding="utf-8")
    for found in FENCE.finditer(text.partition("\n## Add an entity and a field")[0]):
        yield text.count("\n", 0, found.start(1)), found[1]


@pytest.fixture(autouse=True)
def _own_entities(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    """What the document declares, and not what the tests of this folder do."""
    kept = {item: found for item, found in entities._DECLARED.items() if item not in DECLARED}
    monkeypatch.setattr(entities, "_DECLARED", kept)


def test_the_examples_run(cloud: LocalCloud, stack: Provisioned) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", cloud.endpoint)
        patch.setenv("NO_PROXY", "127.0.0.1")
        transport = BotoTransport(cloud.region)
    root = Credentials(cloud.access_key, cloud.secret_key, None)
    access = Access(stack.data_table, f"TENANT#{TENANT}#", root)
    client: Any = cloud.client("dynamodb")

    def store_as_version_1(contact: Item, name: str) -> None:
        item = entity_of(type(contact)).encode(contact)
        old = {name: value for name, value in item.items() if name not in {"first", "last"}}
        old |= {"name": {"S": name}, "schema_version": {"N": "1"}}
        client.put_item(TableName=access.table, Item=old)

    names: dict[str, Any] = {
        "__name__": "docs_table",
        "access": access,
        "transport": transport,
        "store_as_version_1": store_as_version_1,
    }
    for line, text in blocks():
        code = text.replace("acme", TENANT)
        # The code of a document stands where it stands, so that a failure names its line.
        compiled = compile("\n" * line + code, DOCUMENT, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        if compiled.co_flags & inspect.CO_COROUTINE:
            drive(eval(compiled, names), lambda request: calls.run(transport, request, access))
        else:
            exec(compiled, names)
    assert names["asked"], "the last example was reached"
