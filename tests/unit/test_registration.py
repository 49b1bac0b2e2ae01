"""Registration: files become documents by their hash, or end the build with what is wrong."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from graphql import GraphQLObjectType, print_schema

from local.provision import ROOT
from tenantql import registered as reading
from tenantql import schemas
from tenantql.engine.ahead import module_name
from tenantql.engine.schema import parsed
from tenantql.registered import registered
from tenantql.registration import RegistrationError, documents_of
from tenantql.schemas import MANIFEST, OPERATORS, PARSED, SCHEMAS, TENANTS, ShippedSchema

LAYER = ROOT / "layers" / "tenantql"
NAME = "query Name { organisation { name } }\n"
SLUG = "query Slug { organisation { slug } }"


def _in(folder: Path) -> Callable[[str], bytes]:
    """In place of a layer's files."""

    def shipped(name: str) -> bytes:
        return (folder / name).read_bytes()

    return shipped


def hash_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def written(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name.replace("_", ".")
        path.write_bytes(text.encode())
    return folder


def test_a_file_is_a_document_to_the_byte(tmp_path: Path) -> None:
    crlf = NAME.replace("\n", "\r\n")
    found = documents_of(written(tmp_path, a_graphql=NAME, b_graphql=crlf, c_md="no"), TENANTS)
    assert found == {hash_of(NAME): NAME, hash_of(crlf): crlf}


@pytest.mark.parametrize("prefix", ["", "sha256:"])
def test_a_manifest_of_the_clients_compiler(tmp_path: Path, prefix: str) -> None:
    manifest = json.dumps({prefix + hash_of(text): text for text in (NAME, SLUG)})
    found = documents_of(written(tmp_path, persisted_json=manifest), TENANTS)
    assert found == {hash_of(NAME): NAME, hash_of(SLUG): SLUG}


def test_a_folder_that_is_not_there_has_none(tmp_path: Path) -> None:
    assert documents_of(tmp_path / "nothing", TENANTS) == {}


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"a_graphql": "{ organisation { nothing } }"}, "Cannot query field 'nothing'"),
        ({"a_graphql": "{"}, "Syntax Error"),
        ({"a_graphql": ""}, "Syntax Error"),
        ({"a_graphql": '{ tenant(id: "a") { id } }'}, "Cannot query field 'tenant'"),
        ({"a_json": "{"}, "neither UTF-8 nor JSON"),
        ({"a_json": "[]"}, "not an object"),
        ({"a_json": json.dumps({"0": NAME})}, "0 is not the SHA-256"),
        ({"a_json": json.dumps({hash_of(NAME): 1})}, "is not the SHA-256"),
        ({"a_json": json.dumps({hash_of("{"): "{"})}, "Syntax Error"),
    ],
)
def test_what_cannot_be_registered_is_named(
    tmp_path: Path, files: dict[str, str], problem: str
) -> None:
    with pytest.raises(RegistrationError, match=problem) as raised:
        documents_of(written(tmp_path, **files), TENANTS)
    assert str(tmp_path / "a.") in str(raised.value)


def test_the_operators_have_a_schema_of_their_own(tmp_path: Path) -> None:
    text = '{ tenant(id: "a") { id } }'
    assert documents_of(written(tmp_path, a_graphql=text), OPERATORS) == {hash_of(text): text}


def test_what_this_project_registers_is_valid() -> None:
    for name, endpoint in SCHEMAS.items():
        folder = ROOT / "operations" / name
        texts = [path.read_bytes().decode() for path in folder.glob("*.graphql")]
        assert registered(endpoint) == {hash_of(text): text for text in texts}
        assert texts


def test_a_built_layer_reads_what_the_build_wrote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = json.dumps({"graphql": {hash_of(NAME): NAME}, "platform": {}})
    (tmp_path / MANIFEST).write_text(content, encoding="utf-8")
    monkeypatch.setattr(reading, "shipped", _in(tmp_path))
    assert registered(TENANTS) == {hash_of(NAME): NAME}
    assert registered(OPERATORS) == {}


def build(source: Path, package: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tenantql.registration", source, package],
        env={**os.environ, "PYTHONPATH": str(LAYER)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_build_writes_a_manifest_and_modules_or_fails(tmp_path: Path) -> None:
    package, folder = tmp_path / "package", tmp_path / "operations" / TENANTS.function
    package.mkdir()
    folder.mkdir(parents=True)
    of_schema = "{ __schema { queryType { name } } }"
    written(folder, a_graphql=NAME, s_graphql=of_schema)
    done = build(folder.parent, package)
    assert done.returncode == 0
    whole = json.loads((package / MANIFEST).read_text(encoding="utf-8"))
    assert whole == {"graphql": {hash_of(each): each for each in (NAME, of_schema)}, "platform": {}}
    for schema in SCHEMAS.values():
        assert (package / f"{schema.file}{PARSED}").read_bytes() == parsed(schema.text())
    (module,) = (package / "ahead" / "graphql").glob("d*.py")
    assert module.stem == module_name(hash_of(NAME))
    assert f"'{of_schema}' is not compiled ahead: it asks for the schema" in done.stderr
    written(folder, b_graphql="{ nothing }")
    failed = build(folder.parent, package)
    assert failed.returncode == 1
    assert "b.graphql: Cannot query field 'nothing'" in failed.stderr
    assert "Traceback" not in failed.stderr


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_a_built_layer_has_the_same_schema_without_reading_its_text(
    schema: ShippedSchema, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_text = schema.executable()
    files = {f"{schema.file}{PARSED}": parsed(schema.text())}
    monkeypatch.setattr(schemas, "shipped", files.get)
    found = schema.executable()
    assert print_schema(found) == print_schema(of_text)
    for name, type in of_text.type_map.items():
        assert type.extensions.keys() == found.type_map[name].extensions.keys()
        if isinstance(type, GraphQLObjectType):
            bound = {each: field.extensions for each, field in type.fields.items()}
            same = found.get_type(name)
            assert isinstance(same, GraphQLObjectType)
            assert {each: field.extensions for each, field in same.fields.items()} == bound
