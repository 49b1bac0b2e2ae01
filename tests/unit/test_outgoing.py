"""No address that the functions call comes from a client, and no code that they run."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from graphql import GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType, build_schema

import tenantql
from tenantql.engine.schema import PLATFORM_SCHEMA, TENANT_SCHEMA, read_schema

LAYER: Final = Path(tenantql.__path__[0])
CONNECT: Final = {
    *("socket", "ssl", "http", "urllib", "urllib3", "requests", "httpx", "boto3", "botocore"),
    *("ftplib", "smtplib", "subprocess"),
}
"""What a module has to import to reach another machine, or to start something that does."""

CONNECTING: Final = {"table/boto.py", "table/direct", "tenancy/sts.py"}
"""DynamoDB by either transport, the function's own credentials, and STS."""

ADDRESS: Final = re.compile(r"ur[il]$|^ur[il]|host|endpoint|hook|callback|redirect", re.IGNORECASE)

RUNNING: Final = re.compile(
    r"(?<![\w.])(?:eval|exec|compile|__import__)\(|\bpickle\b|\bos\.(?:system|popen|exec|spawn)"
)


def imported(source: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield (node.module or "").partition(".")[0]


def test_few_modules_connect_to_anything() -> None:
    sources = {path.relative_to(LAYER): path for path in LAYER.rglob("*.py")}
    connecting = {name for name, path in sources.items() if CONNECT.intersection(imported(path))}
    places = {place for place in CONNECTING for name in connecting if name.is_relative_to(place)}
    assert places == CONNECTING
    assert [name for name in connecting if not any(map(name.is_relative_to, places))] == []


def test_four_modules_run_what_was_made() -> None:
    """Of the names in a class and its keys, of valid documents, and of the build's own schema."""
    found = {
        path.relative_to(LAYER).as_posix()
        for path in LAYER.rglob("*.py")
        if RUNNING.search(path.read_text(encoding="utf-8"))
    }
    made_of_names = {"table/decoding.py", "table/keys.py"}
    assert found == {*made_of_names, "engine/compiling/linking.py", "engine/schema.py"}


@pytest.mark.parametrize("schema", [TENANT_SCHEMA, PLATFORM_SCHEMA])
def test_no_input_is_an_address(schema: str) -> None:
    inputs: list[str] = []
    for each in build_schema(read_schema(schema)).type_map.values():
        if each.name.startswith("__"):
            continue
        if isinstance(each, GraphQLInputObjectType):
            inputs += each.fields
        elif isinstance(each, GraphQLObjectType | GraphQLInterfaceType):
            inputs += [name for field in each.fields.values() for name in field.args]
    assert len(inputs) > 5
    assert [name for name in inputs if ADDRESS.search(name)] == []
