"""`python -m local.clients` writes docs/schema and clients/shop."""

import shutil

from local.clients.python import PACKAGE, python_client
from local.clients.schema import published


def main() -> None:
    """Write them; the client is made of the schema that is written just before."""
    for file, content in published().items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
    made = python_client()
    shutil.rmtree(PACKAGE, ignore_errors=True)
    PACKAGE.mkdir(parents=True)
    for file, content in made.items():
        file.write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
