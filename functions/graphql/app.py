"""The tenants' endpoint: members of an organisation, the organisation's own data."""

import gc
from typing import Any

from tenantql.engine.documents import Documents
from tenantql.engine.service import Service
from tenantql.http.endpoint import Endpoint, LambdaContext
from tenantql.logs import StructuredLog
from tenantql.registered import registered
from tenantql.schemas import TENANTS
from tenantql.settings import TelemetrySettings, TenantSettings
from tenantql.telemetry.telling import telling
from tenantql.tenancy import admission
from tenantql.tenancy.credentials import TenantRole, Vendor
from tenantql.tenancy.metering import Metering
from tenantql.tenancy.routing import Routes
from tenantql.tenancy.sts import sts_over
from tenantql.tenancy.uploads import Bucket


def _endpoint(settings: TenantSettings) -> Endpoint:
    transport = settings.wire.transport()
    control = admission.control_access(settings.control_table, settings.wire.own_credentials())
    images = settings.images
    bucket = images and Bucket(images.bucket, settings.region, images.url, images.shown_at)
    role = TenantRole(settings.tenant_role_arn, settings.region, settings.kms_key_arn, bucket)
    observed = TelemetrySettings.from_environment()
    logger = StructuredLog(observed.service, observed.log_level)
    vendor = Vendor(role, sts_over(settings.wire))
    admit = admission.tenants(Routes(transport, control), vendor, bucket)
    engine = TENANTS.engine(introspection=settings.introspection, lazy=settings.endpoint.lazy)
    documents = Documents(settings.endpoint.documents, registered(TENANTS))
    service = Service(engine, admit, transport, logger, Metering(), documents=documents)
    tell = telling(observed, logger, lambda: vendor.issued)
    return Endpoint(service, tell, settings.endpoint.http)


_answer = _endpoint(TenantSettings.from_environment())
# What is made by now lives as long as the process. The collector need not walk it again: that
# would stop a request for a tenth of a second now and then.
gc.freeze()


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """An event of the HTTP API (payload 2.0) in, its response out."""
    return _answer(event, context)
