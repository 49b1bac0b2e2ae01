"""Modules: the operations of a document as Python text, for the layer.

Each variant of an operation is a function, whose arguments are the names that its code uses and
that `tenantql.engine.ahead` binds; the rest is data.
"""

from collections.abc import Iterator, Mapping
from enum import Enum
from itertools import product
from textwrap import indent
from typing import Final, cast

from msgspec import NODEFAULT, Struct
from msgspec.structs import fields

from tenantql.engine import ahead, sizes
from tenantql.engine.compiling import plans
from tenantql.engine.compiling.linking import HELPERS
from tenantql.engine.compiling.plans import Plan, Variant
from tenantql.engine.document_hash import document_hash
from tenantql.engine.operations import Operation
from tenantql.engine.preparing import Preparation

MAX_CONDITIONS: Final = 3
"""Variables of `@skip` and `@include` for which all variants are made; others when asked for."""

_DATA: Final = frozenset({ahead.__name__, plans.__name__, sizes.__name__})
"""The modules whose structs are data."""


class NotWritable(Exception):
    """Raised for an operation that is not known before it is asked for; the message says why."""


def module_of(text: str, preparation: Preparation) -> str:
    """The text of the module of a valid document. Raises NotWritable."""
    module = _Module(preparation, text)
    entries = [module.entry(each) for each in preparation.operations(text)]
    imports = sorted(f"from {source} import {name}" for source, name in module.imports)
    return "\n".join(
        (
            f'"""Compiled from the document with the SHA-256 {document_hash(text)}."""',
            "",
            *(f"# {line}" for line in text.splitlines()),
            "",
            *imports,
            *(f"\n\n{each}" for each in module.functions),
            "",
            "\nOPERATIONS = {",
            *entries,
            "}",
            "",
        )
    )


class _Module:
    """What a module consists of, operation by operation."""

    def __init__(self, preparation: Preparation, text: str) -> None:
        self._preparation, self._text = preparation, text
        self.functions: list[str] = []
        self.imports: set[tuple[str, str]] = set()

    def entry(self, operation: Operation) -> str:
        """The entry of an operation among all."""
        name = operation.name
        if operation.measures.introspection_depth:
            raise NotWritable("it asks for the schema, which a deployment may not allow")
        signature = operation.compiled.signature
        judge = self._preparation.judge(self._text, name)
        variants: list[str] = []
        for variant in _variants(signature.conditions):
            plan = judge.plan(signature.conditions, variant)
            function = self._function(plan)
            references = self._written(plan.references)
            variants.append(f"{variant!r}: ({function}, {references})")
        arguments = (
            self._written(each)
            for each in (operation.kind, operation.measures, operation.cost, signature)
        )
        self.imports.add((ahead.__name__, ahead.Ready.__name__))
        return f"    {name!r}: Ready({', '.join(arguments)}, {{{', '.join(variants)}}}),"

    def _function(self, plan: Plan) -> str:
        """Writes the code of a plan, and gives the name of what makes it."""
        name = f"make_{len(self.functions)}"
        kind = "mutation" if plan.serial else "query"
        names = ", ".join(sorted({*HELPERS, *plan.references}))
        code = "\n".join(line.rstrip() for line in indent(plan.source, "    ").splitlines())
        self.functions.append(f"def {name}(*, {names}):\n{code}\n\n    return {kind}")
        return name

    def _written(self, value: object) -> str:
        """The expression of a value. Raises NotWritable."""
        if isinstance(value, Enum):
            return f"{self._imported(type(value))}.{value.name}"
        if value is None or type(value) in (bool, int, str):
            return repr(value)
        if type(value) is float and value - value == 0.0:
            return repr(value)
        if isinstance(value, list | tuple):
            items = [self._written(each) for each in cast("list[object]", value)]
            if isinstance(value, list):
                return f"[{', '.join(items)}]"
            return f"({', '.join(items)}{',' if len(items) == 1 else ''})"
        if isinstance(value, Mapping):
            pairs = cast("Mapping[object, object]", value).items()
            return f"{{{', '.join(f'{self._written(k)}: {self._written(v)}' for k, v in pairs)}}}"
        if isinstance(value, Struct) and type(value).__module__ in _DATA:
            return f"{self._imported(type(value))}({', '.join(self._fields(value))})"
        raise NotWritable(f"it has a value of {type(value).__name__}, which has no text")

    def _fields(self, value: Struct) -> Iterator[str]:
        for each in fields(value):
            given = getattr(value, each.name)
            made = each.default_factory
            if given != (each.default if made is NODEFAULT else made()):
                yield f"{each.name}={self._written(given)}"

    def _imported(self, type: type) -> str:
        if type.__qualname__ != type.__name__:
            raise NotWritable(f"{type.__qualname__} is not at the top of its module")
        self.imports.add((type.__module__, type.__name__))
        return type.__name__


def _variants(conditions: tuple[str, ...]) -> Iterator[Variant]:
    if len(conditions) <= MAX_CONDITIONS:
        yield from product((False, True), repeat=len(conditions))
