"""The access patterns: what each one costs, where it is in the schema, and what proves it.

`make docs` writes the page of them and the pictures of the data model.
"""
