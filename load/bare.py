"""Single calls by boto3 beside the load: what anybody's DynamoDB call takes in the same moments."""

import time
from collections.abc import Mapping
from typing import Any, Final

import boto3
from botocore import xform_name

from load.functions import REGION
from load.measuring import Part
from load.script import Asked
from tenantql.engine.observation import Observation
from tenantql.tenancy.credentials import TenantRole, Vendor
from tenantql.tenancy.policy import Level
from tenantql.tenancy.sts import BotoSts

GET: Final = "get_item, one item"
QUERY: Final = "query, 20 items"

LIKE: Final[Mapping[str, tuple[str, str]]] = {
    "P8": ("GetItem", GET),
    "U7": ("Query", QUERY),
}
"""The flows whose call is repeated by boto3: the operation, and what it is called."""


class Bare:
    """A boto3 client with one tenant's credentials, which repeats calls that the layer made."""

    def __init__(self, environment: Mapping[str, str], table: str, tenant: str) -> None:
        role = TenantRole(environment["TENANTQL_TENANT_ROLE_ARN"], REGION)
        issued = (
            Vendor(role, lambda: BotoSts.of(REGION)).access(tenant, table, Level.READ).credentials
        )
        self._tenant = tenant
        self._calls: dict[str, tuple[str, Mapping[str, Any]]] = {}
        session = boto3.Session(issued.access_key, issued.secret_key, issued.token, REGION)
        self._client: Any = session.client("dynamodb")

    def learn(self, asked: Asked, observed: Observation | None) -> None:
        """Takes over the call of a request of this tenant, the first time."""
        if asked.flow.name not in LIKE or asked.tenant != self._tenant or observed is None:
            return
        operation, name = LIKE[asked.flow.name]
        if name in self._calls:
            return
        made = [spent.call for one in observed.record for spent in one.calls if spent.call]
        for call in made:
            if call.operation == operation:
                self._calls[name] = (xform_name(operation), call.parameters)

    def ask(self, part: Part) -> None:
        """Each of the calls, once."""
        for name, (method, parameters) in self._calls.items():
            began = time.perf_counter()
            getattr(self._client, method)(**parameters)
            part.bare.setdefault(name, []).append(round((time.perf_counter() - began) * 1e6))
