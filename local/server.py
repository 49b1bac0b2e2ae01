"""The development server: the API at its routes, tokens and keys of the issuer, the playground."""

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse
from starlette.responses import Response as HttpResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from local.examples import Example
from local.gateway import Gateway, Request, Response, message
from local.gateway.gateway import BODY_LIMIT
from local.images import IMAGES
from local.issuer import Issuer
from local.tokens import OPERATOR, Actor

PAGE: Final = Path(__file__).parent / "playground" / "page"
GRAPHQL: Final = "/graphql"
PLATFORM: Final = "/platform"
HEALTH: Final = "/health"
HOSTS: Final = ("127.0.0.1", "localhost", "host.docker.internal")
"""The names that this machine has for itself, and that a container has for it."""

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The browser itself refuses whatever the page would load from another site."""

type Answered = Callable[[Request, Response, float], None]
"""Told of each request to the API, its response, and the seconds in between."""


def application(
    gateway: Gateway,
    issuer: Issuer,
    actors: Iterable[Actor],
    examples: Mapping[str, Iterable[Example]],
    *,
    assets: Path,
    images: ASGIApp,
    answered: Answered = lambda _request, _response, _seconds: None,
) -> Starlette:
    """The server as an ASGI application. `examples` are by the path of their endpoint.

    `images` answers for the objects of the bucket of images.
    """
    known = {actor.id: actor for actor in actors}

    async def api(request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        try:
            incoming = await _incoming(request)
        except ClientDisconnect:
            return HttpResponse(status_code=499)
        response = message(413) if incoming is None else await gateway.handle(incoming)
        if incoming is not None:
            answered(incoming, response, time.perf_counter() - started)
        return _outgoing(response)

    async def page(_request: HttpRequest) -> HttpResponse:
        return FileResponse(PAGE / "index.html", headers={"content-security-policy": POLICY})

    async def configuration(_request: HttpRequest) -> HttpResponse:
        content = _configuration(known.values(), issuer, examples)
        return JSONResponse(content, headers={"cache-control": "no-store"})

    async def token(request: HttpRequest) -> HttpResponse:
        actor = known.get(request.path_params["actor"])
        if actor is None:
            names = ", ".join(known)
            return PlainTextResponse(f"no such token; there are: {names}\n", status_code=404)
        return PlainTextResponse(actor.token(issuer), headers={"cache-control": "no-store"})

    routes: list[Route | Mount] = [
        Route("/", page),
        Route("/tokens/{actor:path}", token),
        Route("/playground/config.json", configuration),
        Mount("/playground/assets", StaticFiles(directory=assets)),
        Mount(IMAGES, images),
        Mount("/playground", StaticFiles(directory=PAGE)),
        *(Route(path, _document(content)) for path, content in issuer.documents().items()),
        Mount("/", _api_of(api)),
    ]
    # Tokens are handed out here, so a page that has a name of its own for 127.0.0.1 gets none.
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=HOSTS)
    return Starlette(routes=routes, middleware=[hosts])


def _api_of(endpoint: Callable[[HttpRequest], Awaitable[HttpResponse]]) -> Starlette:
    """All paths and methods that are left: the API answers for itself what it does not know."""
    methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    return Starlette(routes=[Route("/{path:path}", endpoint, methods=methods)])


def _document(content: Mapping[str, Any]) -> Callable[[HttpRequest], Awaitable[HttpResponse]]:
    async def document(_request: HttpRequest) -> HttpResponse:
        return JSONResponse(content)

    return document


async def _incoming(request: HttpRequest) -> Request | None:
    """The request with its body; None when the body is larger than the gateway takes."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > BODY_LIMIT:
            return None
    return Request(
        method=request.method,
        path=request.url.path,
        query=request.url.query,
        headers=[
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw
        ],
        body=bytes(body),
        source_ip=request.client.host if request.client else "127.0.0.1",
        protocol=f"HTTP/{request.scope['http_version']}",
    )


def _outgoing(response: Response) -> HttpResponse:
    outgoing = HttpResponse(response.body, response.status)
    for name, value in response.headers:
        outgoing.headers.append(name, value)
    return outgoing


def _configuration(
    actors: Iterable[Actor], issuer: Issuer, examples: Mapping[str, Iterable[Example]]
) -> dict[str, Any]:
    """What the playground's page asks for first, with tokens made at this moment."""
    members = [_choice(actor, issuer) for actor in actors if actor is not OPERATOR]
    operator = _choice(OPERATOR, issuer)
    first = next(iter(actors))
    refused = [
        _refused("none", "no token", "", ""),
        _refused("expired", "an expired token", first.tenant, first.token(issuer, -3600)),
    ]
    endpoints = (
        (GRAPHQL, "The tenants' endpoint", [*members, *refused, operator]),
        (PLATFORM, "The platform operators' endpoint", [operator, *members, *refused]),
    )
    return {
        "endpoints": [
            {
                "path": path,
                "about": about,
                "tokens": tokens,
                "examples": [asdict(example) for example in examples[path]],
            }
            for path, about, tokens in endpoints
        ]
    }


def _choice(actor: Actor, issuer: Issuer) -> dict[str, str]:
    return {
        "id": actor.id,
        "group": actor.tenant_name or "The platform",
        "tenant": actor.tenant,
        "role": actor.role,
        "name": actor.name,
        "token": actor.token(issuer),
    }


def _refused(id: str, name: str, tenant: str, token: str) -> dict[str, str]:
    return {
        "id": id,
        "group": "Refused by the gateway",
        "tenant": tenant,
        "role": "",
        "name": name,
        "token": token,
    }
