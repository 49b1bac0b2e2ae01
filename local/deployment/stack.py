"""Deploys what `sam build` made into a local cloud, with SAM CLI as for AWS."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from local.cloud import LocalCloud
from local.sam import ROOT, SamError, sam

SETTINGS: Final = ROOT / "samconfig.toml"
PROFILE: Final = "local"
"""The part of samconfig.toml that is for the local cloud."""

DONE: Final = ("CREATE_COMPLETE", "UPDATE_COMPLETE")


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

    `parameters` replace those of samconfig.toml. Raises SamError.
    """
    name, given = settings()
    values = [f"{key}={value}" for key, value in {**given, **parameters}.items()]
    command = sam(
        *("deploy", "--config-file", str(SETTINGS), "--config-env", PROFILE),
        *("--template-file", str(template), "--parameter-overrides", *values),
        environment=_environment(cloud),
    )
    with command as process:
        assert process.stdout is not None
        printed: list[str] = []
        for line in process.stdout:
            printed.append(line.rstrip())
            columns = line.split()
            if len(columns) > 2 and columns[0] in DONE:
                completed(columns[2])
        if code := process.wait():
            raise _error(cloud, name, code, printed)
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
            {
                each["LogicalResourceId"]: each.get("PhysicalResourceId", "")
                for each in resources
                # What an update let go of and could not delete, such as a protected table, is
                # listed still.
                if each.get("ResourceStatus") != "DELETE_FAILED"
            }
        ),
    )


def _environment(cloud: LocalCloud) -> dict[str, str]:
    """What leads SAM CLI to the local cloud."""
    return {
        **cloud.environment(),
        # The cloud is on this host, where a proxy would look in vain.
        **dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost"),
        "PYTHONUNBUFFERED": "1",
    }


def _error(cloud: LocalCloud, name: str, code: int, printed: list[str]) -> SamError:
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
    return SamError.of("deploy", code, "\n".join(failed or printed))
