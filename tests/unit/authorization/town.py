"""Both endpoints over a table in memory, where a small shop stands as new for each question."""

import io
import json
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final, cast

from aws_lambda_powertools import Logger

from local.memory import Memory
from tenantql.engine.operations import Engine
from tenantql.engine.schema import TENANT_SCHEMA
from tenantql.engine.service import Service
from tenantql.http.endpoint import Endpoint
from tenantql.table.access import Access
from tenantql.table.entity import entity_of
from tenantql.tenancy import admission
from tenantql.tenancy.admission import Admission
from tenantql.tenancy.identity import Identity, Role
from tenantql.tenancy.policy import Level
from tenantql.tenancy.routing import Routes
from tenantql.tenancy.uploads import Bucket
from tests.unit.authorization.shop import ELSEWHERE, SmallShop
from tests.unit.builders import CREDENTIALS, access, organisation, route
from tests.unit.http.events import posted
from tests.unit.http.site import Runtime

TENANT: Final = "acme"
OPERATOR: Final = Identity(None, "operator", frozenset({Role.PLATFORM}))
NAMES = count()


@dataclass(frozen=True)
class Response:
    """What a client got."""

    status: int
    body: dict[str, Any]


class Granting:
    """Stands for STS: credentials for whom they are asked for."""

    def access(self, tenant: str, table: str, level: Level) -> Access:
        del level
        return access(tenant) if tenant else Access(table, "", CREDENTIALS)


@dataclass
class Town:
    """Answers what anybody asks of either endpoint."""

    engines: dict[str, Engine]
    shop: SmallShop = field(default_factory=lambda: SmallShop(TENANT))

    def __post_init__(self) -> None:
        self.ids = self.shop.ids()
        routing = [route(tenant) for tenant in (TENANT, ELSEWHERE)]
        items = [*self.shop.items(), organisation(ELSEWHERE), *routing]
        self._items = [entity_of(type(item)).encode(item) for item in items]

    def ask(
        self, who: Identity, text: str, variables: Any = None, schema: str = TENANT_SCHEMA
    ) -> Response:
        """The response to an operation, of a shop in which nobody has done anything yet."""
        memory = Memory()
        for item in self._items:
            memory.put(item)
        admit = self._tenants(memory) if schema == TENANT_SCHEMA else self._operators()
        logger = Logger(service=f"town-{next(NAMES)}", stream=io.StringIO())
        service = Service(self.engines[schema], admit, memory, logger)
        endpoint = Endpoint(service, lambda _observed: None)
        event = posted(text, variables=variables, identity=who)
        response = endpoint(event, Runtime())
        return Response(response["statusCode"], json.loads(response["body"]))

    def _tenants(self, memory: Memory) -> Admission:
        control = admission.control_access("control", lambda: CREDENTIALS)
        bucket = Bucket("images", "eu-central-1", "https://images.example")
        return admission.tenants(Routes(memory, control), cast("Any", Granting()), bucket)

    def _operators(self) -> Admission:
        return admission.operators("control", lambda: CREDENTIALS, cast("Any", Granting()))
