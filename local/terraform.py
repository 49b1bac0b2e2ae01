"""What Terraform would make of infra/terraform/tables: planned by Terraform, kept for comparison.

Terraform and its AWS provider (150 MB) are not everybody's. So `make terraform` plans the module,
for each of some cases, and writes the plans down; tests compare them with template.yaml, and fail
when the module has changed since. A plan of what is not there yet asks AWS nothing.
"""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from local.provision import ROOT

INFRASTRUCTURE: Final = ROOT / "infra" / "terraform"
MODULE: Final = INFRASTRUCTURE / "tables"
EXAMPLE: Final = INFRASTRUCTURE / "examples" / "existing-tables"
PLANS: Final = INFRASTRUCTURE / "plans.json"

KEY: Final = "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000"
CASES: Final[Mapping[str, Mapping[str, Any]]] = {
    "as it comes": {},
    "everything": {
        "deletion_protection": False,
        "kms_key_arn": KEY,
        "recovery_period_days": 7,
        "capacity_mode": "provisioned",
        "capacity_for": "10M",
        "contributor_insights": True,
    },
    "small": {"capacity_mode": "provisioned", "capacity_for": "1M"},
    "large": {"capacity_mode": "provisioned", "capacity_for": "65M"},
}
"""The module's variables, by case; besides them the stack is called `shop`."""

_ROOT_MODULE: Final = {
    "terraform": [{"required_providers": {"aws": {"source": "hashicorp/aws"}}}],
    "provider": {
        "aws": {
            "region": "eu-west-1",
            "access_key": "none",
            "secret_key": "none",
            "skip_credentials_validation": True,
            "skip_metadata_api_check": True,
            "skip_requesting_account_id": True,
        }
    },
}


class TerraformError(Exception):
    """Terraform is not there, has no provider, or refuses the module."""


def digest() -> str:
    """What tells one state of the module from another: all that a plan depends on."""
    found = sha256()
    for file in sorted(MODULE.iterdir()):
        if file.suffix in {".tf", ".json"}:
            found.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    found.update(json.dumps(CASES, sort_keys=True).encode())
    return found.hexdigest()


def plans() -> dict[str, Any]:
    """The plan of each case: values of each resource, by address. Raises TerraformError."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        cases = {
            f"case{number}": {"source": str(MODULE), "stack_name": "shop", **variables}
            for number, variables in enumerate(CASES.values())
        }
        text = json.dumps({**_ROOT_MODULE, "module": cases})
        (root / "main.tf.json").write_text(text, encoding="utf-8")
        run(root, "init", "-input=false")
        run(root, "validate")
        run(root, "plan", "-input=false", "-refresh=false", "-out=plan")
        shown = json.loads(run(root, "show", "-json", "plan"))
    modules = shown["planned_values"]["root_module"]["child_modules"]
    by_number = {int(module["address"].removeprefix("module.case")): module for module in modules}
    return {
        case: {
            resource["address"].partition(".")[2].partition(".")[2]: _given(resource["values"])
            for resource in by_number[number]["resources"]
        }
        for number, case in enumerate(CASES)
    }


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    """What is given of a resource, without what is empty."""
    return {
        key: part for key, value in values.items() if (part := _pruned(value)) not in (None, [])
    }


def _pruned(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: part
            for key, each in value.items()  # pyright: ignore[reportUnknownVariableType]
            if (part := _pruned(each)) not in (None, [], "", {})
        }
    if isinstance(value, list):
        return [_pruned(each) for each in value]  # pyright: ignore[reportUnknownVariableType]
    return value


def run(folder: Path, *command: str, **environment: str) -> str:
    """What a command of Terraform prints. Raises TerraformError."""
    terraform = shutil.which("terraform")
    if terraform is None:
        raise TerraformError(
            "terraform is not installed: https://developer.hashicorp.com/terraform"
        )
    found = subprocess.run(  # noqa: S603 - Terraform, with arguments of our own
        [terraform, *command, *([] if command[0] == "show" else ["-no-color"])],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", **environment},
    )
    if found.returncode:
        said = found.stderr.strip() or found.stdout.strip()
        raise TerraformError(f"terraform {command[0]}: {said}")
    return found.stdout


def kept() -> dict[str, Any]:
    """The plans as they were written down, with the digest of the module then."""
    return json.loads(PLANS.read_text(encoding="utf-8"))


def write() -> None:
    """Plan, and write down. Raises TerraformError."""
    run(INFRASTRUCTURE, "fmt", "-recursive", "-check", "-diff")
    lines = ",\n".join(
        f"{json.dumps(case)}: {{\n{_resources(found)}\n}}" for case, found in plans().items()
    )
    text = f'{{"digest": "{digest()}",\n"plans": {{\n{lines}\n}}}}\n'
    PLANS.write_text(text, encoding="utf-8")


def _resources(found: Mapping[str, Any]) -> str:
    """A line for each, so that a change of one shows as one."""
    return ",\n".join(
        f"  {json.dumps(address)}: {json.dumps(values, sort_keys=True)}"
        for address, values in sorted(found.items())
    )


def main() -> None:
    """What `make terraform` does."""
    try:
        write()
    except TerraformError as error:
        raise SystemExit(f"{error}") from None
    Console().print(f"Formatted, valid, planned for {len(CASES)} cases: {PLANS.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
