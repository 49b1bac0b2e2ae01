"""Which transport a function has, and where its own credentials come from."""

from collections.abc import Callable, Mapping
from enum import StrEnum

import msgspec

from tenantql.table.access import Credentials
from tenantql.table.direct.own_credentials import OwnCredentials, has_own_credentials
from tenantql.table.direct.transport import DirectTransport
from tenantql.table.transport import Transport


class Kind(StrEnum):
    """The transports there are: our own, and the reference."""

    DIRECT = "direct"
    BOTO3 = "boto3"


class Wire(msgspec.Struct, frozen=True):
    """How a function reaches DynamoDB. `environment` has the variables of the AWS SDKs.

    boto3 takes 0.3 s to import, so only who needs it does.
    """

    kind: Kind
    region: str
    environment: Mapping[str, str]

    def __repr__(self) -> str:
        # The environment has the function's credentials.
        return f"Wire(kind={self.kind!r}, region={self.region!r})"

    def transport(self) -> Transport:
        """A new transport. Raises SettingsError for an endpoint that cannot be."""
        if self.kind is Kind.DIRECT:
            return DirectTransport(self.region, self.environment)
        from tenantql.table.boto import BotoTransport

        return BotoTransport(self.region)

    def own_credentials(self) -> Callable[[], Credentials]:
        """What gives the function's own credentials at any moment, or raises CredentialsMissing."""
        if self.kind is Kind.DIRECT and has_own_credentials(self.environment):
            return OwnCredentials(self.environment)
        # A profile, as on a developer's machine: botocore knows how it is meant.
        from tenantql.table.boto import OwnCredentials as BotoCredentials

        return BotoCredentials()
