"""Compiled operations: code by what `@skip` and `@include` come to, made when first needed."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from tenantql.engine.compiling.linking import Bound, Code, link
from tenantql.engine.compiling.plans import Signature, Variant, Where
from tenantql.engine.compiling.reading import Variables
from tenantql.engine.errors import DocumentError

if TYPE_CHECKING:
    from tenantql.engine.compiling.judging import Judge

VARIANTS: Final = 32
"""Variants of one operation that are kept; the least recently used go first."""

type Linked = tuple[Code, bool]
"""Code, and whether it runs step by step."""


class VariablesRefused(Exception):
    """Raised for variables that do not fit their types; `errors` has one or more."""

    def __init__(self, errors: Sequence[DocumentError]) -> None:
        super().__init__(str(errors[0]))
        self.errors = errors


class Compiled:
    """An operation as code."""

    def __init__(
        self,
        signature: Signature,
        bound: Bound,
        judge: "Callable[[], Judge]",
        ahead: Callable[[Variant], Linked | None] = lambda _: None,
    ) -> None:
        """`judge` is for what is not plain. `ahead` gives the variants that are there already."""
        self.signature: Final = signature
        self._bound = bound
        self._judge = judge
        self._ahead = ahead
        self._variables = Variables(signature, bound)
        self._variants: OrderedDict[Variant, Linked] = OrderedDict()

    def values(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The variables as resolvers get them. Raises VariablesRefused."""
        try:
            return self._variables.read(given)
        except Exception:  # noqa: BLE001 - whatever is not plain, graphql-core judges
            found = self._judge().variables(given)
        if isinstance(found, list):
            raise VariablesRefused(found)
        return found

    def code(self, values: Mapping[str, Any]) -> Linked:
        """The code that runs with these variables.

        Raises DocumentError if a variable of `@skip` or `@include` at the top is null.
        """
        variant = tuple(values.get(name) for name in self.signature.conditions)
        found = self._variants.get(variant)
        if found is None:
            found = self._variants[variant] = self._ahead(variant) or self._made(variant)
            if len(self._variants) > VARIANTS:
                self._variants.popitem(last=False)
        elif len(self._variants) > 1:
            self._variants.move_to_end(variant)
        return found

    def misfit(self, given: Mapping[str, Any]) -> Callable[[Where], Exception]:
        """What says why the arguments of a field do not fit, in a request with these variables."""
        return lambda where: self._judge().misfit(given, where)

    def _made(self, variant: Variant) -> Linked:
        plan = self._judge().plan(self.signature.conditions, variant)
        return link(plan, self._bound), plan.serial
