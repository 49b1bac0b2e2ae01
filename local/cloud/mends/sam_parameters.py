"""The values of a stack's parameters, for the SAM transform.

ministack runs the transform without them, so what SAM resolves itself gets each parameter's
default: the CORS configuration of an HTTP API, for instance, which SAM writes into the API's
definition. AWS hands over the values that the operation was called with.
"""

# ruff: noqa: SLF001  ministack's internals are what a mend replaces.

import contextvars
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from local.cloud.mends import shape

_values: contextvars.ContextVar[Mapping[str, Any]] = contextvars.ContextVar(
    "tenantql_sam_parameters"
)


def apply() -> None:
    """Hand the parameters' values to the transform, wherever a stack operation applies it."""
    engine = shape.module("services.cloudformation.engine")
    parameters = ("template", "provided_params", "previous_params")
    apply_transforms = shape.function(engine, "_apply_transforms", *parameters)
    resolve = shape.function(engine, "_transform_parameters", *parameters)
    shape.calls(apply_transforms, "_sam_transform(copy.deepcopy(template), {}, ")
    translator: Any = import_module("samtranslator.translator.transform")
    transform = translator.transform

    def apply_with_values(
        template: Any, provided_params: Any = None, previous_params: Any = None
    ) -> Any:
        token = _values.set(resolve(template, provided_params, previous_params))
        try:
            return apply_transforms(template, provided_params, previous_params)
        finally:
            _values.reset(token)

    def transform_with_values(template: Any, _none: Mapping[str, Any], *rest: Any) -> Any:
        return transform(template, dict(_values.get()), *rest)

    for name in ("engine", "changesets", "handlers"):
        caller = shape.module(f"services.cloudformation.{name}")
        shape.function(caller, "_apply_transforms", *parameters)
        caller._apply_transforms = apply_with_values
    translator.transform = transform_with_values
