"""Refusals of the engine."""

from typing import ClassVar

from tenantql.errors import Code, TenantqlError


class SchemaError(TenantqlError):
    """Raised at start when the schema and its resolvers do not fit; the message says what to do."""


class DocumentError(TenantqlError):
    """Raised for a document that does not fit the schema, or variables that do not fit both.

    `locations` are lines and columns of the document, from 1. `unparsed`: it is no document at all.
    """

    code: ClassVar[Code] = Code.BAD_USER_INPUT

    def __init__(
        self, message: str, locations: tuple[tuple[int, int], ...] = (), *, unparsed: bool = False
    ) -> None:
        super().__init__(message)
        self.locations, self.unparsed = locations, unparsed


class Forbidden(TenantqlError):
    """Raised when the identity's roles do not allow a field."""

    code: ClassVar[Code] = Code.FORBIDDEN


class BadUserInput(TenantqlError):
    """Raised for an argument that the schema admits and the operation does not."""

    code: ClassVar[Code] = Code.BAD_USER_INPUT


class ResolverDefect(TenantqlError):
    """Raised when a resolver awaits something that is not a request: resolvers do no I/O."""


class NotFound(TenantqlError):
    """Raised by a write whose object is not there, or not for the caller to see."""

    code: ClassVar[Code] = Code.NOT_FOUND
