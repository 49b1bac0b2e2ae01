"""Requests to the deployed API."""

from collections.abc import Mapping
from typing import Any

import httpx

from local.deployment import Deployment


def post(
    deployed: Deployment, path: str, token: str, query: str, variables: Mapping[str, Any] = {}
) -> httpx.Response:
    """The response to a query with a token."""
    with httpx.Client(timeout=40, trust_env=False) as client:
        return client.post(
            deployed.stack.url(path),
            json={"query": query, "variables": dict(variables)},
            headers={"authorization": f"Bearer {token}"},
        )
