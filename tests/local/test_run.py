"""`python -m local run` as a person uses it: what it prints, and that it ends without a trace."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from local.provision import ROOT

pytestmark = pytest.mark.xdist_group("development server")

PATIENCE = 180


class Running:
    """The command in a process of its own, and what it has printed until it was ready."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.printed = ""

    def read_until(self, text: str) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.printed += line
            if text in line:
                return
        pytest.fail(
            f"it ended with {self.process.wait()} before it printed {text!r}:\n{self.printed}"
        )

    @property
    def port(self) -> int:
        found = re.search(r"Playground\s+http://127\.0\.0\.1:(\d+)/", self.printed)
        assert found, self.printed
        return int(found[1])

    def descendants(self) -> set[int]:
        children = psutil.Process(self.process.pid).children(recursive=True)
        return {child.pid for child in children}

    def end(self, number: int) -> int:
        if number == signal.SIGINT:
            # A terminal sends Ctrl-C to everything that runs in its foreground.
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)
        return self.process.wait(PATIENCE)


@contextmanager
def started(temporary: Path, port: int = 0) -> Generator[Running]:
    environment = {
        **os.environ,
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": str(temporary),
        "COLUMNS": "60",
        "NO_COLOR": "1",
    }
    command = [sys.executable, "-m", "local", "run", "--port", str(port)]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield Running(process)
        finally:
            process.kill()


def eventually(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE
    while not holds() and time.monotonic() < end:
        time.sleep(0.05)
    return holds()


def alive(pid: int) -> bool:
    """Whether the process runs; one that ended and was not waited for does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ends_with_everything_and_starts_again_at_once(tmp_path: Path, number: int) -> None:
    with started(tmp_path) as first:
        first.read_until("Ctrl-C ends everything")
        children = first.descendants()
        assert len(children) >= 4, "the cloud and three functions"
        port = first.port
        assert first.end(number) == 0
        assert not list(filter(alive, children))
        assert list(tmp_path.iterdir()) == []
    with started(tmp_path, port) as second:
        second.read_until("Ctrl-C ends everything")
        assert second.port == port
        assert second.end(signal.SIGINT) == 0


def test_what_it_starts_ends_even_when_it_is_killed(tmp_path: Path) -> None:
    with started(tmp_path) as running:
        running.read_until("Ctrl-C ends everything")
        children = running.descendants()
        running.end(signal.SIGKILL)
        assert eventually(lambda: not any(map(alive, children)))


def test_ends_while_it_starts(tmp_path: Path) -> None:
    with started(tmp_path) as running:
        assert eventually(lambda: len(running.descendants()) >= 1)
        children = running.descendants()
        assert running.end(signal.SIGINT) == 0
        assert eventually(lambda: not any(map(alive, children)))
        assert list(tmp_path.iterdir()) == []


def test_its_commands_work_as_pasted(tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    with started(tmp_path) as running:
        running.read_until("Ctrl-C ends everything")
        commands = re.findall(r"^curl (?:.*\\\n)*.*", running.printed, re.MULTILINE)
        answers = [
            json.loads(subprocess.run(["sh", "-c", each], capture_output=True, check=True).stdout)
            for each in commands
        ]
        invoices, bought, foreign = (answer["data"] for answer in answers)
        assert len(invoices["invoices"]["nodes"]) == 5
        assert invoices["invoices"]["pageInfo"]["hasNextPage"] is True
        assert bought["checkout"]["userErrors"] == []
        assert bought["checkout"]["order"]["status"] == "PLACED"
        assert foreign == {"invoice": None}


def test_its_tokens_are_good_as_printed(tmp_path: Path) -> None:
    with started(tmp_path) as running:
        running.read_until("Ctrl-C ends everything")
        tokens = dict(re.findall(r"^  (\S+/\S+) .*\n(ey\S+)$", running.printed, re.MULTILINE))
        assert len(tokens) == 12
        for actor, token in tokens.items():
            request = urllib.request.Request(
                f"http://127.0.0.1:{running.port}/graphql",
                json.dumps({"query": "{ organisation { slug } }"}).encode(),
                {"authorization": f"Bearer {token}", "content-type": "application/json"},
            )
            with urllib.request.urlopen(request) as answer:
                slug = json.load(answer)["data"]["organisation"]["slug"]
            assert slug == actor.partition("/")[0]


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with started(tmp_path, port) as running:
            running.read_until("Cannot start")
            assert f"port {port} cannot be used" in running.printed
            assert running.process.wait(PATIENCE) == 1
