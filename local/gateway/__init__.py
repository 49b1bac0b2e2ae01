"""Stands in for an HTTP API of API Gateway: events in payload format 2.0, authorizer, answers."""

from local.gateway.authorization import Authorizer, Denied
from local.gateway.cors import Cors
from local.gateway.events import Request, authorizer_event, function_event
from local.gateway.gateway import Gateway
from local.gateway.responses import Response, message, response_of

__all__ = [
    "Authorizer",
    "Cors",
    "Denied",
    "Gateway",
    "Request",
    "Response",
    "authorizer_event",
    "function_event",
    "message",
    "response_of",
]
