"""The command line: `python -m local run`."""

import sys

from local.provision import ROOT

# As PYTHONPATH would: the package is in the layer's folder, not installed.
sys.path.append(str(ROOT / "layers" / "tenantql"))

from local.commands import app

if __name__ == "__main__":
    app(prog_name="python -m local")
