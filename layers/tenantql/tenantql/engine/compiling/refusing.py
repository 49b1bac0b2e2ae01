"""Refusing: what graphql-core says is wrong with a document, as an error of ours."""

from typing import Final

from graphql import GraphQLError, GraphQLSyntaxError

from tenantql.engine.errors import DocumentError

UNREADABLE: Final = "A value of the document cannot be read as one of its type."


def refusal(error: GraphQLError) -> DocumentError:
    """All that graphql-core looks at before a field runs is the client's.

    That is so also where Python gives up, as on an integer of 5,000 digits; what it says of that is
    not for clients.
    """
    cause: BaseException = error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    message = cause.message if isinstance(cause, GraphQLError) else UNREADABLE
    locations = tuple((at.line, at.column) for at in error.locations or ())
    return DocumentError(message, locations, unparsed=isinstance(error, GraphQLSyntaxError))
