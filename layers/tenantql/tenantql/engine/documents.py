"""Persisted documents: operations that a client names by the SHA-256 of their text.

Some are registered when the layer is built (`tenantql.registration`). Others are kept for
the tenant whose member sent them, as clients of automatic persisted queries do: in the tenant's own
table, so that no tenant runs, or learns of, what another has sent.
https://www.apollographql.com/docs/apollo-server/performance/apq

What a tenant can keep is bounded without a counter: an item's key is made of the first digits of
the hash, so there are at most 65,536, and a document takes the place of another with the same ones.
"""

import re
from collections import OrderedDict
from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar, Final

import msgspec

from tenantql.engine.context import Context
from tenantql.engine.document_hash import document_hash
from tenantql.engine.document_mode import Mode
from tenantql.engine.errors import BadUserInput, Forbidden
from tenantql.errors import Code, TenantqlError
from tenantql.table.entity import Item, entity, entity_of
from tenantql.table.requests import Get
from tenantql.table.writes import Put

LIFETIME: Final = timedelta(days=30)

MAX_BYTES: Final = 32 * 1024
"""Of a document that is kept. A longer one runs, and is sent each time."""

MEMORY: Final = 8 * 1024 * 1024
"""Characters of all documents that one instance remembers."""

SLOT_DIGITS: Final = 4

_HASH: Final = re.compile(r"[0-9a-f]{64}")


class Reference(msgspec.Struct, frozen=True):
    """A document's name: its SHA-256 in hexadecimal digits, if it is one that can be here.

    `automatic`: the client speaks the protocol of automatic persisted queries.
    """

    name: str
    automatic: bool = False


class DocumentNotFound(TenantqlError):
    """Raised for a name that stands for no document, here and for this tenant."""

    code: ClassVar[Code] = Code.PERSISTED_QUERY_NOT_FOUND

    def __init__(self, named: Reference) -> None:
        # The very word that clients of the protocol look for, if not at the code.
        automatic = "PersistedQueryNotFound"
        super().__init__(automatic if named.automatic else "no document has this documentId")


class DocumentsNotKept(TenantqlError):
    """Raised for a client of automatic persisted queries where none are kept."""

    code: ClassVar[Code] = Code.PERSISTED_QUERY_NOT_SUPPORTED

    def __init__(self) -> None:
        super().__init__("PersistedQueryNotSupported")


@entity(name="PersistedQuery", pk="TENANT#{tenant}#SYS#QUERY#{slot}", sk="QUERY")
class PersistedQuery(Item, frozen=True, kw_only=True):
    """A document that a tenant's member has sent; `slot` is the first digits of its hash."""

    slot: str
    document: str


class Documents:
    """The documents of one endpoint. What it remembers of a tenant, it answers to that tenant."""

    def __init__(self, mode: Mode = Mode.ANY, registered: Mapping[str, str] | None = None) -> None:
        """`registered` are texts by their hash."""
        self._mode = mode
        self._registered = registered or {}
        self._memory: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._remembered = 0

    def text_of(self, query: str | None, named: Reference | None, tenant: str | None) -> str | None:
        """The text of a request that sends it as `query`, names it, or does both.

        None if the tenant's table has to tell: `fetch`. Raises Forbidden for what is not registered
        where that is needed, BadUserInput for a name that is not the query's, DocumentNotFound and
        DocumentsNotKept.
        """
        if named is None and self._mode is not Mode.REGISTERED:
            return query
        name = named.name if named else document_hash(query or "")
        if query is not None and named is not None and document_hash(query) != name:
            raise BadUserInput("provided sha does not match query")
        if self._mode is Mode.REGISTERED:
            return self._registered_text(name, named, query)
        if query is not None or named is None:
            return query
        if text := self._registered.get(name) or self._recall(tenant, name):
            return text
        if self._mode is Mode.ANY or tenant is None:
            raise DocumentsNotKept if named.automatic else DocumentNotFound(named)
        if not _HASH.fullmatch(name):
            raise DocumentNotFound(named)
        return None

    async def fetch(self, named: Reference, tenant: str) -> str:
        """The tenant's document of that name: one GetItem. Raises DocumentNotFound."""
        key = entity_of(PersistedQuery).key(tenant=tenant, slot=_slot(named.name))
        # Not strong: for one that another instance has just kept, the client sends it once more.
        found = await Get(PersistedQuery, key, consistent=False)
        if found is None or document_hash(found.document) != named.name:
            raise DocumentNotFound(named)
        self._remember(tenant, named.name, found.document)
        return found.document

    def is_new(self, query: str | None, named: Reference | None, tenant: str | None) -> bool:
        """Whether a valid request brings a document that is to be kept."""
        return (
            self._mode is Mode.AUTOMATIC
            and tenant is not None
            and query is not None
            and named is not None
            and named.name not in self._registered
            and self._recall(tenant, named.name) is None
            and len(query.encode()) <= MAX_BYTES
        )

    async def keep(self, text: str, context: Context) -> None:
        """Keeps a document for the tenant of `context`: one PutItem."""
        name = document_hash(text)
        expires = int((context.now + LIFETIME).timestamp())
        item = PersistedQuery(
            **context.audit(), slot=_slot(name), document=text, expires_at=expires
        )
        await Put(item)
        self._remember(context.tenant, name, text)

    def _registered_text(self, name: str, named: Reference | None, query: str | None) -> str:
        text = self._registered.get(name)
        if text is not None:
            return text
        if query is None and named is not None and not named.automatic:
            raise DocumentNotFound(named)
        raise Forbidden("only registered documents run here; send the documentId of one")

    def _recall(self, tenant: str | None, name: str) -> str | None:
        key = (tenant or "", name)
        text = self._memory.get(key)
        if text is not None:
            self._memory.move_to_end(key)
        return text

    def _remember(self, tenant: str, name: str, text: str) -> None:
        key = (tenant, name)
        if key in self._memory:
            return
        self._memory[key] = text
        self._remembered += len(text)
        while self._remembered > MEMORY:
            _, oldest = self._memory.popitem(last=False)
            self._remembered -= len(oldest)


def _slot(name: str) -> str:
    return name[:SLOT_DIGITS]
