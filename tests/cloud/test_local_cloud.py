"""The life of the local cloud: how it starts, what it takes from the machine, how it ends."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from local.cloud import CloudError, LocalCloud
from tests.cloud.identities import connect
from tests.cloud.probes.metrics import metric_sum
from tests.cloud.stacks import create_function

_ROOT = Path(__file__).resolve().parents[2]
_SLEEPY = """
import os, time
def handler(event, context):
    open(os.environ["TMPDIR"] + "/handling", "w").close()
    time.sleep(event.get("seconds", 0))
    return {key: value for key, value in os.environ.items()}
"""
_PARENT = """
import sys, time
from local.cloud import LocalCloud
from tests.cloud.stacks import create_function
cloud = LocalCloud()
cloud.start()
name = create_function(cloud, "def handler(event, context): return 1")
cloud.client("lambda").invoke(FunctionName=name)
print(cloud.pid, flush=True)
time.sleep(600)
"""


def eventually(condition: Callable[[], bool], seconds: float = 10) -> bool:
    """Whether `condition` comes to hold within `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def members(group: int) -> list[int]:
    """The processes of a process group that have not ended."""
    found: list[int] = []
    for process in psutil.process_iter():
        # One that ends while we look is not there.
        with suppress(ProcessLookupError, psutil.NoSuchProcess):
            if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
    return found


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory that takes the place of the machine's for temporary files."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def test_stop_leaves_no_process_and_no_file(temporary: Path) -> None:
    with LocalCloud() as cloud:
        name = create_function(cloud, _SLEEPY)
        connect(cloud, "lambda").invoke(FunctionName=name, Payload=b"{}")
        group = cloud.pid
        assert len(members(group)) == 2
        assert len(list(temporary.iterdir())) == 1
    assert members(group) == []
    assert list(temporary.iterdir()) == []


def test_it_ends_with_a_parent_that_is_killed(temporary: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT], stdout=subprocess.PIPE, text=True, env=environment
    ) as parent:
        assert parent.stdout is not None
        group = int(parent.stdout.readline())
        assert len(members(group)) == 2
        parent.kill()
    assert eventually(lambda: members(group) == [])
    assert eventually(lambda: list(temporary.iterdir()) == [])


def test_stop_ends_the_workers_of_a_server_that_was_killed(temporary: Path) -> None:
    cloud = LocalCloud()
    cloud.start()
    name = create_function(cloud, _SLEEPY)
    connect(cloud, "lambda").invoke(
        FunctionName=name, InvocationType="Event", Payload=b'{"seconds": 60}'
    )
    group = cloud.pid
    assert eventually(lambda: any(temporary.glob("*/handling")))
    assert len(members(group)) == 2
    os.kill(group, signal.SIGKILL)
    cloud.stop()
    assert eventually(lambda: members(group) == [])
    assert list(temporary.iterdir()) == []


def test_two_clouds_share_nothing(cloud: LocalCloud) -> None:
    with LocalCloud() as other:
        assert other.port != cloud.port
        connect(cloud, "sqs").create_queue(QueueName="only-here")
        assert not connect(other, "sqs").list_queues().get("QueueUrls")


def test_the_port_can_be_chosen_and_must_be_free() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(CloudError, match=f"port {port}"):
            LocalCloud(port).start()
    with LocalCloud(port) as cloud:
        assert cloud.endpoint == f"http://127.0.0.1:{port}"
        assert cloud.environment()["AWS_ENDPOINT_URL"] == cloud.endpoint


def test_it_listens_on_the_loopback_interface_only() -> None:
    with LocalCloud() as cloud:
        listed = Path("/proc/net/tcp")
        if not listed.exists():
            pytest.skip("needs /proc")
        address = f"0100007F:{cloud.port:04X}"
        listening = [row.split() for row in listed.read_text().splitlines()[1:]]
        inodes = {row[9]: row[1] for row in listening if row[3] == "0A"}
        sockets = {
            str(link.readlink())[8:-1]
            for pid in members(cloud.pid)
            for link in Path(f"/proc/{pid}/fd").iterdir()
            if link.is_symlink() and str(link.readlink()).startswith("socket:[")
        }
        assert {inodes[inode] for inode in sockets & inodes.keys()} == {address}


def test_the_machine_s_environment_does_not_reach_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_CA_BUNDLE": "/nowhere.pem",
        "AWS_PROFILE": "nobody",
        "AWS_SESSION_TOKEN": "token-of-the-machine",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "http_proxy": "http://127.0.0.1:9",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": "/nowhere",
        "SERVICES": "sqs",
        "GATEWAY_PORT": "1",
        "PERSIST_STATE": "1",
        "MACHINE_SECRET": "do-not-pass-on",
    }.items():
        monkeypatch.setenv(name, value)
    with LocalCloud() as cloud:
        name = create_function(cloud, _SLEEPY)
        answer = connect(cloud, "lambda").invoke(FunctionName=name, Payload=b"{}")
        seen = answer["Payload"].read().decode()
    assert f"http://127.0.0.1:{cloud.port}" in seen
    for forbidden in ("nowhere", "nobody", "of-the-machine", "do-not-pass-on", "_PROXY", "_proxy"):
        assert forbidden not in seen


def test_a_function_has_its_role_s_credentials_and_not_the_project(cloud: LocalCloud) -> None:
    code = """
import importlib.util, boto3
def handler(event, context):
    hidden = importlib.util.find_spec("local") is None
    return [boto3.client("sts").get_caller_identity()["Arn"], hidden]
"""
    name = create_function(cloud, code)
    answer = connect(cloud, "lambda").invoke(FunctionName=name, Payload=b"{}")
    arn, project_is_hidden = json.loads(answer["Payload"].read())
    assert ":assumed-role/" in arn
    assert project_is_hidden


def test_an_invocation_is_counted_once(cloud: LocalCloud) -> None:
    name = create_function(cloud, _SLEEPY)
    connect(cloud, "lambda").invoke(FunctionName=name, Payload=b"{}")
    assert metric_sum(cloud, "AWS/Lambda", "Invocations", FunctionName=name) == 1


def test_an_unknown_mend_cannot_be_left_out() -> None:
    with pytest.raises(CloudError, match="no such mend: misspelt"):
        LocalCloud(without=("misspelt",)).start()


def test_a_missing_interpreter_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENANTQL_CLOUD_PYTHON", "/no/such/python")
    with pytest.raises(CloudError, match="/no/such/python"):
        LocalCloud().start()


def test_a_changed_ministack_is_named(tmp_path: Path) -> None:
    """The check of what a mend replaces, run where ministack is, on a function that is another."""
    code = """
import sys
sys.path.insert(0, sys.argv[1])
from ministack.core import iam_evaluator
iam_evaluator._first_match = lambda something, other: None
from local.cloud import mends
mends.apply()
"""
    interpreter = os.environ.get("TENANTQL_CLOUD_PYTHON") or _ROOT / ".venv-cloud/bin/python"
    done = subprocess.run(
        [interpreter, "-c", code, str(_ROOT)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 1
    assert "UnexpectedShapeError: ministack 1." in done.stderr
    assert "_first_match" in done.stderr


def test_the_command_says_how_to_use_and_stop_it() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "local.cloud", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=_ROOT,
    ) as command:
        assert command.stdout is not None
        first, second = command.stdout.readline(), command.stdout.readline()
        command.send_signal(signal.SIGINT)
        try:
            assert command.wait(20) == 0
        finally:
            command.kill()  # Without effect on one that has ended, as it should.
    assert "http://127.0.0.1:" in first
    assert "test/test" in first
    assert "Ctrl-C" in first
    assert second.startswith("export AWS_ENDPOINT_URL=http://127.0.0.1:")
