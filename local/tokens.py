"""Who can be acted as: a token for each tenant and role, for the platform, and for nobody."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from local.demo import PLATFORM_OPERATOR, Demo
from local.issuer import HOUR, Issuer

LIFETIME: Final = 12 * HOUR
PLATFORM: Final = "platform"


@dataclass(frozen=True)
class Actor:
    """Somebody to act as; the platform's operators have no tenant."""

    tenant: str
    tenant_name: str
    role: str
    name: str
    subject: str

    @property
    def id(self) -> str:
        """What the actor is chosen by, such as `acme/admin`."""
        return f"{self.tenant}/{self.role}" if self.tenant else self.role

    def token(self, issuer: Issuer, expires_in: float = LIFETIME) -> str:
        """A fresh token of this actor."""
        return issuer.token(self.tenant or None, self.subject, [self.role], expires_in=expires_in)


OPERATOR: Final = Actor("", "", PLATFORM, PLATFORM_OPERATOR, PLATFORM_OPERATOR)


def actors_of(demo: Demo) -> Iterator[Actor]:
    """One actor for each tenant and role, then the platform's operator."""
    for tenant in demo.tenants:
        for role, (person, loaded) in tenant.people.items():
            yield Actor(tenant.id, tenant.name, role, person.name, loaded.id)
    yield OPERATOR
