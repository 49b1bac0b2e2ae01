"""Runs a function as Lambda would: a process of its own, with its own role's credentials."""

import asyncio
import json
import os
import sys
import time
from collections.abc import Mapping
from configparser import ConfigParser
from pathlib import Path
from typing import Any, Final

from local.provision import ROOT, LocalFunction

LAYERS: Final = (ROOT / "layers" / "tenantql",)
START_LIMIT: Final = 10.0
"""Seconds that Lambda gives the initialization of a function."""

LARGEST_ANSWER: Final = 7 * 1024 * 1024
"""Lambda refuses answers above 6 MB; the rest is room for JSON's escapes."""


class FunctionError(Exception):
    """The function raised, ended, or could not be loaded; its log has the traceback."""


class FunctionTimeoutError(Exception):
    """The function did not answer in time and was ended."""


class RunningFunction:
    """One instance of a function, started at its first call and again after a change.

    Calls are answered one at a time, as an instance in Lambda does. A change of the code is
    noticed at the next call.
    """

    def __init__(
        self, function: LocalFunction, environment: Mapping[str, str], scratch: Path, log: Path
    ) -> None:
        """`environment` tells where the cloud is, with the keys that may assume the role.

        `scratch` is a folder for the AWS configuration file; `log` takes what is printed.
        """
        self.function = function
        self._environment = environment
        self._scratch = scratch
        self._log = log
        self._process: asyncio.subprocess.Process | None = None
        self._version = 0
        self._lock = asyncio.Lock()

    async def __call__(self, event: Mapping[str, Any], request_id: str) -> Any:
        """The function's result for an event.

        Raises FunctionTimeoutError and FunctionError.
        """
        async with self._lock:
            process = await self._ready()
            limit = self.function.timeout
            call = {"event": event, "request_id": request_id, "deadline": time.time() + limit}
            return await self._exchange(process, json.dumps(call), limit)

    async def start(self) -> None:
        """Load the function now, so that the first call does not wait for it."""
        async with self._lock:
            await self._ready()

    async def stop(self) -> None:
        """End the process, if one runs."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            process.kill()
        await process.wait()

    async def _ready(self) -> asyncio.subprocess.Process:
        version = _version_of(self.function.folder, *LAYERS)
        process = self._process
        if process is not None and process.returncode is None and version == self._version:
            return process
        await self.stop()
        self._version = version
        with self._log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "local.bootstrap",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                cwd=ROOT,
                env=self._variables(),
                limit=LARGEST_ANSWER,
                # Ctrl-C at the terminal is for the server, which then ends its functions.
                start_new_session=True,
            )
        self._process = process
        await self._exchange(process, None, START_LIMIT)
        return process

    async def _exchange(
        self, process: asyncio.subprocess.Process, line: str | None, limit: float
    ) -> Any:
        """Send a line, if any, and wait for the next answer."""
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            async with asyncio.timeout(limit):
                if line is not None:
                    process.stdin.write(line.encode() + b"\n")
                    await process.stdin.drain()
                answered = await process.stdout.readline()
        except TimeoutError:
            await self.stop()
            raise FunctionTimeoutError(f"{self.function.name} took over {limit:.0f} s") from None
        except (ConnectionError, ValueError) as error:
            await self.stop()
            raise FunctionError(f"{self.function.name}: {error}") from None
        except asyncio.CancelledError:
            await self.stop()
            raise
        if not answered:
            await self.stop()
            raise FunctionError(f"{self.function.name} ended without an answer")
        answer: dict[str, Any] = json.loads(answered)
        if "result" not in answer:
            cause = f"{answer['errorType']}: {answer['errorMessage']}"
            raise FunctionError(f"{self.function.name}: {cause} (see {self._log})")
        return answer["result"]

    def _variables(self) -> dict[str, str]:
        """The environment of the process: nothing of the laptop's but the search path."""
        region = self._environment["AWS_REGION"]
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "PYTHONPATH": str(ROOT),
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_ENDPOINT_URL": self._environment["AWS_ENDPOINT_URL"],
            "AWS_CONFIG_FILE": str(self._configuration()),
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_PROFILE": self.function.name,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_LAMBDA_FUNCTION_NAME": f"tenantql-local-{self.function.name}",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self.function.memory),
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "LAMBDA_TASK_ROOT": str(self.function.folder),
            "TENANTQL_LAYERS": ":".join(map(str, LAYERS)),
            "_HANDLER": self.function.handler,
            **self.function.environment,
        }

    def _configuration(self) -> Path:
        """An AWS configuration with one profile, the function's role.

        botocore assumes the role when it first needs credentials and renews them by itself.
        Root stands in for the Lambda service, which the role trusts.
        """
        configuration = ConfigParser(interpolation=None)
        configuration["profile service"] = {
            "aws_access_key_id": self._environment["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": self._environment["AWS_SECRET_ACCESS_KEY"],
        }
        configuration[f"profile {self.function.name}"] = {
            "role_arn": self.function.role_arn,
            "role_session_name": f"tenantql-local-{self.function.name}",
            "source_profile": "service",
            "duration_seconds": "3600",
        }
        path = self._scratch / f"{self.function.name}.ini"
        with path.open("w", encoding="utf-8") as file:
            configuration.write(file)
        return path


def _version_of(*folders: Path) -> int:
    """A number that changes with every change of the sources, also back to an older one."""
    return hash(
        tuple(
            (str(path), path.stat().st_mtime_ns)
            for folder in folders
            for pattern in ("**/*.py", "**/*.graphql")
            for path in sorted(folder.glob(pattern))
        )
    )
