"""The functions in this process, loaded as Lambda does: by their files, with their environment.

Events are those of the HTTP API, with the context that the real authorizer gave for a real token.
"""

import json
import os
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType
from typing import Any, Final

from benchmarks.sides import UNREAD
from load.script import Asked
from local.gateway import Request, authorizer_event, function_event
from local.issuer import Issuer
from local.provision import ROOT
from tenantql.engine.observation import Observation
from tenantql.tenancy.identity import Role

FOLDER: Final = ROOT / "functions"
REGION: Final = "us-east-1"


type Who = tuple[str | None, str, Role]
"""Somebody: tenant, subject and role."""


@dataclass(frozen=True)
class Runtime:
    """Lambda's context of one invocation."""

    aws_request_id: str

    def get_remaining_time_in_millis(self) -> int:
        """How long the function may go on."""
        return 30_000


@dataclass
class Functions:
    """The tenants' endpoint, the platform's, and the authorizer. Their log goes nowhere.

    The process's environment is theirs from the first one on, as in Lambda.
    """

    environment: Mapping[str, str]
    issuer: Issuer
    observed: Observation | None = None
    """The last request that an endpoint has told of."""
    _tokens: dict[Who, str] = field(default_factory=dict[Any, str])
    _contexts: dict[Who, Mapping[str, Any]] = field(default_factory=dict[Any, Any])

    def __post_init__(self) -> None:
        os.environ.update(self.environment)
        issuer = {
            "TENANTQL_ISSUER": self.issuer.url,
            "TENANTQL_AUDIENCE": self.issuer.audience,
            "TENANTQL_JWKS_URI": self.issuer.jwks_uri,
            "TENANTQL_TENANT_CLAIM": "custom:tenant",
            "TENANTQL_SUBJECT_CLAIM": "sub",
            "TENANTQL_ROLES_CLAIM": "cognito:groups",
        }
        os.environ.update(issuer)
        self.authorizer: Any = load("authorizer").handler
        self.graphql, self.platform = self._endpoint("graphql"), self._endpoint("platform")

    def _endpoint(self, name: str) -> Any:
        module = load(name)
        telling = module._answer._tell
        telling._tells += (self._observe,)
        return module.handler

    def _observe(self, observed: Observation) -> None:
        self.observed = observed

    def handler(self, asked: Asked) -> Any:
        """The handler of the function that a request is for."""
        return self.platform if asked.tenant is None else self.graphql

    def event(self, asked: Asked) -> dict[str, Any]:
        """A request as its function gets it."""
        return self.event_of(
            asked.tenant, asked.subject, asked.flow.role, asked.flow.text, asked.variables
        )

    def event_of(
        self,
        tenant: str | None,
        subject: str,
        role: Role,
        text: str,
        variables: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Any request; the token of whoever asks is checked once, as the gateway keeps the answer.

        Raises ValueError if the authorizer refuses it.
        """
        who = tenant, subject, role
        if who not in self._contexts:
            found = self.authorizer(self.authorizer_event(*who), None)
            if not found["isAuthorized"]:
                raise ValueError(f"the authorizer refuses a token of {who}")
            self._contexts[who] = found["context"]
        body = json.dumps({"query": text, "variables": variables}).encode()
        request = Request("POST", "/graphql", headers=HEADERS, body=body)
        return function_event(request, self._contexts[who])

    def authorizer_event(self, tenant: str | None, subject: str, role: Role) -> dict[str, Any]:
        """What the authorizer is asked about somebody's token."""
        who = tenant, subject, role
        token = self._tokens.get(who) or self.issuer.token(tenant, subject, [role])
        self._tokens[who] = token
        request = Request("POST", "/graphql", headers=HEADERS)
        return authorizer_event(request, [f"Bearer {token}"])

    def forget(self, tenant: str | None, subject: str, role: Role) -> None:
        """A person's token is good no more: the next request comes with a new one."""
        who = tenant, subject, role
        self._contexts.pop(who, None)
        self._tokens.pop(who, None)


HEADERS: Final = (
    ("host", "load.example"),
    ("content-type", "application/json"),
    ("accept", "application/graphql-response+json"),
    ("user-agent", "load"),
)


def load(name: str) -> ModuleType:
    """The module of a function; nobody reads its log."""
    spec = spec_from_file_location(f"function_{name}", FOLDER / name / "app.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    os.environ["POWERTOOLS_SERVICE_NAME"] = name
    with redirect_stdout(UNREAD):
        spec.loader.exec_module(module)
    return module


def environment(url: str, control: str, tenant_role: str, platform_role: str) -> dict[str, str]:
    """What a function's process sees, with AWS at `url`."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "NO_PROXY": "127.0.0.1",
        "TENANTQL_CONTROL_TABLE": control,
        "TENANTQL_TENANT_ROLE_ARN": tenant_role,
        "TENANTQL_PLATFORM_ROLE_ARN": platform_role,
        "TENANTQL_IMAGES_BUCKET": "load-images",
        "TENANTQL_IMAGES_DOMAIN": "load-images.s3.amazonaws.com",
    }
