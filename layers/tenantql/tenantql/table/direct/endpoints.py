"""Where a service is: its endpoint in a region, by the rules and variables of the AWS SDKs.

https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
https://docs.aws.amazon.com/sdkref/latest/guide/feature-endpoints.html

The environment alone is asked, not the shared config file, which a function does not have.
"""

import re
from collections.abc import Mapping
from typing import Final, Self
from urllib.parse import urlsplit

import msgspec

from tenantql.errors import SettingsError

_HOST: Final = re.compile(r"[A-Za-z0-9._:-]+")


class Endpoint(msgspec.Struct, frozen=True):
    """A server, and whether it is spoken to over TLS. `host` is without the brackets of IPv6."""

    host: str
    port: int
    tls: bool

    @classmethod
    def of(cls, url: str) -> Self:
        """The endpoint of a URL without path. Raises SettingsError for any other."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise SettingsError("the URL of an endpoint is malformed") from None
        host = parts.hostname or ""
        if parts.scheme not in {"http", "https"} or "@" in url or not _HOST.fullmatch(host):
            raise SettingsError("an endpoint is http:// or https://, a host, and maybe a port")
        if parts.path.strip("/") or parts.query or parts.fragment:
            raise SettingsError("an endpoint has no path and no query")
        tls = parts.scheme == "https"
        return cls(host, port or (443 if tls else 80), tls)

    @property
    def authority(self) -> str:
        """The Host header: the port only if it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.tls else 80) else f"{host}:{self.port}"


class _Partition(msgspec.Struct, frozen=True):
    """A part of AWS with names of its own: the suffixes of its hosts, plain and dual-stack."""

    suffix: str
    dual_stack: str


_AWS: Final = _Partition("amazonaws.com", "api.aws")
_PARTITIONS: Final[Mapping[str, _Partition]] = {
    "cn-": _Partition("amazonaws.com.cn", "api.amazonwebservices.com.cn"),
    "eu-isoe-": _Partition("cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
    "eusc-": _Partition("amazonaws.eu", "api.amazonwebservices.eu"),
    "us-iso-": _Partition("c2s.ic.gov", "api.aws.ic.gov"),
    "us-isob-": _Partition("sc2s.sgov.gov", "api.aws.scloud"),
    "us-isof-": _Partition("csp.hci.ic.gov", "api.aws.hci.ic.gov"),
}
"""By what the names of its regions start with; any other region is of the first partition."""

_REGION: Final = re.compile(r"(?![0-9]+$)(?!-)[a-zA-Z0-9-]{1,63}(?<!-)")


def endpoint_of(service: str, region: str, environment: Mapping[str, str]) -> Endpoint:
    """The endpoint of a service (`dynamodb`, `sts`) in `region`, or what the environment names.

    Raises SettingsError for a region or a URL that is malformed, and for a combination of
    settings that has no endpoint.
    """
    if not _REGION.fullmatch(region):
        raise SettingsError("AWS_REGION is not the name of a region")
    fips = _is_true(environment, "AWS_USE_FIPS_ENDPOINT")
    dual_stack = _is_true(environment, "AWS_USE_DUALSTACK_ENDPOINT")
    configured = _configured(service, environment)
    if configured:
        if fips or dual_stack:
            raise SettingsError("an endpoint URL goes with neither FIPS nor dual-stack endpoints")
        return Endpoint.of(configured)
    found = (part for start, part in _PARTITIONS.items() if region.startswith(start))
    partition = next(found, _AWS)
    # GovCloud's plain endpoints are FIPS endpoints; with dual stack they have the usual names.
    named = fips and (dual_stack or not region.startswith("us-gov-"))
    suffix = partition.dual_stack if dual_stack else partition.suffix
    return Endpoint(f"{service}{'-fips' if named else ''}.{region}.{suffix}", 443, tls=True)


def _configured(service: str, environment: Mapping[str, str]) -> str:
    """The URL that takes the place of AWS's endpoint, if there is one: the more specific wins."""
    if _is_true(environment, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"):
        return ""
    names = (f"AWS_ENDPOINT_URL_{service.upper()}", "AWS_ENDPOINT_URL")
    return next((environment[name] for name in names if environment.get(name)), "")


def _is_true(environment: Mapping[str, str], name: str) -> bool:
    return environment.get(name, "").lower() == "true"
