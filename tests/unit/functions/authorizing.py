"""The authorizer in a process of ours: loaded, asked, and tried with tokens that are forged."""

import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from types import ModuleType
from typing import Any, Final

from local.issuer import Issuer
from tenantql.table.access import Access
from tenantql.tenancy.revocation import RevokedCopy
from tests.unit.builders import CREDENTIALS, holding
from tests.unit.functions import loading
from tests.unit.functions.loading import ENVIRONMENT

REFUSED: Final = {"isAuthorized": False}
HOUR: Final = 3600
NOW: Final = int(time.time())


def settings(issuer: Issuer, jwks_uri: str | None = None) -> dict[str, str]:
    return {
        **ENVIRONMENT,
        "TENANTQL_ISSUER": issuer.url,
        "TENANTQL_JWKS_URI": jwks_uri or issuer.jwks_uri,
    }


def load(environment: Mapping[str, str], *revoked: RevokedCopy) -> ModuleType:
    """The authorizer, beside a control table with these revocations."""
    module: Any = loading.load("authorizer", environment)
    module._transport = holding(*revoked)
    module._access = lambda tenant: Access("shop-control", f"REVOKED#{tenant}#", CREDENTIALS)  # pyright: ignore[reportUnknownLambdaType]
    return module


def ask(module: ModuleType, authorization: object) -> Any:
    event: dict[str, Any] = {"version": "2.0", "type": "REQUEST", "identitySource": [authorization]}
    return module.handler(event, None)


def bearer(module: ModuleType, token: str) -> Any:
    return ask(module, f"Bearer {token}")


def part(content: object) -> str:
    return urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def claims_of(issuer: Issuer) -> dict[str, Any]:
    return {
        "iss": issuer.url,
        "aud": "tests",
        "sub": "ada",
        "iat": NOW - 10,
        "exp": NOW + HOUR,
        "custom:tenant": "acme",
        "cognito:groups": ["admin"],
    }


def forged(issuer: Issuer, algorithm: object, kid: object, key: bytes = b"") -> str:
    """A token with every right claim, not signed or signed with an HMAC."""
    signed = f"{part({'alg': algorithm, 'typ': 'JWT', 'kid': kid})}.{part(claims_of(issuer))}"
    signature = urlsafe_b64encode(hmac.digest(key, signed.encode(), sha256)) if key else b""
    return f"{signed}.{signature.rstrip(b'=').decode()}"
