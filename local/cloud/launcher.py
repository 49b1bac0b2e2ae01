"""Starts and ends the process that is the local cloud."""

import contextlib
import functools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import urllib.request
from collections.abc import Callable, Collection
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, overload

if TYPE_CHECKING:
    from mypy_boto3_apigatewayv2.client import ApiGatewayV2Client
    from mypy_boto3_cloudformation.client import CloudFormationClient
    from mypy_boto3_cloudwatch.client import CloudWatchClient
    from mypy_boto3_cognito_idp.client import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_dynamodbstreams.client import DynamoDBStreamsClient
    from mypy_boto3_iam.client import IAMClient
    from mypy_boto3_lambda.client import LambdaClient
    from mypy_boto3_logs.client import CloudWatchLogsClient
    from mypy_boto3_sqs.client import SQSClient
    from mypy_boto3_sts.client import STSClient

_ROOT = Path(__file__).resolve().parents[2]
_SERVER = Path(__file__).with_name("server.py")
_START_SECONDS = 60
_STOP_SECONDS = 10
_creating = threading.Lock()


class CloudError(RuntimeError):
    """The local cloud cannot start: no interpreter, the port is taken, or ministack has changed."""


class LocalCloud:
    """A running local cloud, as a context manager or between `start` and `stop`.

    `port` 0 takes a free one. `log` receives ministack's output (default: kept in a temporary
    file, shown if the start fails). `without` names mends to leave out, for the tests of the mends.

    Each instance is a cloud of its own: accounts, tables and roles are not shared.
    """

    region = "us-east-1"
    account = "000000000000"
    access_key = "test"
    secret_key = "test"  # noqa: S105  ministack's own, for the account's root

    def __init__(
        self, port: int = 0, *, log: Path | None = None, without: Collection[str] = ()
    ) -> None:
        self._wanted_port = port
        self._log = log
        self._without = tuple(without)
        self._port = 0
        self._directory: Path | None = None
        self._pipe: int | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """The port in use, 0 before `start`."""
        return self._port

    @property
    def endpoint(self) -> str:
        """The URL of every service."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        """The process id of the server; raises CloudError if it does not run."""
        if self._process is None:
            raise CloudError("the local cloud is not running")
        return self._process.pid

    def environment(self) -> dict[str, str]:
        """The variables with which an AWS SDK or the AWS and SAM command lines use this cloud."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_REGION": self.region,
        }

    @overload
    def client(
        self, service: Literal["apigatewayv2"], **credentials: str
    ) -> "ApiGatewayV2Client": ...
    @overload
    def client(
        self, service: Literal["cloudformation"], **credentials: str
    ) -> "CloudFormationClient": ...
    @overload
    def client(self, service: Literal["cloudwatch"], **credentials: str) -> "CloudWatchClient": ...
    @overload
    def client(
        self, service: Literal["cognito-idp"], **credentials: str
    ) -> "CognitoIdentityProviderClient": ...
    @overload
    def client(self, service: Literal["dynamodb"], **credentials: str) -> "DynamoDBClient": ...
    @overload
    def client(
        self, service: Literal["dynamodbstreams"], **credentials: str
    ) -> "DynamoDBStreamsClient": ...
    @overload
    def client(self, service: Literal["iam"], **credentials: str) -> "IAMClient": ...
    @overload
    def client(self, service: Literal["lambda"], **credentials: str) -> "LambdaClient": ...
    @overload
    def client(self, service: Literal["logs"], **credentials: str) -> "CloudWatchLogsClient": ...
    @overload
    def client(self, service: Literal["sqs"], **credentials: str) -> "SQSClient": ...
    @overload
    def client(self, service: Literal["sts"], **credentials: str) -> "STSClient": ...
    @overload
    def client(self, service: str, **credentials: str) -> Any: ...
    def client(self, service: str, **credentials: str) -> Any:
        """A boto3 client of `service`, as the account's root or with `credentials`.

        `credentials` are boto3's: aws_access_key_id, aws_secret_access_key, aws_session_token.
        """
        from botocore.config import Config  # noqa: PLC0415  slow, and not needed by all

        keys = {"aws_access_key_id": self.access_key, "aws_secret_access_key": self.secret_key}
        # Without the machine's proxy: the server is on this host.
        config = Config(proxies={}, retries={"total_max_attempts": 1})
        # One session cannot make two clients at a time.
        with _creating:
            return _client_factory()(
                service,
                region_name=self.region,
                endpoint_url=self.endpoint,
                config=config,
                **(credentials or keys),
            )

    def start(self) -> None:
        """Start the server and wait until it answers; raises CloudError if it does not."""
        if self._process is not None:
            raise CloudError("the local cloud is running already")
        interpreter = _interpreter()
        listener = _listener(self._wanted_port)
        self._port = listener.getsockname()[1]
        self._directory = Path(tempfile.mkdtemp(prefix="tenantql-cloud-"))
        log = self._log or self._directory / "cloud.log"
        read_end, self._pipe = os.pipe()
        try:
            with log.open("ab") as output:
                self._process = subprocess.Popen(  # noqa: S603  the project's own server
                    [
                        *(str(interpreter), str(_SERVER), str(listener.fileno()), str(read_end)),
                        ",".join(self._without),
                    ],
                    cwd=self._directory,
                    env=_server_environment(self._port, self._directory),
                    pass_fds=(listener.fileno(), read_end),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            # Only the server holds the socket now, so its end refuses the connection below.
            listener.close()
            self._wait_until_ready()
        except BaseException as error:
            tail = _tail(log)
            self.stop()
            if isinstance(error, OSError):
                raise CloudError(f"the local cloud did not start: {error}\n{tail}") from error
            raise
        finally:
            listener.close()
            os.close(read_end)

    def stop(self) -> None:
        """End the server, its Lambda workers and its files. Does nothing if it has ended."""
        pipe, self._pipe = self._pipe, None
        if pipe is not None:
            os.close(pipe)
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_STOP_SECONDS)
            # The server has killed its group itself, unless it hangs or was killed before.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        directory, self._directory = self._directory, None
        if directory is not None:
            shutil.rmtree(directory, ignore_errors=True)

    def wait(self) -> int:
        """Wait until the server ends by itself; its exit code."""
        if self._process is None:
            raise CloudError("the local cloud is not running")
        return self._process.wait()

    def _wait_until_ready(self) -> None:
        # The socket listens already: this one request waits in its queue until the server is up.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{self.endpoint}/_ministack/health", timeout=_START_SECONDS):
            pass


