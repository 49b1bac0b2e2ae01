"""`python -m local.patterns` writes docs/access-patterns.md and the pictures of the model."""

import sys

from local.provision import ROOT

# As PYTHONPATH would: the package is in the layer's folder, not installed.
sys.path.append(str(ROOT / "layers" / "tenantql"))

from local.patterns import collection, entities, page
from local.patterns.catalogue import catalogue
from local.patterns.data_model import data_model
from local.patterns.proofs import proofs


def main() -> None:
    """Write them."""
    page.FILE.write_text(page.page(catalogue(), data_model(), proofs()), encoding="utf-8")
    entities.FILE.write_text(entities.entity_chart(), encoding="utf-8")
    stored = collection.stored_collection()
    collection.FILE.write_text(collection.collection_chart(stored), encoding="utf-8")


if __name__ == "__main__":
    main()
