"""Settings: what each function takes from its environment, and from nowhere else."""

import pytest

from tenantql.engine.document_mode import Mode
from tenantql.errors import SettingsError
from tenantql.http.options import HttpOptions
from tenantql.http.statuses import Profile
from tenantql.settings import (
    AuthorizerSettings,
    EndpointSettings,
    ImageSettings,
    PlatformSettings,
    TelemetrySettings,
    TenantSettings,
    trace_of_invocation,
)
from tenantql.table.transports import Kind, Wire
from tests.unit.functions.loading import ENVIRONMENT


def test_what_the_tenants_endpoint_runs_with() -> None:
    found = TenantSettings.from_environment(ENVIRONMENT)
    assert found.region == "us-east-1"
    assert found.control_table == "shop-control"
    assert found.tenant_role_arn.endswith("role/shop-tenant-us-east-1")
    assert found.kms_key_arn is None


@pytest.mark.parametrize(("value", "key"), [("", None), ("arn:key", "arn:key")])
def test_a_key_that_is_empty_is_none(value: str, key: str | None) -> None:
    """CloudFormation hands an unset parameter on as an empty text."""
    environment = {**ENVIRONMENT, "TENANTQL_KMS_KEY_ARN": value}
    assert TenantSettings.from_environment(environment).kms_key_arn == key


def test_what_the_platforms_endpoint_runs_with() -> None:
    assert PlatformSettings.from_environment(ENVIRONMENT) == PlatformSettings(
        region="us-east-1",
        wire=Wire(Kind.DIRECT, "us-east-1", ENVIRONMENT),
        control_table="shop-control",
        platform_role_arn="arn:aws:iam::123456789012:role/shop-platform-us-east-1",
        kms_key_arn=None,
        endpoint=EndpointSettings(HttpOptions(), Mode.ANY),
    )


def test_what_the_authorizer_runs_with() -> None:
    assert AuthorizerSettings.from_environment(ENVIRONMENT) == AuthorizerSettings(
        wire=Wire(Kind.DIRECT, "us-east-1", ENVIRONMENT),
        control_table="shop-control",
        issuer="https://issuer.example",
        audience="tests",
        jwks_uri="https://issuer.example/jwks",
        tenant_claim="custom:tenant",
        subject_claim="custom:user",
        roles_claim="cognito:groups",
    )


@pytest.mark.parametrize("settings", [TenantSettings, PlatformSettings, AuthorizerSettings])
def test_the_transport_is_one_of_two(
    settings: type[TenantSettings | PlatformSettings | AuthorizerSettings],
) -> None:
    chosen = {"": Kind.DIRECT, "direct": Kind.DIRECT, "boto3": Kind.BOTO3}
    for value, kind in chosen.items():
        environment = {**ENVIRONMENT, "TENANTQL_TRANSPORT": value}
        assert settings.from_environment(environment).wire.kind is kind
    with pytest.raises(SettingsError, match="TENANTQL_TRANSPORT"):
        settings.from_environment({**ENVIRONMENT, "TENANTQL_TRANSPORT": "aiohttp"})


@pytest.mark.parametrize("settings", [TenantSettings, PlatformSettings])
def test_the_schema_is_not_shown_unless_it_is_said(
    settings: type[TenantSettings | PlatformSettings],
) -> None:
    for value, shown in {"": False, "off": False, "on": True}.items():
        environment = {**ENVIRONMENT, "TENANTQL_INTROSPECTION": value}
        assert settings.from_environment(environment).introspection is shown
    with pytest.raises(SettingsError, match="TENANTQL_INTROSPECTION is neither on nor off"):
        settings.from_environment({**ENVIRONMENT, "TENANTQL_INTROSPECTION": "true"})


