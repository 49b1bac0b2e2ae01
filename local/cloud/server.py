"""Runs ministack with its mends, inside the cloud's own virtual environment.

Started by `LocalCloud`, which hands over a bound socket and keeps the other end of a pipe: when
that end closes, however its holder ended, this process, its Lambda workers and its directory go.

Arguments: the socket's file descriptor, the pipe's, and the mends to leave out, joined by commas.
"""

import asyncio
import os
import shutil
import signal
import sys
import threading
from importlib import import_module
from pathlib import Path

# Not on PYTHONPATH: a Lambda function must not be able to import the project by accident.
sys.path[0] = str(Path(__file__).resolve().parents[2])


def main(socket_fd: int, pipe_fd: int, without: list[str]) -> None:
    """Serve until the pipe closes or a signal comes."""
    if os.getpgrp() != os.getpid():
        os.setpgid(0, 0)
    # On before anything is imported, so that a parent that dies meanwhile is noticed.
    threading.Thread(target=_end_with_parent, args=(pipe_fd,), daemon=True).start()
    signal.signal(signal.SIGTERM, _end)
    # ministack reads the environment, and takes its functions, as it is imported: after the mends.
    import_module("local.cloud.mends").apply(without)
    config = import_module("hypercorn.config").Config()
    config.bind = [f"fd://{socket_fd}"]
    config.keep_alive_timeout = 75
    config.errorlog = None
    serve = import_module("hypercorn.asyncio").serve
    try:
        asyncio.run(serve(import_module("ministack.app").app, config))
    finally:
        _end()


def _end_with_parent(pipe_fd: int) -> None:
    os.read(pipe_fd, 1)
    _end()


def _end(*_signal: object) -> None:
    """Remove the directory and kill the process group: the Lambda workers and this process."""
    shutil.rmtree(os.environ["TMPDIR"], ignore_errors=True)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), [name for name in sys.argv[3].split(",") if name])
