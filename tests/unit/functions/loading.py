"""Loads a function's module as Lambda does: by its file, with the environment of its template."""

import importlib.util
import io
import json
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any, Final

import pytest

FUNCTIONS: Final = Path(__file__).parents[3] / "functions"
LAYER: Final = FUNCTIONS.parent / "layers" / "tenantql"
NAMES = count()

ENVIRONMENT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "AWS_REGION": "us-east-1",
        "TENANTQL_AUDIENCE": "tests",
        "TENANTQL_CANARY_TABLE": "shop-data-basic-01",
        "TENANTQL_CONTROL_TABLE": "shop-control",
        "TENANTQL_ISSUER": "https://issuer.example",
        "TENANTQL_JWKS_URI": "https://issuer.example/jwks",
        "TENANTQL_PLATFORM_ROLE_ARN": "arn:aws:iam::123456789012:role/shop-platform-us-east-1",
        "TENANTQL_ROLES_CLAIM": "cognito:groups",
        "TENANTQL_SUBJECT_CLAIM": "custom:user",
        "TENANTQL_TENANT_CLAIM": "custom:tenant",
        "TENANTQL_TENANT_ROLE_ARN": "arn:aws:iam::123456789012:role/shop-tenant-us-east-1",
    }
)

REQUIRED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "authorizer": (
            *("AWS_REGION", "TENANTQL_CONTROL_TABLE"),
            *("TENANTQL_ISSUER", "TENANTQL_AUDIENCE", "TENANTQL_JWKS_URI"),
            *("TENANTQL_TENANT_CLAIM", "TENANTQL_SUBJECT_CLAIM", "TENANTQL_ROLES_CLAIM"),
        ),
        "canary": ("AWS_REGION", "TENANTQL_CANARY_TABLE", "TENANTQL_TENANT_ROLE_ARN"),
        "graphql": ("AWS_REGION", "TENANTQL_CONTROL_TABLE", "TENANTQL_TENANT_ROLE_ARN"),
        "platform": ("AWS_REGION", "TENANTQL_CONTROL_TABLE"),
        "stream": (),
    }
)
"""What each function does not start without."""


def load(name: str, environment: Mapping[str, str]) -> ModuleType:
    """The module of a function, new, with `environment` on top of what the process has."""
    spec = importlib.util.spec_from_file_location(
        f"function_{name}_{next(NAMES)}", FUNCTIONS / name / "app.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        for variable in ENVIRONMENT:
            patch.delenv(variable, raising=False)
        # A logger of its own: powertools keeps one for each service.
        patch.setenv("POWERTOOLS_SERVICE_NAME", module.__name__)
        for variable, value in environment.items():
            patch.setenv(variable, value)
        spec.loader.exec_module(module)
    return module


class Log:
    """What a logger of powertools writes."""

    def __init__(self, logger: Any) -> None:
        self._stream = io.StringIO()
        for handler in logger.handlers:
            handler.setStream(self._stream)

    @property
    def text(self) -> str:
        return self._stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]
