"""Who asks a URL: people with tokens that somebody else has issued, one JWT each.

What a token claims says who it is of; it is not checked here, since the API will.
"""

import base64
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from tenantql.tenancy.identity import Role

TENANT_CLAIM: Final = "custom:tenant"
ROLES_CLAIM: Final = "cognito:groups"
DEVELOPMENT: Final = "/playground/config.json"
"""Where `make run` hands out the tokens of its demonstration's people."""


class TokensError(Exception):
    """Raised for tokens that do not do; the message says which, and what is needed."""


@dataclass(frozen=True)
class Person:
    """Somebody with a token."""

    tenant: str
    subject: str
    role: Role
    token: str


@dataclass(frozen=True)
class Staffed:
    """A tenant with somebody of each role that the mix needs."""

    tenant: str
    customers: Sequence[Person]
    sellers: Sequence[Person]
    staff: Person
    admin: Person

    def of(self, subject: str, role: Role) -> Person:
        """Who asks as this subject, or as anybody of the staff."""
        match role:
            case Role.STAFF:
                return self.staff
            case Role.ADMIN:
                return self.admin
            case _:
                everybody = [*self.customers, *self.sellers]
                return next(one for one in everybody if (one.subject, one.role) == (subject, role))


def read(file: Path) -> list[Person]:
    """People by their tokens, one a line. Raises TokensError."""
    try:
        lines = file.read_text(encoding="utf-8").split()
    except OSError as error:
        raise TokensError(f"{file} cannot be read: {error.strerror}") from None
    return [_person(line) for line in lines]


def of_development(url: str) -> list[Person]:
    """The people of a development server's demonstration. Raises TokensError."""
    try:
        found = httpx.get(url + DEVELOPMENT, trust_env=False, timeout=10).raise_for_status().json()
    except (httpx.HTTPError, ValueError):
        raise TokensError(
            f"{url} hands out no tokens, as `make run` does: give a file of them with --tokens"
        ) from None
    tokens = [one["token"] for one in found["endpoints"][0]["tokens"] if one["tenant"]]
    people = [_person(token) for token in tokens]
    # The first of somebody: the playground also has tokens that are refused.
    return [*{(one.tenant, one.subject): one for one in reversed(people)}.values()]


def staffed(people: Iterable[Person], customers: int) -> list[Staffed]:
    """The tenants that have somebody of each role.

    Raises TokensError if there is none, or if they have not so many customers together.
    """
    by_tenant: dict[str, list[Person]] = {}
    for one in people:
        by_tenant.setdefault(one.tenant, []).append(one)
    found: list[Staffed] = []
    for tenant, members in sorted(by_tenant.items()):
        roles = {role: [one for one in members if one.role is role] for role in Role}
        if all(roles[role] for role in (Role.CUSTOMER, Role.SELLER, Role.STAFF, Role.ADMIN)):
            found.append(
                Staffed(
                    tenant,
                    roles[Role.CUSTOMER],
                    roles[Role.SELLER],
                    roles[Role.STAFF][0],
                    roles[Role.ADMIN][0],
                )
            )
    if not found:
        raise TokensError("no tenant has tokens of a customer, a seller, staff and an admin")
    known = sum(len(each.customers) for each in found)
    if known < customers:
        raise TokensError(f"there are tokens of {known} customers: ask with as many users at most")
    return found


def _person(token: str) -> Person:
    try:
        _, payload, _ = token.split(".")
        claims: dict[str, Any] = json.loads(
            base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
        )
        return Person(claims[TENANT_CLAIM], claims["sub"], Role(claims[ROLES_CLAIM][0]), token)
    except (ValueError, KeyError, IndexError, TypeError):
        raise TokensError(
            f"{token[:12]}... is no token with {TENANT_CLAIM}, sub and {ROLES_CLAIM}"
        ) from None
