"""The documents that clients may name: what the build of the layer wrote of them."""

import json
from typing import cast

from tenantql.schemas import MANIFEST, SOURCE, Manifest, ShippedSchema, shipped


def registered(schema: ShippedSchema) -> Manifest:
    """The documents of a schema: what the build wrote or, in a checkout, what is in the folder.

    Raises RegistrationError.
    """
    written = shipped(MANIFEST)
    if written is not None:
        return cast("dict[str, Manifest]", json.loads(written))[schema.function]
    # They need graphql-core and more, which the layer's import does without.
    from pathlib import Path  # noqa: PLC0415

    from tenantql.registration import documents_of  # noqa: PLC0415

    return documents_of(Path(__file__).parent / SOURCE / schema.function, schema)
