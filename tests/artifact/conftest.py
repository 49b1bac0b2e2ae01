"""The built functions as Lambda would run them, against what `make run` makes and loads."""

import asyncio
import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import pytest

from local import issuer as issuers
from local.build import BuiltApplication
from local.cloud import LocalCloud
from local.demo import Demo, load, plan
from local.demo.steps import loader
from local.function import RunningFunction
from local.images import IMAGES
from local.issuer import Issuer
from local.provision import FUNCTIONS, ROOT, Provisioned, provision, token_parameters
from local.sam import SAM
from tests.artifact.emulator import BINARY, Emulator, emulated, runtime_folder

EVENTS: Final = ROOT / "events"
SERVED: Final = "http://127.0.0.1:8000"
"""Where `make run` serves, and so the issuer of its tokens."""

CLOUD: Final = "http://host.docker.internal:4566"
JWKS: Final = "http://host.docker.internal:8000/.well-known/jwks.json"
IDS: Final = MappingProxyType({**FUNCTIONS, "stream": "StreamFunction"})
"""The logical ids of all functions."""

type Environments = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Loaded:
    """A local cloud as `make run` leaves it: tables, roles, data, and an issuer."""

    cloud: LocalCloud
    made: Provisioned
    demo: Demo
    issuer: Issuer


def event(name: str) -> Any:
    """One of the sample events."""
    return json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    """What `make run` makes, with the issuer's keys on another port."""
    scratch = tmp_path_factory.mktemp("loading")
    with issuers.serving() as issuer, LocalCloud() as cloud:
        parameters = token_parameters(SERVED, issuer.audience, f"{SERVED}{issuers.JWKS_PATH}")
        parameters["ImagesUrl"] = f"{SERVED}{IMAGES}"
        made = provision(cloud.client("cloudformation"), parameters, functions=IDS)
        writer = RunningFunction(loader(made), cloud.environment(), scratch, scratch / "log")

        async def write() -> Demo:
            try:
                return await load(plan(), made.data_table, writer)
            finally:
                await writer.stop()

        yield Loaded(cloud, made, asyncio.run(write()), issuer)


@pytest.fixture(scope="session")
def environments(loaded: Loaded, built: BuiltApplication) -> Environments:
    """Each function's environment as SAM CLI makes it of events/env.json and events/aws.ini.

    Only where the roles are assumed is another port.
    """
    if not SAM.exists():
        pytest.skip("SAM CLI is not installed in .venv-sam")
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    printed = subprocess.run(
        [
            str(SAM.with_name("python")),
            str(Path(__file__).with_name("sam_environment.py")),
            str(built.template),
            str(EVENTS / "env.json"),
        ],
        env={
            **{name: value for name, value in own.items() if name != "PYTHONPATH"},
            "AWS_CONFIG_FILE": str(EVENTS / "aws.ini"),
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_ENDPOINT_URL": loaded.cloud.endpoint,
            "NO_PROXY": "127.0.0.1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert printed.returncode == 0, printed.stderr
    return json.loads(printed.stdout)


@pytest.fixture(scope="session")
def emulators(
    loaded: Loaded,
    environments: Environments,
    built: BuiltApplication,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Mapping[str, Emulator]]:
    """Every function of the build that takes events, running; with the cloud and the keys."""
    if not BINARY.exists():
        pytest.skip(f"SAM CLI has no {BINARY.name} for this machine")
    scratch = tmp_path_factory.mktemp("emulators")
    runtime = runtime_folder(scratch / "runtime")
    moved = {CLOUD: loaded.cloud.endpoint, JWKS: loaded.issuer.jwks_uri}
    with ExitStack() as running:
        yield {
            name: running.enter_context(
                emulated(
                    folder,
                    built.layer,
                    runtime,
                    {key: moved.get(value, value) for key, value in environments[name].items()},
                    scratch / f"{name}.log",
                )
            )
            for name, folder in built.functions.items()
            if name in environments
        }
