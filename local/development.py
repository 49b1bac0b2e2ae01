"""Everything that `run` starts, in order: cloud, tables and roles, functions, data, server."""

import asyncio
import socket
import tempfile
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import uvicorn
from starlette.applications import Starlette

from local import playground
from local.cloud import LocalCloud
from local.demo import Demo, PlannedTenant
from local.demo.steps import load, loader
from local.examples import Example, platform_examples, tenant_examples
from local.function import RunningFunction
from local.gateway import Authorizer, Cors, Gateway
from local.images import IMAGES, images_of
from local.issuer import Issuer
from local.provision import ROOT, TEMPLATE, Provisioned, provision, token_parameters
from local.relay import relayed
from local.server import GRAPHQL, HEALTH, PLATFORM, Answered, application
from local.stream import StreamReader, following
from local.template import Template
from local.tokens import Actor, actors_of

LOGS: Final = ROOT / ".local" / "logs"
OPEN: Final = f"GET {HEALTH}"
"""The route without an authorizer."""

ROUTES: Final[Mapping[str, str]] = {
    f"{method} {path}": function
    for path, function in ((GRAPHQL, "graphql"), (PLATFORM, "platform"))
    for method in ("GET", "POST")
} | {OPEN: "graphql"}


class PortTaken(Exception):
    """Another program listens on the wanted port."""


@dataclass(frozen=True)
class Development:
    """A running development server and what it consists of."""

    url: str
    cloud: LocalCloud
    provisioned: Provisioned
    issuer: Issuer
    demo: Demo
    actors: tuple[Actor, ...]
    examples: Mapping[str, tuple[Example, ...]]
    functions: Mapping[str, RunningFunction]


@dataclass(frozen=True)
class Watcher:
    """Told how far the start has come, and of each request afterwards."""

    stage: Callable[[str], None] = lambda _stage: None
    advance: Callable[[int], None] = lambda _items: None
    answered: Answered = lambda _request, _response, _seconds: None


@asynccontextmanager
async def development(
    tenants: tuple[PlannedTenant, ...],
    *,
    port: int = 0,
    cloud_port: int = 0,
    containers: str | None = None,
    logs: Path = LOGS,
    watcher: Watcher = Watcher(),
) -> AsyncGenerator[Development]:
    """Run everything while the block runs; nothing is left of it afterwards but the logs.

    Port 0 is a free one. `containers` is an address of this machine where server and cloud are
    to be reached as well. Raises PortTaken, RelayError, and what the parts raise when they
    cannot start.
    """
    async with AsyncExitStack() as stack:
        listening = stack.enter_context(listener(port))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        issuer = Issuer(url, algorithm="ES256")
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tenantql-")))
        if not playground.installed():
            watcher.stage("Fetching the playground's page")
            await asyncio.to_thread(playground.install)

        watcher.stage("Starting the local cloud")
        cloud = LocalCloud(cloud_port, log=_log(logs, "cloud"))
        stack.callback(cloud.stop)
        await asyncio.to_thread(cloud.start)

        watcher.stage("Creating tables and roles from template.yaml")
        parameters = {
            **token_parameters(url, issuer.audience, issuer.jwks_uri),
            "ImagesUrl": f"{url}{IMAGES}",
        }
        cloudformation: Any = cloud.client("cloudformation")
        made = await asyncio.to_thread(provision, cloudformation, parameters)

        watcher.stage("Starting the functions")
        local = {"demo": loader(made), **made.functions}
        functions = {
            name: RunningFunction(function, cloud.environment(), scratch, _log(logs, name))
            for name, function in local.items()
        }
        for function in functions.values():
            stack.push_async_callback(function.stop)
        await asyncio.gather(*(function.start() for function in functions.values()))

        watcher.stage("Loading demonstration data")
        reader = StreamReader(cloud.client("dynamodbstreams"), made.stream_arn, functions["stream"])
        place = await reader.end()
        demo = await load(tenants, made.data_table, functions["demo"], watcher.advance)
        await functions.pop("demo").stop()

        watcher.stage("Keeping lists and the search up to date")
        await reader.catch_up(place)
        await stack.enter_async_context(following(reader, place))
        actors = tuple(actors_of(demo))
        examples = {
            GRAPHQL: tenant_examples(demo),
            PLATFORM: platform_examples(demo, made.data_table),
        }
        gateway = Gateway(
            {route: functions[name] for route, name in ROUTES.items()},
            Authorizer(functions["authorizer"]),
            cors_of((url, url.replace("127.0.0.1", "localhost"))),
            opened=(OPEN,),
        )
        served = application(
            gateway,
            issuer,
            actors,
            examples,
            assets=playground.ASSETS,
            images=images_of(cloud.client("s3"), made.images_bucket),
            answered=watcher.answered,
        )
        await stack.enter_async_context(_serving(served, listening))
        if containers is not None:
            ports = (listening.getsockname()[1], cloud.port)
            await stack.enter_async_context(relayed(containers, ports))
        yield Development(url, cloud, made, issuer, demo, actors, examples, functions)


def cors_of(origins: Iterable[str]) -> Cors:
    """CORS as the template has it for a stack whose parameter names these origins."""
    api = Template.read(TEMPLATE).resources["HttpApi"]["Properties"]
    # If there are origins: that, else nothing.
    _, configuration, _ = api["CorsConfiguration"]["Fn::If"]
    return Cors.of(configuration, origins)


@contextmanager
def listener(port: int) -> Generator[socket.socket]:
    """A listening socket on 127.0.0.1, closed in the end. Raises PortTaken."""
    # Named as TCP, it gets TCP_NODELAY from asyncio; without, each answer waits 40 ms.
    with socket.socket(proto=socket.IPPROTO_TCP) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind(("127.0.0.1", port))
            listening.listen()
        except OSError as error:
            raise PortTaken(f"port {port} cannot be used: {error.strerror}") from error
        yield listening


class _Server(uvicorn.Server):
    """A server that leaves signals alone: whoever runs it ends it."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


@asynccontextmanager
async def _serving(served: Starlette, at: socket.socket) -> AsyncGenerator[None]:
    quiet = uvicorn.Config(
        served, log_level="warning", access_log=False, lifespan="off", timeout_graceful_shutdown=1
    )
    server = _Server(quiet)
    running = asyncio.create_task(server.serve([at]))
    try:
        while not server.started:
            await asyncio.sleep(0.01)
            if running.done():
                running.result()
        yield
    finally:
        server.should_exit = True
        await running


def _log(logs: Path, name: str) -> Path:
    """The log file of a new run, with nothing of the last."""
    logs.mkdir(parents=True, exist_ok=True)
    log = logs / f"{name}.log"
    log.write_bytes(b"")
    return log
