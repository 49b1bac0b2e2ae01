"""docs/authorization.md is made of the schemas and of the matrix that tests try."""

from local.authorization.matrix import matrix
from local.authorization.page import FILE, page
from local.authorization.schema import shipped


def test_the_page_is_what_make_docs_makes() -> None:
    made = page(shipped(), shipped("platform.graphql"), matrix())
    assert FILE.read_text(encoding="utf-8") == made, "out of date: make docs"
