"""The canary: on a schedule, tenants of nobody's try to read each other's items.

What it finds is told as metrics: `CanaryHeld` of each run, 1 or 0, and `CanaryBreaches` if there
are any. An alarm looks at each, and one rises when no run has held for a while: so a canary that is
dead is no silence.
"""

from typing import Any

from tenantql.alarms import Alarming, count
from tenantql.logs import structured_logger
from tenantql.settings import CanarySettings
from tenantql.tenancy.canary import watch
from tenantql.tenancy.credentials import TenantRole, Vendor
from tenantql.tenancy.sts import sts_over

_settings = CanarySettings.from_environment()
_transport = _settings.wire.transport()
_role = TenantRole(_settings.tenant_role_arn, _settings.region, _settings.kms_key_arn)
_sts = sts_over(_settings.wire)
_logger = structured_logger()


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Whatever event in, what was found out."""
    del event, context
    # New credentials each time, so that what has changed of roles and policies is met.
    found = watch(_transport, Vendor(_role, _sts), _settings.table)
    if found.breaches:
        _logger.error("breach", extra={"attempts": found.breaches})
        count(Alarming.CANARY_BREACHES, _logger.service, len(found.breaches))
    if found.unproven:
        _logger.warning("unproven", extra={"attempts": found.unproven})
    count(Alarming.CANARY_HELD, _logger.service, int(found.held))
    return {"held": found.held, "breaches": found.breaches, "unproven": found.unproven}
