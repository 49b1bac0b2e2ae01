"""Deploys, checks, and shows both; what `python -m local deploy` does."""

import signal
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from types import FrameType

from rich.console import Console

from local.cloud import CloudError
from local.deployment.checks import CHECKS
from local.deployment.deployment import PortTaken, deployment
from local.deployment.screen import Screen
from local.function import FunctionError, FunctionTimeoutError
from local.sam import SamError
from local.template import TemplateError

CANNOT_DEPLOY = (
    CloudError,
    FunctionError,
    FunctionTimeoutError,
    PortTaken,
    SamError,
    TemplateError,
)
INTERRUPTED = 130
"""The exit code of a program that Ctrl-C ended."""


def deploy_and_check(console: Console, *, cloud_port: int, issuer_port: int, keep: bool) -> int:
    """Deploy, run every check and show the table; the exit code, 0 if all was as expected.

    With `keep` it then stays until SIGINT or SIGTERM. Nothing is left running.
    """
    screen = Screen(console)
    code = INTERRUPTED
    try:
        with _ended_by_signals(), ExitStack() as running:
            with screen.working() as watcher:
                deployed = running.enter_context(
                    deployment(cloud_port=cloud_port, issuer_port=issuer_port, watcher=watcher)
                )
            rows = [(check, check.run(deployed)) for check in screen.asking(CHECKS)]
            screen.table(rows)
            code = 0 if all(outcome.ok for _, outcome in rows) else 1
            if keep:
                screen.ready(deployed)
                signal.pause()
    except KeyboardInterrupt:
        screen.ended()
    except CANNOT_DEPLOY as error:
        screen.failed(error)
        return 1
    return code


@contextmanager
def _ended_by_signals() -> Generator[None]:
    """SIGINT and SIGTERM end the block, so that it cleans up, even where a shell ignores them."""

    def end(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
