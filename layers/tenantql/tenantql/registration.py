"""Registration: a folder of operations becomes the documents that clients may name.

    python -m tenantql.registration FOLDER PACKAGE    (what the layer's makefile runs)

A folder holds one for each endpoint, named as its function is: `*.graphql` files of one document
each, and `*.json` files as relay-compiler and GraphQL Code Generator write them, which map an id to
a document. An id is the SHA-256 of the text, to the byte. Each document has to be valid, so a
schema that breaks a client's operation breaks the build; so does a schema that its resolvers do not
fit. What is valid is compiled ahead (`tenantql.engine.ahead`).
"""

import json
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

from tenantql.engine.ahead import module_name
from tenantql.engine.compiling.bindings import Bindings
from tenantql.engine.compiling.modules import NotWritable, module_of
from tenantql.engine.document_hash import document_hash
from tenantql.engine.errors import SchemaError
from tenantql.engine.operations import InvalidOperation
from tenantql.engine.preparing import Preparation
from tenantql.engine.schema import parsed
from tenantql.schemas import AHEAD, MANIFEST, PARSED, SCHEMAS, Manifest, ShippedSchema


class RegistrationError(Exception):
    """Raised for a file that cannot be registered; the message names it and says why."""


def documents_of(folder: Path, schema: ShippedSchema) -> Manifest:
    """The valid documents of a folder, which need not be there. Raises RegistrationError."""
    found: Manifest = {}
    for path in sorted(folder.glob("*")):
        for name, text in _texts(path):
            if problem := _problem(_preparation(schema.function), text):
                raise RegistrationError(f"{path}: {problem}")
            found[name] = text
    return found


@cache
def _preparation(function: str) -> Preparation:
    return Preparation(SCHEMAS[function].executable(), introspection=True)


def _texts(path: Path) -> Iterator[tuple[str, str]]:
    """The documents of a file with their ids."""
    try:
        text = path.read_bytes().decode()
        entries: Any = json.loads(text) if path.suffix == ".json" else {}
    except ValueError:
        raise RegistrationError(f"{path}: neither UTF-8 nor JSON") from None
    if path.suffix == ".graphql":
        yield document_hash(text), text
    elif path.suffix == ".json":
        if not isinstance(entries, dict):
            raise RegistrationError(f"{path}: not an object of ids and documents")
        for name, document in cast("Mapping[str, object]", entries).items():
            if not isinstance(document, str) or document_hash(document) != name.removeprefix(
                "sha256:"
            ):
                raise RegistrationError(f"{path}: {name} is not the SHA-256 of its document")
            yield document_hash(document), document


def _problem(preparation: Preparation, text: str) -> str | None:
    try:
        preparation.operations(text)
    except InvalidOperation as error:
        return str(error)
    return None


def main(source: str, package: str) -> None:
    """Writes the manifest of all endpoints, and their schemas and modules of their documents.

    Ends the process for what cannot be registered.
    """
    try:
        found = {name: documents_of(Path(source) / name, each) for name, each in SCHEMAS.items()}
        for name, each in SCHEMAS.items():
            _preparation(name)  # Whatever is wrong with it is said now.
            Path(package, f"{each.file}{PARSED}").write_bytes(parsed(each.text()))
    except (RegistrationError, SchemaError) as error:
        sys.exit(f"operations: {error}")
    Path(package, MANIFEST).write_text(json.dumps(found, sort_keys=True), encoding="utf-8")
    ahead = Path(package, AHEAD.rpartition(".")[2])
    for function, documents in found.items():
        for name, text in documents.items():
            _compile(ahead / function / f"{module_name(name)}.py", function, text)


def _compile(path: Path, function: str, text: str) -> None:
    try:
        Bindings(SCHEMAS[function].bindables, lambda: _preparation(function).bound)
        module = module_of(text, _preparation(function))
    except (NotWritable, SchemaError) as reason:
        sys.stderr.write(f"operations: {text.strip()[:60]!r} is not compiled ahead: {reason}\n")
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        for folder in path.parents[:2]:
            (folder / "__init__.py").touch()
        path.write_text(module, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
