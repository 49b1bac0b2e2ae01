"""CORS as an HTTP API does it: by itself, before the authorizer, for a list of origins.

What a function says of CORS is not passed on, so it is in one place: the API's definition.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from local.gateway.events import Request
from local.gateway.responses import Response


@dataclass(frozen=True)
class Cors:
    """Which pages may call the API, how, and what they may read of an answer."""

    origins: frozenset[str]
    methods: tuple[str, ...]
    headers: tuple[str, ...]
    exposed: tuple[str, ...]
    max_age: int

    @classmethod
    def of(cls, configuration: Mapping[str, Any], origins: Iterable[str]) -> Self:
        """The template's `CorsConfiguration`, for these origins."""
        return cls(
            frozenset(origins),
            tuple(configuration["AllowMethods"]),
            tuple(configuration["AllowHeaders"]),
            tuple(configuration["ExposeHeaders"]),
            configuration["MaxAge"],
        )

    def preflight(self, request: Request) -> Response | None:
        """The answer to a preflight, which no authorizer sees; None if the request is none."""
        wanted = request.header("access-control-request-method")
        if request.method != "OPTIONS" or not request.header("origin") or not wanted:
            return None
        if not self._allows(request):
            return Response(204, (), b"")
        allowed = (
            *self._origin(request),
            ("access-control-allow-methods", ",".join(self.methods)),
            ("access-control-allow-headers", ",".join(self.headers)),
            ("access-control-max-age", str(self.max_age)),
        )
        return Response(204, allowed, b"")

    def shared(self, request: Request, response: Response) -> Response:
        """`response` with what a browser needs to show it to the page that asked."""
        own = [pair for pair in response.headers if not pair[0].startswith("access-control-")]
        if self._allows(request):
            own += [
                *self._origin(request),
                ("access-control-expose-headers", ",".join(self.exposed)),
            ]
        return Response(response.status, tuple(own), response.body)

    def _allows(self, request: Request) -> bool:
        return request.header("origin") in self.origins

    def _origin(self, request: Request) -> tuple[tuple[str, str], ...]:
        return (("access-control-allow-origin", request.header("origin") or ""),)
