"""The tenants' schema where each document is compiled as the build of the layer does."""

import sys
from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Final

from tenantql.engine.ahead import CompiledAhead, module_name
from tenantql.engine.compiling.modules import NotWritable, module_of
from tenantql.engine.document_hash import document_hash
from tenantql.engine.operations import Engine, Operation
from tenantql.engine.preparing import Preparation
from tenantql.schemas import TENANTS
from tests.differential.cases import Subject
from tests.differential.own import shop_subject

PACKAGE: Final = "built_for_a_test"


class Building:
    """Writes the module of a document when that is first asked for; see `operations.Ahead`."""

    def __init__(self) -> None:
        self._ahead = CompiledAhead(PACKAGE, TENANTS.bindables)

    def operation(
        self, text: str, operation_name: str | None, preparation: Callable[[], Preparation]
    ) -> Operation | None:
        """The operation; None for one that asks for the schema."""
        try:
            written = module_of(text, preparation())
        except NotWritable as reason:
            if "asks for the schema" not in str(reason):
                raise
            return None
        name = f"{PACKAGE}.{module_name(document_hash(text))}"
        module = sys.modules[name] = ModuleType(name)
        exec(compile(written, name, "exec"), vars(module))
        try:
            return self._ahead.operation(text, operation_name, preparation)
        finally:
            del sys.modules[name]


def built_subject(seed: int) -> Subject:
    """As `shop_subject`."""
    subject = shop_subject(seed)
    return replace(subject, engine=lambda: Engine(subject.schema, ahead=Building()))
