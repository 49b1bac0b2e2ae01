"""The authorizer: a bearer token in, an identity out.

Any OpenID Connect issuer: the signature is checked against its JWKS, then issuer, audience and
times; then one GetItem tells whether the person has given the token up. Whatever fails, the answer
is a refusal and nothing more; the reason goes to the log.
"""

import time
from typing import Any, Final

import jwt
from jwt.jwk_set_cache import JWKSetCache

from tenantql.alarms import Alarming, count
from tenantql.logs import structured_logger
from tenantql.settings import AuthorizerSettings
from tenantql.table import calls
from tenantql.tenancy import revocation
from tenantql.tenancy.errors import Unauthenticated
from tenantql.tenancy.identity import Identity

# Asymmetric only: with HS256 a public key could be used as a shared secret.
ALGORITHMS: Final = ["RS256", "ES256", "EdDSA"]
LEEWAY_SECONDS: Final = 30
KEYS_SECONDS: Final = 300
"""How long the issuer's keys are good for without looking again."""

NO_KEYS: Final = (jwt.PyJWKClientConnectionError, jwt.PyJWKSetError)
"""The issuer's keys are not to be had: nobody's fault who sends a token, and nobody gets in."""


class _KeySet(JWKSetCache):
    """The issuer's keys, by the wall's clock.

    PyJWT's is monotonic: it stands still while Lambda keeps the function frozen, so keys that their
    issuer has withdrawn could stay good for as long as nobody asks much.
    """

    _put_at = 0.0

    def put(self, jwk_set: Any) -> None:
        super().put(jwk_set)
        self._put_at = time.time()

    def is_expired(self) -> bool:
        return not 0 <= time.time() - self._put_at < self.lifespan


_settings = AuthorizerSettings.from_environment()
# No key is kept by itself: those would stay good after their issuer has withdrawn them.
_keys = jwt.PyJWKClient(_settings.jwks_uri, cache_keys=False, timeout=3)
_keys.jwk_set_cache = _KeySet(KEYS_SECONDS)
_transport = _settings.wire.transport()
_access = revocation.revocations_access(_settings.control_table, _settings.wire.own_credentials())
_logger = structured_logger()


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """A REQUEST event (payload 2.0) in, a simple response out. Refuses when in doubt."""
    del context
    try:
        identity = _identity((event.get("identitySource") or [""])[0])
    except Exception as error:  # noqa: BLE001 - whatever fails, nobody is let in
        foreseen = isinstance(error, jwt.PyJWTError | Unauthenticated) and not isinstance(
            error, NO_KEYS
        )
        # The type says why; a message of PyJWT could quote the token.
        log = _logger.info if foreseen else _logger.error
        log("refused", extra={"reason": type(error).__name__})
        if not foreseen:
            count(Alarming.AUTHORIZER_FAILURES, _logger.service)
        return {"isAuthorized": False}
    return {"isAuthorized": True, "context": identity.to_context()}


def _identity(authorization: str) -> Identity:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("not a bearer token")
    claims = jwt.decode(
        token,
        _keys.get_signing_key_from_jwt(token),
        algorithms=ALGORITHMS,
        audience=_settings.audience,
        issuer=_settings.issuer,
        leeway=LEEWAY_SECONDS,
        options={"require": ["exp", "iat", "sub", "iss", "aud"]},
    )
    identity = Identity.of(
        tenant=claims.get(_settings.tenant_claim),
        subject=claims.get(_settings.subject_claim, claims["sub"]),
        roles=claims.get(_settings.roles_claim, []),
        token=revocation.token_id(claims.get("jti"), token.rpartition(".")[0]),
    )
    _ensure_not_revoked(identity, int(claims["iat"]))
    return identity


def _ensure_not_revoked(identity: Identity, issued_at: int) -> None:
    """Raises Unauthenticated for a token that was given up, or that is too old to tell."""
    if time.time() - issued_at > revocation.LONGEST_LIFE.total_seconds() + LEEWAY_SECONDS:
        raise Unauthenticated("the token is too old")
    if identity.tenant is None:
        # Revocations are a tenant's; an operator's tokens end by themselves.
        return
    asked = revocation.revoked(identity.tenant, identity.subject)
    found = calls.run(_transport, asked, _access(identity.tenant))
    if found is not None and found.covers(identity.token, issued_at):
        raise Unauthenticated("the token was revoked")
