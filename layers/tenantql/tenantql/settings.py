"""The one module that reads the environment: a function's settings, as template.yaml gives them."""

import logging
import os
from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Self

import msgspec

from tenantql.engine.document_mode import Mode
from tenantql.errors import SettingsError
from tenantql.http.options import HttpOptions
from tenantql.http.statuses import Profile
from tenantql.table.transports import Kind, Wire


class ImageSettings(msgspec.Struct, frozen=True):
    """The bucket of images: its name, what takes an upload, and where its objects are served."""

    bucket: str
    url: str
    shown_at: str | None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self | None:
        """None if there is no bucket. Raises SettingsError if it has a name and no domain.

        An endpoint of the SDKs, as a local cloud has one, takes the place of the bucket's domain.
        """
        bucket = environment.get("TENANTQL_IMAGES_BUCKET")
        if not bucket:
            return None
        endpoint = environment.get("AWS_ENDPOINT_URL")
        url = (
            f"{endpoint}/{bucket}"
            if endpoint
            else f"https://{_required(environment, 'TENANTQL_IMAGES_DOMAIN')}/"
        )
        return cls(bucket, url, environment.get("TENANTQL_IMAGES_URL") or None)


class EndpointSettings(msgspec.Struct, frozen=True):
    """What an endpoint's HTTP is like, and which documents it runs.

    `lazy`: it does not begin with what perhaps no request needs, since one is waiting already.
    """

    http: HttpOptions
    documents: Mode
    lazy: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Raises SettingsError naming the variable that is none of its values."""
        batch = environment.get("TENANTQL_MAX_BATCH") or "0"
        if not (batch.isascii() and batch.isdigit()):
            raise SettingsError("the environment variable TENANTQL_MAX_BATCH is no number")
        preflight = environment.get("TENANTQL_REQUIRE_PREFLIGHT") or "false"
        if preflight not in {"true", "false"}:
            raise SettingsError("the environment variable TENANTQL_REQUIRE_PREFLIGHT is no boolean")
        statuses = _one_of(Profile, environment, "TENANTQL_STATUS_CODES", Profile.STANDARD)
        http = HttpOptions(statuses, int(batch), preflight == "true")
        # Else it is prepared ahead of all requests, and what they may need with it.
        lazy = environment.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "on-demand"
        return cls(http, _one_of(Mode, environment, "TENANTQL_DOCUMENTS", Mode.ANY), lazy)


class TenantSettings(msgspec.Struct, frozen=True):
    """What the tenants' endpoint and the stream function run with.

    `introspection` says whether clients may ask for the schema.
    """

    region: str
    wire: Wire
    control_table: str
    tenant_role_arn: str
    kms_key_arn: str | None
    endpoint: EndpointSettings
    images: ImageSettings | None = None
    introspection: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Raises SettingsError naming the variable that is missing or wrong."""
        return cls(
            region=_required(environment, "AWS_REGION"),
            wire=_wire(environment),
            control_table=_required(environment, "TENANTQL_CONTROL_TABLE"),
            tenant_role_arn=_required(environment, "TENANTQL_TENANT_ROLE_ARN"),
            kms_key_arn=environment.get("TENANTQL_KMS_KEY_ARN") or None,
            endpoint=EndpointSettings.from_environment(environment),
            images=ImageSettings.from_environment(environment),
            introspection=_switch(environment, "TENANTQL_INTROSPECTION"),
        )


