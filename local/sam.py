"""Runs SAM CLI, which has a virtual environment of its own."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
SAM: Final = ROOT / ".venv-sam" / "bin" / "sam"
SHOWN_LINES: Final = 25


class SamError(Exception):
    """SAM CLI is not installed, or it failed; the text ends with the end of its output."""

    @classmethod
    def of(cls, command: str, code: int, printed: str) -> "SamError":
        """What a failed command is reported as."""
        shown = "\n".join(printed.splitlines()[-SHOWN_LINES:])
        return cls(f"sam {command} failed, exit code {code}:\n{shown}")


@contextmanager
def sam(
    *arguments: str, folder: Path = ROOT, environment: Mapping[str, str] | None = None
) -> Generator[subprocess.Popen[str]]:
    """SAM CLI at work in a folder, its whole output to read at `stdout`.

    `environment` is added to that of this process. Whatever ends the block also ends SAM CLI
    with what it has started, and takes away their temporary files. Raises SamError.
    """
    if not SAM.exists():
        raise SamError("SAM CLI is not installed in .venv-sam: run make setup")
    with (
        TemporaryDirectory(prefix="tenantql-sam-", ignore_cleanup_errors=True) as temporary,
        subprocess.Popen(  # noqa: S603 - our own SAM CLI, arguments from our own code
            [str(SAM), *arguments],
            cwd=folder,
            env={**_environment(), "TMPDIR": temporary, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            # Ctrl-C at the terminal is for us.
            start_new_session=True,
        ) as process,
    ):
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)


def _environment() -> dict[str, str]:
    """The environment of this process, with the `python3.13` that runs it first on the PATH.

    SAM CLI starts the interpreter itself and refuses a launcher, such as pyenv's shim. It gets
    no account, profile or session of the shell.
    """
    return {
        **{
            name: value
            for name, value in os.environ.items()
            if name != "PYTHONPATH" and not name.startswith("AWS_")
        },
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
        "SAM_CLI_TELEMETRY": "0",
    }
