"""Commands of the development server, for `make` and for people."""

import asyncio
import signal
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from functools import partial
from typing import Annotated, Protocol

import typer
from rich.console import Console

from local import playground
from local.cloud import CloudError
from local.demo import PlannedTenant, Size, plan
from local.deployment.command import deploy_and_check
from local.development import Development, PortTaken, Watcher, development
from local.function import FunctionError, FunctionTimeoutError
from local.isolation.command import verify_isolation
from local.provision import ProvisionError
from local.relay import RelayError
from local.screen import Screen
from local.template import TemplateError

app = typer.Typer(
    help="TenantQL on a laptop: a local cloud with IAM, the real functions, and a playground.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)

app.command("verify-isolation")(verify_isolation)

CANNOT_START = (
    CloudError,
    FunctionError,
    FunctionTimeoutError,
    PortTaken,
    ProvisionError,
    RelayError,
    TemplateError,
    playground.PlaygroundError,
)


class Start(Protocol):
    """Starts everything that `run` serves."""

    def __call__(self, *, watcher: Watcher) -> AbstractAsyncContextManager[Development]:
        """Run it while the block runs."""
        ...


@app.command()
def run(
    port: Annotated[int, typer.Option(help="Port of the server; 0 takes a free one.")] = 8000,
    cloud_port: Annotated[
        int, typer.Option(help="Port of the local cloud; 0 takes a free one.")
    ] = 0,
    size: Annotated[
        Size, typer.Option(help="How much demonstration data each tenant gets.")
    ] = Size.SMALL,
    containers: Annotated[
        str | None,
        typer.Option(
            help="Address of this machine where containers reach server and cloud as well, "
            "for sam local invoke: 172.17.0.1 with Docker on Linux, not needed elsewhere.",
            metavar="ADDRESS",
        ),
    ] = None,
) -> None:
    """Start everything, load demonstration data, and serve until Ctrl-C.

    Nothing is kept: each start begins with the same data and with new keys for tokens.
    """
    screen = Screen(Console())
    try:
        tenants = plan(size)
        start = partial(
            development, tenants, port=port, cloud_port=cloud_port, containers=containers
        )
        asyncio.run(_run(start, tenants, screen))
    except CANNOT_START as error:
        screen.failed(error)
        raise typer.Exit(1) from None


@app.command()
def deploy(
    cloud_port: Annotated[
        int, typer.Option(help="Port of the local cloud; 0 takes a free one.")
    ] = 0,
    issuer_port: Annotated[
        int, typer.Option(help="Port of the issuer of tokens; 0 takes a free one.")
    ] = 0,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave it running until Ctrl-C, with tokens to try.")
    ] = False,
) -> None:
    """Build and deploy the whole template into a local cloud, and query its API Gateway.

    SAM CLI does both, as it would for AWS. Exit code 1 if any answer differs from what it
    should be.
    """
    raise typer.Exit(
        deploy_and_check(Console(), cloud_port=cloud_port, issuer_port=issuer_port, keep=keep)
    )


@app.command("playground")
def fetch_playground() -> None:
    """Fetch the files of the playground's page from npm, unless they are there already."""
    console = Console()
    try:
        fetched = playground.install()
    except playground.PlaygroundError as error:
        console.print(f"[red]{error}[/]")
        raise typer.Exit(1) from None
    console.print("The playground's files are", "fetched." if fetched else "there already.")


async def _run(start: Start, tenants: tuple[PlannedTenant, ...], screen: Screen) -> None:
    """Serve until the first SIGINT or SIGTERM; a second one does not cut the clean-up short."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    serving = asyncio.create_task(_serve(start, tenants, screen))
    waiting = asyncio.create_task(ended.wait())
    await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if serving.done():
        serving.result()
        return
    screen.ending()
    serving.cancel()
    await asyncio.wait({serving})
    if not serving.cancelled():
        serving.result()
    screen.ended()


async def _serve(start: Start, tenants: tuple[PlannedTenant, ...], screen: Screen) -> None:
    async with AsyncExitStack() as stack:
        with screen.starting(tenants) as watcher:
            running = await stack.enter_async_context(start(watcher=watcher))
        screen.ready(running)
        await asyncio.Event().wait()
