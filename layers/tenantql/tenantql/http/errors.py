"""Refusals of what is no GraphQL request."""

from tenantql.errors import Code
from tenantql.http.statuses import Outcome


class HttpError(Exception):
    """Raised for a request that is no GraphQL request, with what became of it instead."""

    def __init__(self, outcome: Outcome, message: str, code: Code = Code.BAD_USER_INPUT) -> None:
        super().__init__(message)
        self.outcome = outcome
        self.code = code


def ill_formed(message: str) -> HttpError:
    """The error of a request that can be read and has not the parameters of GraphQL."""
    return HttpError(Outcome.ILL_FORMED, message)