@functools.cache
def _client_factory() -> Callable[..., Any]:
    """What makes boto3's clients; it keeps the service models, which are slow to read."""
    import boto3  # noqa: PLC0415  as above
    from botocore.session import Session  # noqa: PLC0415

    # AWS_PROFILE of the machine may name a profile that does not exist.
    session: Any = boto3.Session(botocore_session=Session({"profile": (None, None, None, None)}))
    return session.client


def _interpreter() -> Path:
    """The cloud environment's Python: TENANTQL_CLOUD_PYTHON, or .venv-cloud of the project."""
    named = os.environ.get("TENANTQL_CLOUD_PYTHON")
    found = Path(named) if named else _ROOT / ".venv-cloud" / "bin" / "python"
    if not found.is_file():
        raise CloudError(f"no Python for the local cloud at {found}: run `make setup`")
    return found


def _listener(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise CloudError(f"port {port} of 127.0.0.1 cannot be used: {error.strerror}") from error
    return listener


def _server_environment(port: int, directory: Path) -> dict[str, str]:
    """All that the server gets of an environment: nothing of the machine's but the path."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(directory),
        "TMPDIR": str(directory),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONUNBUFFERED": "1",
        "AUTH": "true",
        "AWS_ACCESS_KEY_ID": LocalCloud.access_key,
        "AWS_SECRET_ACCESS_KEY": LocalCloud.secret_key,
        "AWS_EC2_METADATA_DISABLED": "true",
        "MINISTACK_ACCOUNT_ID": LocalCloud.account,
        "MINISTACK_REGION": LocalCloud.region,
        "MINISTACK_HOST": "localhost",
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "PERSIST_STATE": "0",
        "S3_PERSIST": "0",
        "S3_DATA_DIR": str(directory / "s3"),
        "STATE_DIR": str(directory / "state"),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LAMBDA_EXECUTOR": "local",
        # No container engine: ministack looks for one at start.
        "DOCKER_HOST": f"unix://{directory}/no-docker.sock",
    }


def _tail(log: Path, lines: int = 20) -> str:
    with contextlib.suppress(OSError):
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    return ""
