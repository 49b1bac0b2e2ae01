"""The operators' endpoint: the platform's own operations, with a role of its own."""

import gc
from typing import Any

from tenantql.engine.documents import Documents
from tenantql.engine.service import Service
from tenantql.http.endpoint import Endpoint, LambdaContext
from tenantql.logs import StructuredLog
from tenantql.registered import registered
from tenantql.schemas import OPERATORS
from tenantql.settings import PlatformSettings, TelemetrySettings
from tenantql.telemetry.telling import telling
from tenantql.tenancy import admission
from tenantql.tenancy.credentials import PlatformRole, Vendor
from tenantql.tenancy.sts import sts_over


def _endpoint(settings: PlatformSettings) -> Endpoint:
    role = PlatformRole(settings.platform_role_arn, settings.region, settings.kms_key_arn)
    observed = TelemetrySettings.from_environment()
    logger = StructuredLog(observed.service, observed.log_level)
    own = settings.wire.own_credentials()
    vendor = Vendor(role, sts_over(settings.wire))
    admit = admission.operators(settings.control_table, own, vendor)
    engine = OPERATORS.engine(introspection=settings.introspection, lazy=settings.endpoint.lazy)
    documents = Documents(settings.endpoint.documents, registered(OPERATORS))
    service = Service(engine, admit, settings.wire.transport(), logger, documents=documents)
    tell = telling(observed, logger, lambda: vendor.issued)
    return Endpoint(service, tell, settings.endpoint.http)


_answer = _endpoint(PlatformSettings.from_environment())
# What is made by now lives as long as the process. The collector need not walk it again: that
# would stop a request for a tenth of a second now and then.
gc.freeze()


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """An event of the HTTP API (payload 2.0) in, its response out."""
    return _answer(event, context)
