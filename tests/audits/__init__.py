"""GraphQL over HTTP: the public audits (npm `graphql-http`), against an endpoint that is served."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

AUDITS: Final = 61
"""As many as the suite has; fewer would be an audit that nobody ran."""

_SCRIPT: Final = Path(__file__).with_name("audits.mjs")
_NODE: Final = Path(sys.executable).with_name("node")


def failures(url: str, token: str) -> list[str]:
    """What the audits find wrong at `url`, asked with a token."""
    done = subprocess.run(
        [_NODE, _SCRIPT, url, token], capture_output=True, text=True, check=False, timeout=240
    )
    assert done.returncode == 0, f"{done.stderr}\nnpm's packages are installed by `make setup`"
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == AUDITS
    return [f"{each['id']} {each['reason']}" for each in found if each["status"] != "ok"]
