"""Byte code that Python uses as it is, however old the zip says that the sources are."""

import importlib.util
import json
import marshal
import os
import subprocess
import sys
from pathlib import Path
from types import CodeType
from typing import Any, Final

import pytest

from local.build import ARCHITECTURES, BuiltApplication
from tests.build.artifacts import parts
from tests.template.function_checks import FUNCTIONS
from tests.template.stack import REGION, Stack, read_template

pytestmark = pytest.mark.xdist_group("build")

UNCHECKED_HASH: Final = (1).to_bytes(4, "little")
"""Flags of byte code that is valid whatever its source is. https://peps.python.org/pep-0552/"""

DATE_IN_ZIPS: Final = 315_532_800
"""1 January 1980, which Lambda's files have. Byte code that is checked by date is then stale."""

IMPORT: Final = """
import json, sys
roots = tuple(sys.argv[1:])
sys.path[:0] = roots
compiled = []
def audit(event, arguments):
    # Asked by the import system: some packages parse sources of their own besides.
    if event == "compile" and "importlib" in sys._getframe(1).f_code.co_filename:
        compiled.append(str(arguments[1]))
sys.addaudithook(audit)
import app
places = [getattr(module, "__file__", None) or "" for module in sys.modules.values()]
print(json.dumps({
    "compiled": [place for place in compiled if place.startswith(roots)],
    "handler": callable(app.handler),
    "shipped": sum(place.startswith(roots) for place in places),
    "others": [place for place in places if "site-packages" in place],
}))
"""


@pytest.mark.parametrize("application", sorted({*ARCHITECTURES.values()}), indirect=True)
def test_every_source_has_byte_code_that_is_never_checked(application: BuiltApplication) -> None:
    count = 0
    for part in parts(application):
        for source in part.files("*.py"):
            cached = _byte_code(source)
            header, code = cached[:16], marshal.loads(cached[16:])
            assert header[:4] == importlib.util.MAGIC_NUMBER
            assert header[4:8] == UNCHECKED_HASH
            assert header[8:] == importlib.util.source_hash(source.read_bytes())
            assert isinstance(code, CodeType)
            assert code.co_filename == f"{part.place}/{source.relative_to(part.folder)}"
            count += 1
        assert {path.parent.name for path in part.files("*.pyc")} <= {"__pycache__"}
        assert len(list(part.files("*.pyc"))) == len(list(part.files("*.py")))
    assert count > 500


def _byte_code(source: Path) -> bytes:
    return (source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc").read_bytes()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_starts_without_compiling(built: BuiltApplication, function: str) -> None:
    started = _start(built.functions[function], built.layer / "python", function)
    assert started["compiled"] == []
    assert started["handler"]
    assert started["shipped"] > 50
    assert started["others"] == []


def _start(folder: Path, packages: Path, function: str) -> dict[str, Any]:
    """Import the function's app with what is built and the standard library, nothing else."""
    for part in (folder, packages):
        for source in part.rglob("*.py"):
            os.utime(source, (DATE_IN_ZIPS, DATE_IN_ZIPS))
    variables = Stack.of(read_template()).properties(function)["Environment"]["Variables"]
    ended = subprocess.run(  # the interpreter of these tests
        [sys.executable, "-I", "-S", "-B", "-c", IMPORT, str(folder), str(packages)],
        env={**variables, "AWS_REGION": REGION},
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(ended.stdout)
