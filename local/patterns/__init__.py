"""The access patterns: what each one costs, where it is in the schema, and what proves it.

`python -m local.patterns` writes `docs/access-patterns.md` anew.
"""
