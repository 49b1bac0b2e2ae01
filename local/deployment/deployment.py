"""A local cloud with the whole stack in it: issuer, build, deployment and data, in that order."""

from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from local import issuer as issuers
from local.build import BuiltApplication, sam_build, this_architecture
from local.cloud import LocalCloud
from local.demo import Demo, DemoTenant, PlannedTenant
from local.deployment.seeding import planned, seed
from local.deployment.stack import Stack, deploy
from local.issuer import Issuer
from local.provision import ROOT, token_parameters
from local.tokens import Actor, actors_of

BUILD: Final = ROOT / ".aws-sam"
LOGS: Final = ROOT / ".local" / "logs" / "deployment"


class PortTaken(Exception):
    """Another program listens on the port that the issuer should have."""


@dataclass(frozen=True)
class Watcher:
    """Told how far the deployment has come."""

    stage: Callable[[str], None] = lambda _stage: None
    completed: Callable[[str], None] = lambda _resource: None
    advance: Callable[[int], None] = lambda _items: None


@dataclass(frozen=True)
class Deployment:
    """The deployed stack with its data, and those who may ask it."""

    stack: Stack
    issuer: Issuer
    plan: Mapping[str, PlannedTenant]
    demo: Demo

    @cached_property
    def actors(self) -> Mapping[str, Actor]:
        """Everybody there is a token for, by ids such as `acme/admin`."""
        return {actor.id: actor for actor in actors_of(self.demo)}

    def tenant(self, id: str) -> DemoTenant:
        """A tenant as it was loaded."""
        return next(tenant for tenant in self.demo.tenants if tenant.id == id)


@contextmanager
def deployment(
    *,
    cloud_port: int = 0,
    issuer_port: int = 0,
    built: BuiltApplication | None = None,
    logs: Path = LOGS,
    watcher: Watcher = Watcher(),
) -> Generator[Deployment]:
    """Build, deploy and load; when the block ends nothing is left but the build and the logs.

    What is `built` already is not built again. Port 0 is a free one. Raises CloudError,
    FunctionError, PortTaken and SamError.
    """
    tenants = planned()
    with ExitStack() as running:
        try:
            issuer = running.enter_context(issuers.serving(issuer_port))
        except OSError as error:
            raise PortTaken(f"port {issuer_port} cannot be used: {error.strerror}") from error
        if built is None:
            watcher.stage("Building functions and layer")
            built = sam_build(BUILD)
        watcher.stage("Starting the local cloud")
        cloud = running.enter_context(LocalCloud(cloud_port, log=_log(logs, "cloud")))
        watcher.stage("Deploying template.yaml")
        parameters = {
            **token_parameters(issuer.url, issuer.audience, issuer.jwks_uri),
            "Architecture": this_architecture(),
        }
        stack = deploy(cloud, built.template, parameters, completed=watcher.completed)
        watcher.stage("Loading data")
        demo = seed(stack, tenants, _log(logs, "demo"), watcher.advance)
        yield Deployment(stack, issuer, {tenant.id: tenant for tenant in tenants}, demo)


def _log(logs: Path, name: str) -> Path:
    """The log file of a new run, with nothing of the last."""
    logs.mkdir(parents=True, exist_ok=True)
    log = logs / f"{name}.log"
    log.write_bytes(b"")
    return log