@pytest.mark.parametrize("settings", [TenantSettings, PlatformSettings])
def test_what_an_endpoints_http_is_like(
    settings: type[TenantSettings | PlatformSettings],
) -> None:
    chosen = {
        "TENANTQL_STATUS_CODES": "legacy",
        "TENANTQL_MAX_BATCH": "5",
        "TENANTQL_REQUIRE_PREFLIGHT": "true",
        "TENANTQL_DOCUMENTS": "registered",
    }
    found = settings.from_environment({**ENVIRONMENT, **chosen}).endpoint
    wanted = HttpOptions(Profile.LEGACY, max_batch=5, require_preflight=True)
    assert found == EndpointSettings(wanted, Mode.REGISTERED)
    unset = dict.fromkeys(chosen, "")
    found = settings.from_environment({**ENVIRONMENT, **unset}).endpoint
    assert found == EndpointSettings(HttpOptions(), Mode.ANY)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TENANTQL_STATUS_CODES", "418"),
        ("TENANTQL_MAX_BATCH", "-1"),
        ("TENANTQL_MAX_BATCH", "many"),
        ("TENANTQL_DOCUMENTS", "some"),
        ("TENANTQL_REQUIRE_PREFLIGHT", "yes"),
    ],
)
def test_a_setting_that_is_none_of_its_values_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        TenantSettings.from_environment({**ENVIRONMENT, name: value})


def test_settings_show_no_secret() -> None:
    environment = {**ENVIRONMENT, "AWS_SECRET_ACCESS_KEY": "the-secret"}
    assert "the-secret" not in repr(TenantSettings.from_environment(environment))


@pytest.mark.parametrize("settings", [TenantSettings, PlatformSettings, AuthorizerSettings])
def test_nothing_is_guessed(
    settings: type[TenantSettings | PlatformSettings | AuthorizerSettings],
) -> None:
    with pytest.raises(SettingsError, match=r"^the environment variable \w+ is not set"):
        settings.from_environment({})


def test_images_go_to_the_buckets_domain_or_to_the_endpoint_of_a_local_cloud() -> None:
    assert TenantSettings.from_environment(ENVIRONMENT).images is None
    bucket = {**ENVIRONMENT, "TENANTQL_IMAGES_BUCKET": "shop", "TENANTQL_IMAGES_URL": ""}
    domain = bucket | {"TENANTQL_IMAGES_DOMAIN": "shop.s3.us-east-1.amazonaws.com"}
    local = bucket | {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}
    served = domain | {"TENANTQL_IMAGES_URL": "https://cdn.example.com"}
    for environment, url, shown_at in (
        (domain, "https://shop.s3.us-east-1.amazonaws.com/", None),
        (local, "http://127.0.0.1:4566/shop", None),
        (served, "https://shop.s3.us-east-1.amazonaws.com/", "https://cdn.example.com"),
    ):
        found = TenantSettings.from_environment(environment).images
        assert found == ImageSettings("shop", url, shown_at)
    with pytest.raises(SettingsError, match="TENANTQL_IMAGES_DOMAIN"):
        TenantSettings.from_environment(bucket)


def test_everything_is_logged_and_nothing_traced_by_default() -> None:
    assert TelemetrySettings.from_environment({}) == TelemetrySettings(1.0, spans=False)


def test_a_share_of_requests_can_be_logged_and_spans_made() -> None:
    environment = {"TENANTQL_LOG_SAMPLE": "0.05", "TENANTQL_OTEL": "on"}
    assert TelemetrySettings.from_environment(environment) == TelemetrySettings(0.05, spans=True)
    assert TelemetrySettings.from_environment({"TENANTQL_LOG_SAMPLE": "0"}).log_share == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("TENANTQL_LOG_SAMPLE", value) for value in ("2", "-0.1", "half", "nan")),
        ("TENANTQL_OTEL", "true"),
    ],
)
def test_a_wrong_setting_of_telemetry_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        TelemetrySettings.from_environment({name: value})


def test_the_trace_of_an_invocation() -> None:
    header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
    found = trace_of_invocation({"_X_AMZN_TRACE_ID": header})
    assert found == "1-5759e988-bd862e3fe1be46a994272793"
    assert trace_of_invocation({}) is None
