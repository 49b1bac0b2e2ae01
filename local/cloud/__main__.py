"""Runs the local cloud in the foreground: ``python -m local.cloud --port 4571``."""

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from local.cloud.launcher import CloudError, LocalCloud

_STOPPED = 128


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until Ctrl-C; the exit code: 0 after it, 1 if the cloud did not start or ended itself."""
    options = _parser().parse_args(arguments)
    cloud = LocalCloud(options.port, log=options.log)
    signal.signal(signal.SIGTERM, _stop)
    try:
        with cloud:
            sys.stdout.write(_greeting(cloud))
            sys.stdout.flush()
            code = cloud.wait()
    except KeyboardInterrupt:
        return 0
    except CloudError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stderr.write(f"The local cloud has ended with {code}.\n")
    return 1


def _stop(number: int, _frame: object) -> None:
    sys.exit(_STOPPED + number)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local.cloud",
        description="The local cloud: AWS services with IAM on, in memory, on 127.0.0.1.",
    )
    parser.add_argument("--port", type=int, default=4571, help="0 for a free one (default: 4571)")
    parser.add_argument("--log", type=Path, help="a file for its log (default: none is kept)")
    return parser


def _greeting(cloud: LocalCloud) -> str:
    variables = " ".join(f"{name}={value}" for name, value in cloud.environment().items())
    return (
        f"Local cloud at {cloud.endpoint}, keys {cloud.access_key}/{cloud.secret_key}, "
        f"region {cloud.region}. Ctrl-C stops it.\n"
        f"export {variables}\n"
    )


if __name__ == "__main__":
    sys.exit(main())
