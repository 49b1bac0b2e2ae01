"""One request through the API: route, size, authorizer, function, response."""

import asyncio
from collections.abc import Collection, Mapping
from typing import Final

from local.function import FunctionError, FunctionTimeoutError
from local.gateway.authorization import Authorizer, Denied, Invoke
from local.gateway.cors import Cors
from local.gateway.events import Request, function_event
from local.gateway.responses import Response, message, response_of

BODY_LIMIT: Final = 10 * 1024 * 1024
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"""

TIMEOUT: Final = 30.0
"""Seconds that an HTTP API waits for a function."""


class Gateway:
    """An HTTP API: routes to functions, behind one authorizer unless they are open."""

    def __init__(
        self,
        routes: Mapping[str, Invoke],
        authorizer: Authorizer,
        cors: Cors | None = None,
        opened: Collection[str] = (),
    ) -> None:
        """`routes` maps a route key, such as `POST /graphql`, to its function.

        `opened` are those that need no token; `cors` are the pages that may call.
        """
        self._routes = routes
        self._authorizer = authorizer
        self._cors = cors
        self._opened = opened

    async def handle(self, request: Request) -> Response:
        """The response to a request; a function's fault is a bare 500 and stays in its log."""
        response = self._cors.preflight(request) if self._cors else None
        if response is None:
            response = await self._answer(request)
            response = self._cors.shared(request, response) if self._cors else response
        named = (*response.headers, ("apigw-requestid", request.id))
        return Response(response.status, named, response.body)

    async def _answer(self, request: Request) -> Response:
        function = self._routes.get(request.route_key)
        if function is None:
            return message(404)
        if len(request.body) > BODY_LIMIT:
            return message(413)
        try:
            opened = request.route_key in self._opened
            context = None if opened else await self._authorizer.authorize(request)
            async with asyncio.timeout(TIMEOUT):
                result = await function(function_event(request, context), request.id)
        except Denied as denied:
            return message(denied.status)
        except FunctionError:
            return message(500)
        except (FunctionTimeoutError, TimeoutError):
            return message(503)
        return response_of(result)
