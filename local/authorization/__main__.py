"""`python -m local.authorization` writes docs/authorization.md."""

from local.authorization.matrix import matrix
from local.authorization.page import FILE, page
from local.authorization.schema import shipped


def main() -> None:
    """Write it."""
    made = page(shipped(), shipped("platform.graphql"), matrix())
    FILE.write_text(made, encoding="utf-8")


if __name__ == "__main__":
    main()
