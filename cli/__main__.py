"""`tenantql`: `python -m cli`."""

import sys
from pathlib import Path

# As PYTHONPATH would: the package is in the layer's folder, not installed.
sys.path.append(str(Path(__file__).parent.parent / "layers" / "tenantql"))

from cli.commands import app

if __name__ == "__main__":
    app(prog_name="tenantql")
