"""The documents that clients may name: what the build of the layer wrote of them."""

import json
from pkgutil import get_data
from typing import cast

from tenantql.schemas import MANIFEST, SOURCE, Manifest, ShippedSchema


def registered(schema: ShippedSchema) -> Manifest:
    """The documents of a schema: what the build wrote or, in a checkout, what is in the folder.

    Raises RegistrationError.
    """
    try:
        written = get_data("tenantql", MANIFEST)
    except FileNotFoundError:
        written = None
    if written is not None:
        return cast("dict[str, Manifest]", json.loads(written))[schema.function]
    # They need graphql-core and more, which the layer's import does without.
    from pathlib import Path  # noqa: PLC0415

    from tenantql.registration import documents_of  # noqa: PLC0415

    return documents_of(Path(__file__).parent / SOURCE / schema.function, schema)
