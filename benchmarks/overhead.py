"""What a request's safeguards cost: each is taken out by building the endpoint without it.

No setting of the product switches one off. All variants answer the same request in turn; what one
safeguard costs is the difference to the endpoint that has everything.
"""

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from typing import Any, Final, cast
from unittest.mock import patch

from graphql import GraphQLSchema
from msgspec import structs
from rich.progress import Progress
from rich.table import Table

from benchmarks import cases, sides
from benchmarks.report import Findings, Target, new_table
from benchmarks.requests import asking
from benchmarks.stub.process import Stub
from benchmarks.timing import Timing, interleaved
from tenantql import accounts, commerce
from tenantql.engine import nodes
from tenantql.engine import schema as binding
from tenantql.engine.guarding import Resolver
from tenantql.engine.limits import Limits
from tenantql.engine.operations import Engine, Operation
from tenantql.engine.schema import TENANT_SCHEMA, bind_schema, read_schema
from tenantql.engine.service import Service
from tenantql.http.endpoint import Endpoint
from tenantql.logs import StructuredLog
from tenantql.settings import TenantSettings, trace_of_invocation
from tenantql.telemetry.metrics import RequestMetrics
from tenantql.telemetry.request_log import RequestLog
from tenantql.telemetry.telling import Tell, Telling
from tenantql.tenancy import admission
from tenantql.tenancy.credentials import TenantRole, Vendor
from tenantql.tenancy.metering import Metering
from tenantql.tenancy.routing import Routes
from tenantql.tenancy.sts import sts_over

LOG: Final = "log line"
METRICS: Final = "metrics"
AUTHORIZATION: Final = "authorization"
LIMITS: Final = "limits and cost"
BUDGETS: Final = "budgets and usage"

SAFEGUARDS: Final = (LOG, METRICS, AUTHORIZATION, LIMITS, BUDGETS)
"""A new one has its name here, and in `_endpoint` what is built without it."""

MOST: Final = 0.1
"""Of a request's time: what all of them may cost."""

ASKED: Final = (cases.A, cases.later(cases.A))
"""A GetItem: the request that has least time to hide a safeguard in."""

ALL: Final = "with all of them"
NONE: Final = "with none of them"


class _Unlimited(Engine):
    """An engine whose operations are not held against limits, and whose cost is not computed."""

    def _prepare(self, text: str, operation_name: str | None) -> Operation:
        found = super()._prepare(text, operation_name)
        return _Free(**structs.asdict(found))


class _Free(Operation, frozen=True):
    """An operation that costs nothing."""

    def cost_within(self, limits: Limits, variables: Mapping[str, Any] | None) -> int:
        """Nothing."""
        del limits, variables
        return 0


def run(stub: Stub, repeat: int, progress: Progress) -> Findings:
    """Times a request without each safeguard, and without all."""
    data: dict[str, Any] = {}
    tables: list[Table] = []
    targets: list[Target] = []
    for case in ASKED:
        without = {ALL: (), **{name: (name,) for name in SAFEGUARDS}, NONE: SAFEGUARDS}
        asks = {
            name: asking(_endpoint(stub.urls[case.delay], left_out), case)
            for name, left_out in without.items()
        }
        found = interleaved(asks, repeat, progress, f"Safeguards: {case.title}")
        data[case.name] = {name: asdict(timing) for name, timing in found.items()}
        tables.append(_table(case.title, found))
        targets.append(_target(case.title, found))
    return Findings(tables, data, targets)


def _endpoint(url: str, left_out: Sequence[str]) -> sides.Handler:
    """An endpoint as functions/graphql/app.py makes it, without what is left out."""
    with patch.dict(os.environ, {"AWS_ENDPOINT_URL_DYNAMODB": url}):
        settings = TenantSettings.from_environment()
        transport = settings.wire.transport()
        own = settings.wire.own_credentials()
    control = admission.control_access(settings.control_table, own)
    role = TenantRole(settings.tenant_role_arn, settings.region)
    admit = admission.tenants(Routes(transport, control), Vendor(role, sts_over(settings.wire)))
    schema = _bound(authorized=AUTHORIZATION not in left_out)
    engine = (_Unlimited if LIMITS in left_out else Engine)(schema)
    metering = None if BUDGETS in left_out else Metering()
    logger = StructuredLog("benchmark", logging.INFO)
    tells: list[Tell] = []
    if LOG not in left_out:
        log = RequestLog(logger.service, trace=trace_of_invocation, stream=sides.UNREAD)
        tells.append(log)
    if METRICS not in left_out:
        tells.append(RequestMetrics(logger.service, stream=sides.UNREAD))
    service = Service(engine, admit, transport, logger, metering)
    return cast("sides.Handler", Endpoint(service, Telling(logger, *tells)))


@cache
def _bound(*, authorized: bool) -> GraphQLSchema:
    bindables = [
        *nodes.bindables([*accounts.nodes, *commerce.nodes]),
        *accounts.bindables,
        *commerce.bindables,
    ]
    if authorized:
        return bind_schema(read_schema(TENANT_SCHEMA), bindables)
    with (
        patch.object(binding, "_ensure_audiences"),
        patch.object(binding, "rule_of", return_value=None),
        patch.object(binding, "guarded", _unguarded),
    ):
        return bind_schema(read_schema(TENANT_SCHEMA), bindables)


def _unguarded(resolver: Resolver, *_: object) -> Resolver:
    return resolver


def _table(title: str, found: Mapping[str, Timing]) -> Table:
    table = new_table(
        f"Safeguards: {title}", "", "p10 us", "p50 us", "CPU us", "of p10", "of p50", "of CPU"
    )
    whole = found[ALL]
    _row(table, "the whole request", whole, whole)
    for name in SAFEGUARDS:
        _row(table, name, _less(whole, found[name]), whole)
    _row(table, "all of them", _less(whole, found[NONE]), whole)
    return table


def _row(table: Table, name: str, part: Timing, whole: Timing) -> None:
    measured = [(part.p10, whole.p10), (part.p50, whole.p50), (part.cpu, whole.cpu)]
    table.add_row(
        name,
        *(f"{one * 1e3:.0f}" for one, _ in measured),
        *(f"{one / of:.1%}" for one, of in measured),
    )


def _less(whole: Timing, without: Timing) -> Timing:
    return Timing(*(one - other for one, other in zip(_four(whole), _four(without), strict=True)))


def _four(timing: Timing) -> tuple[float, float, float, float]:
    return timing.p10, timing.p50, timing.p99, timing.cpu


def _target(title: str, found: Mapping[str, Timing]) -> Target:
    whole, cost = found[ALL], _less(found[ALL], found[NONE])
    return Target(
        f"safeguards of a request, {title}",
        cost.p50 / whole.p50,
        MOST,
        p10=cost.p10 / whole.p10,
        cpu=cost.cpu / whole.cpu,
    )
