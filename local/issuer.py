"""An OpenID Connect issuer for development and tests: signs tokens, publishes its keys.

The key pair is made at start and lives in memory: no private key on disk, and a token
of an earlier run opens nothing.
"""

import json
import secrets
import time
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final, Literal

from joserfc import jwt
from joserfc.jwk import ECKey, KeyParameters, RSAKey

AUDIENCE: Final = "tenantql-local"
JWKS_PATH: Final = "/.well-known/jwks.json"
CONFIGURATION_PATH: Final = "/.well-known/openid-configuration"
HOUR: Final = 3600


class Issuer:
    """Issues signed tokens in the name of `url`, with the claims that Cognito would send."""

    def __init__(
        self,
        url: str,
        *,
        audience: str = AUDIENCE,
        algorithm: Literal["RS256", "ES256"] = "RS256",
        tenant_claim: str = "custom:tenant",
        roles_claim: str = "cognito:groups",
    ) -> None:
        """ES256 makes the same token half as long, for tokens that people copy."""
        self.url = url.rstrip("/")
        self.audience = audience
        self._tenant_claim = tenant_claim
        self._roles_claim = roles_claim
        self._algorithm = algorithm
        self._key = _key_of(algorithm)

    @property
    def jwks_uri(self) -> str:
        """Where a verifier reads the public keys."""
        return self.url + JWKS_PATH

    def jwks(self) -> dict[str, Any]:
        """The public keys, as a JSON Web Key Set (RFC 7517, section 5)."""
        return {"keys": [self._key.as_dict(private=False)]}

    def configuration(self) -> dict[str, Any]:
        """The metadata that verifiers look up (OpenID Connect Discovery 1.0, section 3)."""
        return {
            "issuer": self.url,
            "jwks_uri": self.jwks_uri,
            "id_token_signing_alg_values_supported": [self._algorithm],
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
        }

    def documents(self) -> dict[str, dict[str, Any]]:
        """Both public documents by the path that each is served under."""
        return {JWKS_PATH: self.jwks(), CONFIGURATION_PATH: self.configuration()}

    def token(
        self,
        tenant: str | None,
        subject: str,
        roles: Iterable[str],
        *,
        expires_in: float = HOUR,
        audience: str | None = None,
        issuer: str | None = None,
        claims: Mapping[str, Any] | None = None,
    ) -> str:
        """A signed token.

        `tenant` is None for a person of the platform, who belongs to none. `expires_in`
        is in seconds and may be negative, for a token that has expired. `audience` and
        `issuer` replace the right ones, and `claims` is added last: a value of None takes
        a claim away. So tests can make every kind of token that must be refused.
        """
        now = int(time.time())
        content: dict[str, Any] = {
            "iss": issuer or self.url,
            "aud": audience or self.audience,
            "sub": subject,
            "iat": now + min(0, int(expires_in) - 1),
            "exp": now + int(expires_in),
            "jti": secrets.token_urlsafe(6),
            self._roles_claim: sorted(roles),
            self._tenant_claim: tenant,
            **(claims or {}),
        }
        present = {name: value for name, value in content.items() if value is not None}
        header = {"alg": self._algorithm, "kid": self._key.kid}
        return jwt.encode(header, present, self._key)


def _key_of(algorithm: Literal["RS256", "ES256"]) -> RSAKey | ECKey:
    parameters: KeyParameters = {"use": "sig", "alg": algorithm, "kid": secrets.token_urlsafe(6)}
    if algorithm == "RS256":
        return RSAKey.generate_key(2048, parameters)
    return ECKey.generate_key("P-256", parameters)


@contextmanager
def serving(port: int = 0, *, audience: str = AUDIENCE) -> Generator[Issuer]:
    """An issuer whose documents are served over HTTP on 127.0.0.1 while the block runs.

    `port` 0 takes a free one. The issuer's `url` names the port that was taken.
    """
    documents: dict[str, dict[str, Any]] = {}

    class Documents(BaseHTTPRequestHandler):
        """Answers GET for the two documents of the issuer."""

        def do_GET(self) -> None:
            document = documents.get(self.path)
            body = json.dumps(document or {"message": "Not Found"}).encode()
            self.send_response(200 if document else 404)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: an access log says nothing that the caller does not know."""

    with ThreadingHTTPServer(("127.0.0.1", port), Documents) as server:
        server.daemon_threads = True
        issuer = Issuer(f"http://127.0.0.1:{server.server_port}", audience=audience)
        documents.update(issuer.documents())
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield issuer
        finally:
            server.shutdown()
            thread.join()
