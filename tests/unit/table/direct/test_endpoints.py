"""Endpoints: the same as botocore's, for every region that it knows and every setting."""

import itertools
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.endpoint_provider import EndpointProvider
from botocore.session import Session

from tenantql.errors import SettingsError
from tenantql.table.direct.endpoints import Endpoint, endpoint_of

VARIABLES = ("AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT")


def regions() -> list[str]:
    session: Any = Session()
    partitions = session.get_available_partitions()
    return sorted(
        region
        for partition in partitions
        for region in session.get_available_regions("dynamodb", partition)
    )


def rules_of(service: str) -> EndpointProvider:
    """A service's rules for its endpoints, as botocore ships them."""
    loader: Any = Session().get_component("data_loader")
    rules = loader.load_service_model(service, "endpoint-rule-set-1")
    return EndpointProvider(rules, loader.load_data("partitions"))


def url_of_botocore(region: str, environment: Mapping[str, str]) -> str:
    """What a client of this region, with this environment, sends its requests to."""
    with pytest.MonkeyPatch.context() as patch:
        for name in (*VARIABLES, "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB", "AWS_PROFILE"):
            patch.delenv(name, raising=False)
        patch.setenv("AWS_CONFIG_FILE", "/dev/null")
        for name, value in environment.items():
            patch.setenv(name, value)
        session: Any = Session()
        client = session.create_client(
            "dynamodb", region, aws_access_key_id="AKID", aws_secret_access_key="secret"
        )
    operation = client.meta.service_model.operation_model("ListTables")
    return client._ruleset_resolver.construct_endpoint(operation, {}, {}).url


def url_of(endpoint: Endpoint) -> str:
    return f"http{'s' if endpoint.tls else ''}://{endpoint.authority}"


@pytest.mark.parametrize(("fips", "dual_stack"), [*itertools.product([False, True], repeat=2)])
@pytest.mark.parametrize("service", ["dynamodb", "sts"])
def test_every_region_has_the_endpoint_of_the_rules(
    service: str, fips: bool, dual_stack: bool
) -> None:
    rules = rules_of(service)
    known = [*regions(), "eu-somewhere-9", "cn-somewhere-1", "us-gov-north-1", "mars-1"]
    assert len(known) > 35
    flags: dict[str, str] = dict(zip(VARIABLES, (str(fips), str(dual_stack)), strict=True))
    for region in known:
        theirs = rules.resolve_endpoint(Region=region, UseFIPS=fips, UseDualStack=dual_stack)
        assert url_of(endpoint_of(service, region, flags)) == theirs.url


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"AWS_USE_FIPS_ENDPOINT": "true"},
        {"AWS_USE_DUALSTACK_ENDPOINT": "TRUE"},
        {"AWS_USE_FIPS_ENDPOINT": "1", "AWS_USE_DUALSTACK_ENDPOINT": ""},
        {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"},
        {"AWS_ENDPOINT_URL": "https://everything.example/"},
        {
            "AWS_ENDPOINT_URL": "http://a.example",
            "AWS_ENDPOINT_URL_DYNAMODB": "https://b.example:8443",
        },
        {"AWS_ENDPOINT_URL": "http://a.example", "AWS_ENDPOINT_URL_DYNAMODB": ""},
        {"AWS_ENDPOINT_URL": "http://a.example", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
        {"AWS_ENDPOINT_URL": "http://a.example", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false"},
        {"AWS_ENDPOINT_URL": ""},
        {"AWS_ENDPOINT_URL": "http://[::1]:8000"},
    ],
    ids=str,
)
def test_the_environment_is_read_as_botocore_reads_it(environment: dict[str, str]) -> None:
    found = url_of(endpoint_of("dynamodb", "eu-central-1", environment))
    assert found == url_of_botocore("eu-central-1", environment).rstrip("/")


@pytest.mark.parametrize("name", VARIABLES)
def test_a_url_goes_with_no_variant(name: str) -> None:
    environment = {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566", name: "true"}
    with pytest.raises(SettingsError, match="neither FIPS nor dual-stack"):
        endpoint_of("dynamodb", "eu-central-1", environment)


@pytest.mark.parametrize("region", ["", "-a", "a-", "eu/central", "eu.central", "a" * 64, "1\r\n2"])
def test_a_region_is_a_part_of_a_hosts_name(region: str) -> None:
    with pytest.raises(SettingsError, match="AWS_REGION"):
        endpoint_of("dynamodb", region, {})


@pytest.mark.parametrize(
    "url",
    [
        *("example.com", "ftp://example.com", "http://", "http://host:port", "http://host:99999"),
        *("http://host/path", "http://host?query", "http://user:word@host", "http://[::1"),
        *("http://host#part", "http://host\r\nx: y", "http://ho st"),
    ],
)
def test_a_url_that_no_request_can_go_to_is_refused(url: str) -> None:
    with pytest.raises(SettingsError):
        endpoint_of("dynamodb", "eu-central-1", {"AWS_ENDPOINT_URL": url})


@pytest.mark.parametrize(
    ("url", "authority"),
    [
        ("http://host", "host"),
        ("http://host:80", "host"),
        ("http://host:443", "host:443"),
        ("https://HOST:443", "host"),
        ("https://host:80", "host:80"),
        ("https://[::1]", "[::1]"),
    ],
)
def test_a_port_is_named_if_it_is_not_the_usual_one(url: str, authority: str) -> None:
    assert Endpoint.of(url).authority == authority
