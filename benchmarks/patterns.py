"""What each access pattern costs: calls, capacity units, and time in the handler.

The questions are those of the tests (tests/integration/commerce), asked of the endpoint in this
process, over boto3, of the local cloud with IAM on. Times are of this machine and of a local cloud:
compare them with each other. Own time is the handler's without its calls, where these do not
overlap. Read units are counted from sizes, write units are the local cloud's.
"""

import io
import json
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from aws_lambda_powertools import Logger
from rich.progress import Progress
from rich.table import Table

from benchmarks.report import Findings, new_table
from local.cloud import LocalCloud
from local.memory.units import READING, consumed, read_units
from local.provision import provision, token_parameters
from tenantql.engine.operations import Engine
from tenantql.engine.service import Service
from tenantql.http.endpoint import Endpoint
from tenantql.table.access import Credentials
from tenantql.table.encoding import Call
from tenantql.table.transport import OneByOne, Transport, send
from tenantql.telemetry.request_log import RequestLog
from tenantql.tenancy import admission
from tenantql.tenancy.identity import Identity
from tenantql.tenancy.routing import Routes
from tests.integration.commerce.shop import ADD, ADJUST, CHECKOUT, PAY, REFUND, Shop
from tests.integration.commerce.test_calls import READS
from tests.integration.commerce.world import World
from tests.integration.installation import Installation, Runtime
from tests.unit.http.events import posted


@dataclass
class Timed(OneByOne):
    """A transport that counts calls, units and the time they take."""

    transport: Transport
    operations: list[str] = field(default_factory=list[str])
    read_units: float = 0.0
    write_units: float = 0.0
    seconds: float = 0.0

    def reset(self) -> None:
        """Starts counting anew."""
        self.operations, self.read_units, self.write_units, self.seconds = [], 0.0, 0.0, 0.0

    def send(self, call: Call, credentials: Credentials) -> Mapping[str, Any]:
        """The answer to `call`."""
        started = time.perf_counter()
        answer = send(self.transport, call, credentials)
        self.seconds += time.perf_counter() - started
        if call.parameters.get("Key", {}).get("SK") != {"S": "ROUTE"}:
            self.operations.append(call.operation)
            self.read_units += read_units(call.operation, call.parameters, answer)
            if call.operation not in READING:
                self.write_units += consumed(answer)
        return answer


@dataclass(frozen=True)
class Measured:
    """One pattern's cost; milliseconds are medians."""

    calls: str
    read_units: float
    write_units: float
    handler_ms: float
    own_ms: float


class Handler:
    """The endpoint of one instance, timed."""

    def __init__(self, installation: Installation) -> None:
        self._timed = Timed(installation.transport)
        own = installation._own["graphql"]
        control = admission.control_access(installation.stack.control_table, lambda: own)
        admit = admission.tenants(Routes(self._timed, control), installation.vendor)
        logger = Logger(service="benchmark", stream=io.StringIO())
        service = Service(Engine(installation._tenants), admit, self._timed, logger)
        self._endpoint = Endpoint(service, RequestLog(logger.service, stream=io.StringIO()))

    def ask(self, who: Identity, text: str, variables: Mapping[str, Any]) -> tuple[Measured, Any]:
        """What one operation cost, and its data."""
        event = posted(text, variables=variables, identity=who)
        self._timed.reset()
        started = time.perf_counter()
        response = self._endpoint(event, Runtime())
        took = time.perf_counter() - started
        body = json.loads(response["body"])
        if "errors" in body:
            raise RuntimeError(body["errors"])
        cost = Measured(
            calls=", ".join(_counted(self._timed.operations)),
            read_units=self._timed.read_units,
            write_units=self._timed.write_units,
            handler_ms=took * 1000,
            own_ms=max(0.0, took - self._timed.seconds) * 1000,
        )
        return cost, body["data"]


def run(repeat: int, shards: int, progress: Progress) -> Findings:
    """Measure every pattern."""
    task = progress.add_task("Patterns", total=len(READS) + repeat + 1)
    with LocalCloud() as cloud:
        parameters = token_parameters("https://issuer.example", "tests", "https://issuer.example/k")
        installation = Installation(cloud, provision(cloud.client("cloudformation"), parameters))
        world, found = World(installation, shards), dict[str, Measured]()
        for name, read in READS.items():
            handler, who, variables = Handler(installation), read.who(world), read.variables(world)
            costs = [handler.ask(who, read.text, variables)[0] for _ in range(repeat + 1)]
            # The first one fetches credentials and the routing record.
            found[name] = _median(costs[1:])
            progress.advance(task)
        instance = installation.endpoint()
        shop = Shop(installation, instance, shards).with_people()
        handler = Handler(installation)
        found |= _writes(shop, handler, repeat, lambda: progress.advance(task))
    progress.remove_task(task)
    data = {name: asdict(cost) for name, cost in found.items()}
    return Findings([_table(found, repeat, shards)], data)


def _writes(
    shop: Shop, handler: Handler, repeat: int, advance: Callable[[], None]
) -> dict[str, Measured]:
    """An order of three products of one seller, over and over: from the cart to a refund."""
    products = [shop.product(pieces=10 * repeat) for _ in range(3)]
    found: dict[str, list[Measured]] = {}

    def ask(name: str, who: Identity, text: str, **fields: Any) -> Any:
        cost, data = handler.ask(who, text, {"i": fields})
        found.setdefault(name, []).append(cost)
        (payload,) = data.values()
        return payload

    for number in range(repeat + 1):
        ask("P7", shop.seller, ADJUST, productId=products[0], warehouse="berlin", by=1)
        for product in products:
            ask("C2", shop.customer, ADD, productId=product, quantity=1)
        key = f"checkout-{number}"
        order = ask("O1, 3 lines", shop.customer, CHECKOUT, idempotencyKey=key)["order"]
        invoice = shop.invoice_of(order)
        ask("I3 pay", shop.staff, PAY, id=invoice)
        ask("I3 refund", shop.staff, REFUND, id=invoice, amount=1, idempotencyKey=key)
        advance()
    return {name: _median(costs[1:]) for name, costs in found.items()}


def _median(costs: Sequence[Measured]) -> Measured:
    last = costs[-1]
    return Measured(
        calls=last.calls,
        read_units=last.read_units,
        write_units=last.write_units,
        handler_ms=statistics.median(cost.handler_ms for cost in costs),
        own_ms=statistics.median(cost.own_ms for cost in costs),
    )


def _counted(operations: list[str]) -> list[str]:
    return [f"{operations.count(name)} {name}" for name in dict.fromkeys(operations)]


def _table(found: Mapping[str, Measured], repeat: int, shards: int) -> Table:
    title = f"Access patterns over a local cloud, {shards} shard(s), median of {repeat}"
    table = new_table(title, "", "calls", "read units", "write units", "handler ms", "own ms")
    for name, cost in found.items():
        table.add_row(
            name,
            cost.calls,
            f"{cost.read_units:g}",
            f"{cost.write_units:g}",
            f"{cost.handler_ms:.1f}",
            # Calls that overlap take more than the time that passed.
            f"{cost.own_ms:.1f}" if cost.own_ms else "-",
        )
    return table
