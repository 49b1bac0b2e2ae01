"""Operations that were compiled when the layer was built, each document a module of its own.

They run without a schema, graphql-core and Ariadne, whose import is most of a cold start. Only what
is not plain (variables that do not fit, a value that is none of its type) waits for those.
`tenantql.engine.compiling.modules` writes the modules.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

import msgspec

from tenantql.engine.compiling.bindings import Bindings
from tenantql.engine.compiling.compiled import Compiled, Linked
from tenantql.engine.compiling.linking import Code, meant
from tenantql.engine.compiling.plans import Reference, Signature, Variant
from tenantql.engine.document_hash import document_hash
from tenantql.engine.operations import HASH_DIGITS, Kind, Operation
from tenantql.engine.sizes import Cost, Measures

if TYPE_CHECKING:
    from tenantql.engine.binding import Bindables
    from tenantql.engine.compiling.judging import Judge
    from tenantql.engine.preparing import Preparation


class Ready(msgspec.Struct, frozen=True):
    """One operation of a module. A variant's function makes its code from what names stand for."""

    kind: Kind
    measures: Measures
    cost: Cost
    signature: Signature
    variants: Mapping[Variant, tuple[Callable[..., Code], Mapping[str, Reference]]]


class CompiledAhead:
    """The modules of one package, linked with what domains bind; see `operations.Ahead`."""

    def __init__(self, package: str, bindables: "Bindables") -> None:
        self._package = package
        self._bindables = bindables
        self._bindings: Bindings | None = None

    def is_there(self) -> bool:
        """Whether the layer has any."""
        try:
            import_module(self._package)
        except ModuleNotFoundError:
            return False
        return True

    def operation(
        self, text: str, operation_name: str | None, preparation: "Callable[[], Preparation]"
    ) -> Operation | None:
        """The operation of `text` to run; None if it is not here.

        None also if it cannot be told which one runs: graphql-core says what is wrong.
        """
        name = document_hash(text)
        ready = self._ready(name)
        if operation_name is None and len(ready) == 1:
            (operation_name,) = ready
        found = ready.get(operation_name)
        if found is None:
            return None
        if self._bindings is None:
            self._bindings = Bindings(self._bindables, lambda: preparation().bound)
        bound = self._bindings

        def linked(variant: Variant) -> Linked | None:
            made = found.variants.get(variant)
            if made is None:
                return None
            make, references = made
            return make(**meant(references, bound)), found.kind is Kind.MUTATION

        def judge() -> "Judge":
            return preparation().judge(text, operation_name)

        compiled = Compiled(found.signature, bound, judge, linked)
        digits = name[:HASH_DIGITS]
        return Operation(compiled, operation_name, found.kind, found.measures, found.cost, digits)

    def _ready(self, name: str) -> Mapping[str | None, Ready]:
        """The operations of the document of a hash, by name."""
        module = f"{self._package}.{module_name(name)}"
        try:
            found: Any = import_module(module)
        except ModuleNotFoundError as error:
            if error.name is not None and module.startswith(error.name):
                return {}
            raise
        return found.OPERATIONS


def module_name(document: str) -> str:
    """The name of the module of the document of a hash."""
    return f"d{document}"
