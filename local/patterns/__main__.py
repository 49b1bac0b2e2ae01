"""`python -m local.patterns` writes `docs/access-patterns.md` anew."""

from local.patterns.catalogue import catalogue
from local.patterns.data_model import data_model
from local.patterns.page import FILE, page
from local.patterns.proofs import proofs

if __name__ == "__main__":
    FILE.write_text(page(catalogue(), data_model(), proofs()), encoding="utf-8")
