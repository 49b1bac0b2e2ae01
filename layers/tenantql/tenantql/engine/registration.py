"""Registration: a folder of operations becomes the documents that clients may name.

    python -m tenantql.engine.registration FOLDER MANIFEST    (what the layer's makefile runs)

A folder holds one for each endpoint, named as its function is: `*.graphql` files of one document
each, and `*.json` files as relay-compiler and GraphQL Code Generator write them, which map an id to
a document. An id is the SHA-256 of the text, to the byte. Each document has to be valid, so a
schema that breaks a client's operation breaks the build.

This runs under the Python of the build with whichever processor's wheels, so it imports nothing
that is compiled.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, cast

from graphql import GraphQLError, GraphQLSchema, build_schema, parse, validate

from tenantql.engine.document_hash import document_hash

TENANTS: Final = "graphql"
OPERATORS: Final = "platform"
SCHEMAS: Final = {TENANTS: "schema.graphql", OPERATORS: "platform.graphql"}
"""The schema of each endpoint, by the name of its function."""

MANIFEST: Final = "operations.json"
SOURCE: Final = "operations"

type Manifest = dict[str, str]
"""Texts by their SHA-256, as persisted documents are exchanged."""


class RegistrationError(Exception):
    """Raised for a file that cannot be registered; the message names it and says why."""


def registered(endpoint: str) -> Manifest:
    """The documents of an endpoint: what the build wrote or, in a checkout, what is in the folder.

    Raises RegistrationError.
    """
    package = files("tenantql")
    compiled = package.joinpath(MANIFEST)
    if compiled.is_file():
        return cast("dict[str, Manifest]", json.loads(compiled.read_text(encoding="utf-8")))[
            endpoint
        ]
    return documents_of(Path(str(package.joinpath(SOURCE))) / endpoint, endpoint)


def documents_of(folder: Path, endpoint: str) -> Manifest:
    """The valid documents of a folder, which need not be there. Raises RegistrationError."""
    found: Manifest = {}
    schema: GraphQLSchema | None = None
    for path in sorted(folder.glob("*")):
        for name, text in _texts(path):
            schema = schema or build_schema(
                files("tenantql").joinpath(SCHEMAS[endpoint]).read_text(encoding="utf-8")
            )
            if problem := _problem(schema, text):
                raise RegistrationError(f"{path}: {problem}")
            found[name] = text
    return found


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


def _problem(schema: GraphQLSchema, text: str) -> str | None:
    try:
        errors = validate(schema, parse(text))
    except GraphQLError as error:
        return error.message
    return errors[0].message if errors else None


def main(source: str, manifest: str) -> None:
    """Writes the manifest of all endpoints. Ends the process for what cannot be registered."""
    try:
        found = {name: documents_of(Path(source) / name, name) for name in SCHEMAS}
    except RegistrationError as error:
        sys.exit(f"operations: {error}")
    Path(manifest).write_text(json.dumps(found, sort_keys=True), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
