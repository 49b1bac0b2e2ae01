"""The documents that clients may name: what the build of the layer wrote of them."""

import json
from importlib.resources import files
from pathlib import Path
from typing import cast

from tenantql.schemas import MANIFEST, SOURCE, Manifest, ShippedSchema


def registered(schema: ShippedSchema) -> Manifest:
    """The documents of a schema: what the build wrote or, in a checkout, what is in the folder.

    Raises RegistrationError.
    """
    package = files("tenantql")
    written = package.joinpath(MANIFEST)
    if written.is_file():
        found = cast("dict[str, Manifest]", json.loads(written.read_text(encoding="utf-8")))
        return found[schema.function]
    from tenantql.registration import documents_of  # noqa: PLC0415 - it needs graphql-core

    return documents_of(Path(str(package.joinpath(SOURCE))) / schema.function, schema)
