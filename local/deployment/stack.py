"""Deploys what `sam build` made into a local cloud, with SAM CLI as for AWS."""

import os
import subprocess
import tomllib
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from local.build import SAM
from local.cloud import LocalCloud
from local.provision import ROOT

SETTINGS: Final = ROOT / "samconfig.toml"
PROFILE: Final = "local"
"""The part of samconfig.toml that is for the local cloud."""

DONE: Final = ("CREATE_COMPLETE", "UPDATE_COMPLETE")
SHOWN_LINES: Final = 25


class DeployError(Exception):
    """`sam deploy` failed; the text says which resources did, or ends with its output."""


@dataclass(frozen=True)
class Stack:
    """A deployed stack: its outputs, and the physical id of each resource by its logical id."""

    cloud: LocalCloud
    name: str
    outputs: Mapping[str, str]
    resources: Mapping[str, str]

    def url(self, path: str) -> str:
        """Where a path of the API is served, in a form that needs no name server."""
        api = self.outputs["ApiId"]
        return f"{self.cloud.endpoint}/_aws/execute-api/{api}/$default{path}"

    def log_group(self, function: str) -> str:
        """Where a function logs, such as `graphql`."""
        return self.resources[f"{function.capitalize()}LogGroup"]


def settings() -> tuple[str, dict[str, str]]:
    """The stack's name and the template's parameters, as samconfig.toml has them for `local`."""
    shared: Any = tomllib.loads(SETTINGS.read_text())[PROFILE]["global"]["parameters"]
    pairs: Any = (text.split("=", 1) for text in shared["parameter_overrides"])
    return shared["stack_name"], dict(pairs)


def deploy(
    cloud: LocalCloud,
    template: Path,
    parameters: Mapping[str, str],
    *,
    completed: Callable[[str], None] = lambda _resource: None,
) -> Stack:
    """Create or update the stack from a built template; `completed` hears of each resource.

    `parameters` replace those of samconfig.toml. Raises DeployError.
    """
    name, given = settings()
    values = [f"{key}={value}" for key, value in {**given, **parameters}.items()]
    with _sam_deploy(cloud, template, values) as process:
        assert process.stdout is not None
        printed: list[str] = []
        for line in process.stdout:
            printed.append(line.rstrip())
            columns = line.split()
            if len(columns) > 2 and columns[0] in DONE:
                completed(columns[2])
        if process.wait():
            raise DeployError(_reason(cloud, name, printed))
    return find(cloud, name)


def find(cloud: LocalCloud, name: str) -> Stack:
    """A stack that is deployed already."""
    cloudformation = cloud.client("cloudformation")
    described = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    resources = cloudformation.describe_stack_resources(StackName=name)["StackResources"]
    return Stack(
        cloud=cloud,
        name=name,
        outputs=MappingProxyType(
            {
                output.get("OutputKey", ""): output.get("OutputValue", "")
                for output in described.get("Outputs", [])
            }
        ),
        resources=MappingProxyType(
            {each["LogicalResourceId"]: each.get("PhysicalResourceId", "") for each in resources}
        ),
    )


@contextmanager
def _sam_deploy(
    cloud: LocalCloud, template: Path, values: list[str]
) -> Generator[subprocess.Popen[str]]:
    """SAM CLI at work; it ends with the block, whatever ends that."""
    if not SAM.exists():
        raise DeployError("SAM CLI is not installed in .venv-sam: run make setup")
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment = {
        **{name: value for name, value in own.items() if name != "PYTHONPATH"},
        **cloud.environment(),
        "SAM_CLI_TELEMETRY": "0",
        # The cloud is on this host, where a proxy would look in vain.
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
        "PYTHONUNBUFFERED": "1",
    }
    with subprocess.Popen(  # noqa: S603 - our own SAM CLI, arguments from samconfig.toml
        [
            *(str(SAM), "deploy"),
            *("--config-file", str(SETTINGS), "--config-env", PROFILE),
            *("--template-file", str(template)),
            *("--parameter-overrides", *values),
        ],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        # Ctrl-C at the terminal is for us.
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _reason(cloud: LocalCloud, name: str, printed: list[str]) -> str:
    """What failed, as the stack's events say it; else how the output of SAM CLI ends."""
    cloudformation = cloud.client("cloudformation")
    try:
        events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    except cloudformation.exceptions.ClientError:
        events = []
    failed = [
        f"{event.get('LogicalResourceId')}: {event.get('ResourceStatusReason')}"
        for event in events
        if "FAILED" in event.get("ResourceStatus", "")
    ]
    shown = "\n".join(failed or printed[-SHOWN_LINES:])
    return f"sam deploy failed:\n{shown}"
