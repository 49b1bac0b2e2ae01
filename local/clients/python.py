"""The typed Python client of `clients/operations`, which ariadne-codegen writes.

It is in a virtual environment of its own: it needs another graphql-core than the layer.
"""

import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from local.clients.schema import FOLDER
from local.provision import ROOT

CODEGEN: Final = ROOT / ".venv-clients" / "bin" / "ariadne-codegen"
OPERATIONS: Final = ROOT / "clients" / "operations"
PACKAGE: Final = ROOT / "clients" / "shop"
PATIENCE: Final = 120.0

SETTINGS: Final = """[tool.ariadne-codegen]
schema_path = "{schema}"
queries_path = "{operations}"
target_package_path = "{folder}"
target_package_name = "{package}"
client_name = "Shop"
async_client = false
include_all_inputs = false
include_all_enums = false
multipart_uploads = false
include_comments = "none"

[tool.ariadne-codegen.scalars]
Count = {{ type = "int" }}
Date = {{ type = "datetime.date" }}
DateTime = {{ type = "datetime.datetime" }}
EmailAddress = {{ type = "str" }}
MinorUnits = {{ type = "int" }}
Month = {{ type = "str" }}
Points = {{ type = "int" }}
"""


class CodegenError(Exception):
    """ariadne-codegen is not installed, or it failed; the text ends with what it printed."""


def python_client() -> dict[Path, str]:
    """The files of the client, as they have to be. Raises CodegenError."""
    if not CODEGEN.exists():
        raise CodegenError("ariadne-codegen is not installed in .venv-clients: run make setup")
    with TemporaryDirectory(prefix="tenantql-client-") as folder:
        settings = Path(folder) / "codegen.toml"
        settings.write_text(
            SETTINGS.format(
                schema=FOLDER / "tenants.graphql",
                operations=OPERATIONS,
                folder=folder,
                package=PACKAGE.name,
            ),
            encoding="utf-8",
        )
        done = subprocess.run(  # noqa: S603 - our own program, arguments from our own code
            [CODEGEN, "--config", settings],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        if done.returncode:
            raise CodegenError(f"ariadne-codegen failed:\n{done.stdout}{done.stderr}")
        made = Path(folder) / PACKAGE.name
        return {
            PACKAGE / file.relative_to(made): file.read_text(encoding="utf-8")
            for file in sorted(made.rglob("*.py"))
        }
