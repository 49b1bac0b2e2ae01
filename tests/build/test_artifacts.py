"""What sam build makes is what Lambda needs: the right wheels, complete, and nothing besides."""

import json
from pathlib import Path
from typing import Final

import pytest
from packaging.requirements import Requirement

from local.build import ARCHITECTURES, ROOT, BuiltApplication
from local.template import Template
from tenantql.engine.ahead import module_name
from tenantql.registration import documents_of
from tenantql.schemas import MANIFEST, PARSED, SCHEMAS, SOURCE
from tests.build.artifacts import (
    ELF_MACHINES,
    elf_machine,
    functions,
    installed,
    layer,
    parts,
)

pytestmark = pytest.mark.xdist_group("build")

LAMBDA_BYTES: Final = 250 * 2**20
"""Of a function with its layers, unpacked.
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""

LAYER: Final = ROOT / "layers" / "tenantql"
AUTHORIZER: Final = ROOT / "functions" / "authorizer"
LAMBDA: Final = {
    "implementation_name": "cpython",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "python_full_version": "3.13.0",
    "python_version": "3.13",
    "sys_platform": "linux",
}
both = pytest.mark.parametrize("application", sorted({*ARCHITECTURES.values()}), indirect=True)


def test_every_function_and_the_layer_are_built(built: BuiltApplication) -> None:
    template = Template.read(ROOT / "template.yaml")
    assert set(built.functions) == set(template.ids_of("AWS::Serverless::Function"))
    assert all((folder / "app.py").is_file() for folder in built.functions.values())
    assert (built.layer / "python" / "tenantql" / "__init__.py").is_file()
    assert Template.read(built.template).ids_of("AWS::Serverless::LayerVersion")


@both
def test_the_layer_has_the_registered_documents_in_one_file(application: BuiltApplication) -> None:
    package = application.layer / "python" / "tenantql"
    found = json.loads((package / MANIFEST).read_text(encoding="utf-8"))
    folder = ROOT / SOURCE
    assert found == {name: documents_of(folder / name, each) for name, each in SCHEMAS.items()}
    assert all(found.values())
    assert not (package / SOURCE).exists()


@both
def test_wheels_are_for_the_processor(
    application: BuiltApplication, request: pytest.FixtureRequest
) -> None:
    libraries = [path for part in parts(application) for path in part.files("*.so*")]
    names = {path.parent.name for path in libraries}
    assert {"orjson", "msgspec", "bindings"} <= names
    wanted = ELF_MACHINES[request.node.callspec.params["application"]]
    assert {elf_machine(path) for path in libraries} == {wanted}


@both
def test_nothing_is_shipped_that_nothing_on_lambda_needs(application: BuiltApplication) -> None:
    for part in parts(application):
        assert [path for path in part.files() if path.is_symlink()] == []
        folders = {path.name for path in part.folder.rglob("*") if path.is_dir()}
        assert not folders & {"bin", "test", "tests"}
        assert list(part.files("RECORD")) == []
    for name, part in functions(application).items():
        own = {path.name for path in part.folder.iterdir()}
        assert name == "AuthorizerFunction" or own == {"app.py", "__pycache__"}


@both
def test_a_function_fits_many_times_into_what_lambda_takes(application: BuiltApplication) -> None:
    largest = max(part.bytes() for part in functions(application).values())
    assert 4 * (layer(application).bytes() + largest) < LAMBDA_BYTES


@pytest.mark.parametrize("schema", ["schema.graphql", "platform.graphql"])
def test_schemas_are_files_with_the_contract(built: BuiltApplication, schema: str) -> None:
    shipped = built.layer / "python" / "tenantql" / schema
    assert shipped.read_bytes() == (ROOT / schema).read_bytes()


def test_the_package_is_shipped_whole(built: BuiltApplication) -> None:
    shipped, source = built.layer / "python" / "tenantql", LAYER / "tenantql"

    def sources(folder: Path) -> dict[Path, bytes]:
        return {
            path.relative_to(folder): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }

    found = sources(shipped)
    made = {path for path in found if path.parts[0] == "ahead"} | {Path(MANIFEST)}
    made |= {Path(f"{each.file}{PARSED}") for each in SCHEMAS.values()}
    assert {path: found[path] for path in found.keys() - made} == sources(source)


@both
def test_the_registered_documents_are_compiled_ahead(application: BuiltApplication) -> None:
    package = application.layer / "python" / "tenantql"
    for function, schema in SCHEMAS.items():
        folder = package / "ahead" / function
        names = {module_name(each) for each in documents_of(ROOT / SOURCE / function, schema)}
        assert {path.stem for path in folder.glob("d*.py")} == names
        assert {path.name for path in (folder / "__pycache__").iterdir()} == {
            f"{name}.cpython-313.pyc" for name in (*names, "__init__")
        }


@pytest.mark.parametrize("place", ["layer", "authorizer"])
def test_what_is_pinned_is_shipped_and_nothing_more(built: BuiltApplication, place: str) -> None:
    source, folder = {
        "layer": (LAYER, built.layer / "python"),
        "authorizer": (AUTHORIZER, built.functions["AuthorizerFunction"]),
    }[place]
    lines = (source / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pinned = [Requirement(line.partition("#")[0]) for line in lines if line.partition("#")[0]]
    shipped = {name.replace("_", "-"): found.version for name, found in installed(folder).items()}
    wanted = {one.name.lower().replace("_", "-"): str(one.specifier)[2:] for one in pinned}
    assert shipped == wanted


@pytest.mark.parametrize("function", ["GraphqlFunction", "AuthorizerFunction"])
def test_every_requirement_is_met(built: BuiltApplication, function: str) -> None:
    here = installed(built.layer / "python", built.functions[function])
    versions = {name.replace("_", "-"): found.version for name, found in here.items()}
    asked = [Requirement(text) for found in here.values() for text in found.requires or []]
    extras = {"pyjwt": "crypto"} if function == "AuthorizerFunction" else {}
    environments = [{**LAMBDA, "extra": extra} for extra in ("", *extras.values())]
    needed = [
        one
        for one in asked
        if one.marker is None or any(one.marker.evaluate(given) for given in environments)
    ]
    assert len(needed) > 10
    unmet = [
        str(one)
        for one in needed
        if not one.specifier.contains(versions.get(one.name.lower().replace("_", "-"), "0.dev0"))
        or one.name.lower().replace("_", "-") not in versions
    ]
    assert unmet == []
