"""Search by words: an inverted index in the tenant's own table, kept by the stream.

A domain declares a `TermIndex` for each type of thing, and uses it by three functions: `keep` takes
a change of a thing in, `find` answers with a page, `rebuilding.rebuild` says how the index is
computed anew, which no request waits for.
A search service takes its place behind the same three. docs/search.md has the rules and limits.
"""

from tenantql.search.entries import Entry, audit_of, weigh
from tenantql.search.finding import Hits, find
from tenantql.search.index import TermIndex, keep

__all__ = ["Entry", "Hits", "TermIndex", "audit_of", "find", "keep", "weigh"]