class PlatformSettings(msgspec.Struct, frozen=True):
    """What the platform's endpoint runs with."""

    region: str
    wire: Wire
    control_table: str
    platform_role_arn: str
    kms_key_arn: str | None
    endpoint: EndpointSettings
    introspection: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Raises SettingsError naming the variable that is missing or wrong."""
        return cls(
            region=_required(environment, "AWS_REGION"),
            wire=_wire(environment),
            control_table=_required(environment, "TENANTQL_CONTROL_TABLE"),
            platform_role_arn=_required(environment, "TENANTQL_PLATFORM_ROLE_ARN"),
            kms_key_arn=environment.get("TENANTQL_KMS_KEY_ARN") or None,
            introspection=_switch(environment, "TENANTQL_INTROSPECTION"),
            endpoint=EndpointSettings.from_environment(environment),
        )


class AuthorizerSettings(msgspec.Struct, frozen=True):
    """Whose tokens are accepted, which claims name whom, and where revocations are."""

    wire: Wire
    control_table: str
    issuer: str
    audience: str
    jwks_uri: str
    tenant_claim: str
    subject_claim: str
    roles_claim: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Raises SettingsError naming the variable that is missing or wrong."""
        return cls(
            wire=_wire(environment),
            control_table=_required(environment, "TENANTQL_CONTROL_TABLE"),
            issuer=_required(environment, "TENANTQL_ISSUER"),
            audience=_required(environment, "TENANTQL_AUDIENCE"),
            jwks_uri=_required(environment, "TENANTQL_JWKS_URI"),
            tenant_claim=_required(environment, "TENANTQL_TENANT_CLAIM"),
            subject_claim=_required(environment, "TENANTQL_SUBJECT_CLAIM"),
            roles_claim=_required(environment, "TENANTQL_ROLES_CLAIM"),
        )


class CanarySettings(msgspec.Struct, frozen=True):
    """Which table the canary looks at, and the role that it assumes."""

    region: str
    wire: Wire
    table: str
    tenant_role_arn: str
    kms_key_arn: str | None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Raises SettingsError naming the variable that is missing or wrong."""
        return cls(
            region=_required(environment, "AWS_REGION"),
            wire=_wire(environment),
            table=_required(environment, "TENANTQL_CANARY_TABLE"),
            tenant_role_arn=_required(environment, "TENANTQL_TENANT_ROLE_ARN"),
            kms_key_arn=environment.get("TENANTQL_KMS_KEY_ARN") or None,
        )


_LOG_LEVELS: Final = ("POWERTOOLS_LOG_LEVEL", "LOG_LEVEL", "AWS_LAMBDA_LOG_LEVEL")
"""Where Powertools looks for the level, in its order."""


class TelemetrySettings(msgspec.Struct, frozen=True):
    """Which share of the uneventful requests is logged, and whether spans are made.

    `service` and `log_level` are those of Powertools' Logger.
    """

    log_share: float = 1.0
    spans: bool = False
    service: str = "service_undefined"
    log_level: int = logging.INFO

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Raises SettingsError naming the variable that is wrong."""
        named = next(filter(None, map(environment.get, _LOG_LEVELS)), "INFO").upper()
        level = logging.getLevelNamesMapping().get(named)
        if level is None:
            raise SettingsError("the level of the log is none that there is")
        return cls(
            _share(environment, "TENANTQL_LOG_SAMPLE"),
            _switch(environment, "TENANTQL_OTEL"),
            environment.get("POWERTOOLS_SERVICE_NAME") or "service_undefined",
            level,
        )


def trace_of_invocation(environment: Mapping[str, str] = os.environ) -> str | None:
    """The id of X-Ray's trace that the invocation belongs to; the runtime sets it anew for each.

    https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
    """
    header = environment.get("_X_AMZN_TRACE_ID")
    return header.partition(";")[0].removeprefix("Root=") if header else None


def _share(environment: Mapping[str, str], name: str) -> float:
    try:
        found = float(environment.get(name) or 1)
    except ValueError:
        found = -1.0
    if not 0 <= found <= 1:
        raise SettingsError(f"the environment variable {name} is no number from 0 to 1")
    return found


def _required(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "")
    if not value:
        raise SettingsError(f"the environment variable {name} is not set; template.yaml sets it")
    return value


def _switch(environment: Mapping[str, str], name: str) -> bool:
    value = environment.get(name) or "off"
    if value not in {"on", "off"}:
        raise SettingsError(f"the environment variable {name} is neither on nor off")
    return value == "on"


def _wire(environment: Mapping[str, str]) -> Wire:
    kind = _one_of(Kind, environment, "TENANTQL_TRANSPORT", Kind.DIRECT)
    return Wire(kind, _required(environment, "AWS_REGION"), environment)


def _one_of[E: StrEnum](
    values: type[E], environment: Mapping[str, str], name: str, default: E
) -> E:
    value = environment.get(name) or default
    if value not in values:
        raise SettingsError(f"the environment variable {name} is none of {', '.join(values)}")
    return values(value)
