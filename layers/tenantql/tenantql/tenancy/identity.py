"""The identity that the authorizer verified, as the function trusts it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final, Self, cast

import msgspec

from tenantql.table.keys import is_tenant_id
from tenantql.tenancy.errors import Unauthenticated


class Role(StrEnum):
    """What a user may be in a tenant; PLATFORM is the operator's and belongs to no tenant."""

    CUSTOMER = "customer"
    SELLER = "seller"
    STAFF = "staff"
    ADMIN = "admin"
    PLATFORM = "platform"


SUBJECT_LENGTH: Final = 128

CANARIES: Final = ("tenantql-canary", "tenantql-canary-2")
"""Tenants that are nobody's, for `tenantql.tenancy.canary`; template.yaml has them as well.

One id begins like the other: a pattern without its delimiter would let that one through.
"""


class Identity(msgspec.Struct, frozen=True):
    """Who asks: the tenant (None for the platform's operators), the subject and its roles.

    `token` is the id of the token that says so, by which it can be revoked.
    """

    tenant: str | None
    subject: str
    roles: frozenset[Role]
    token: str = ""

    def to_context(self) -> dict[str, str]:
        """The authorizer's `context`, which API Gateway hands to the function unchanged."""
        roles = ",".join(sorted(self.roles))
        return {
            "tenant": self.tenant or "",
            "subject": self.subject,
            "roles": roles,
            "token": self.token,
        }

    @classmethod
    def of(cls, tenant: object, subject: object, roles: object, token: object = "") -> Self:
        """An identity of claims. Raises Unauthenticated unless each has the right form.

        A tenant and the platform role exclude each other: an operator's token reads no
        tenant's data, and a tenant's token is nobody's operator. Unknown roles grant nothing.
        """
        if not isinstance(subject, str) or not 0 < len(subject) <= SUBJECT_LENGTH:
            raise Unauthenticated("the token has no subject of 1 to 128 characters")
        if not isinstance(roles, list):
            raise Unauthenticated("the token has no list of roles")
        named = [role for role in cast("list[object]", roles) if isinstance(role, str)]
        known = frozenset([_ROLES[role] for role in named if role in _ROLES])
        if tenant is None and Role.PLATFORM in known:
            return cls(None, subject, frozenset({Role.PLATFORM}), str(token))
        if not isinstance(tenant, str) or not is_tenant_id(tenant) or Role.PLATFORM in known:
            raise Unauthenticated("the token names no tenant")
        if tenant in CANARIES:
            raise Unauthenticated("the token names a tenant that is nobody's")
        return cls(tenant, subject, known, str(token))

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> Self:
        """The identity in an HTTP API event (payload 2.0). Raises Unauthenticated without one."""
        context: object = event
        for name in ("requestContext", "authorizer", "lambda"):
            context = cast("dict[str, object]", context).get(name)
            if not isinstance(context, dict):
                raise Unauthenticated("the request was not authorized by the gateway")
        found = cast("dict[str, object]", context)
        roles = found.get("roles")
        return cls.of(
            found.get("tenant") or None,
            found.get("subject"),
            roles.split(",") if isinstance(roles, str) else None,
            found.get("token", ""),
        )


_ROLES: Final[Mapping[str, Role]] = {role.value: role for role in Role}
