"""Checks that what a mend replaces in ministack still looks as it did when the mend was written."""

import inspect
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from typing import Any

WRITTEN_FOR = "1.5.33"


class UnexpectedShapeError(RuntimeError):
    """ministack is not as a mend expects it: the mend has to be looked at again."""

    def __init__(self, what: str, expected: str) -> None:
        super().__init__(
            f"ministack {version('ministack')}: {what} is not {expected}, as in {WRITTEN_FOR}. "
            "The mend that replaces it has to be checked against this version."
        )


def module(name: str) -> Any:
    """The module `name` of ministack; Any, since ministack has no types and is in no other venv."""
    return import_module(f"ministack.{name}")


def function(owner: Any, name: str, *parameters: str) -> Callable[..., Any]:
    """The function `name` of a ministack module, which takes exactly `parameters`."""
    found: Any = getattr(owner, name, None)
    if not _takes(found, parameters):
        what = f"{owner.__name__}.{name}"
        raise UnexpectedShapeError(what, f"a function of ({', '.join(parameters)})")
    return found


def calls(caller: Callable[..., Any], *texts: str) -> None:
    """Check that the code of `caller` has each of `texts`: that what is replaced is used there."""
    source = inspect.getsource(caller)
    missing = [text for text in texts if text not in source]
    if missing:
        raise UnexpectedShapeError(f"{caller.__module__}.{caller.__name__}", f"using {missing}")


def resource_handlers(kind: str) -> dict[str, Any]:
    """CloudFormation's handlers of a resource type, by action; changing them changes the type."""
    return module("services.cloudformation.provisioners")._RESOURCE_HANDLERS.get(kind, {})  # noqa: SLF001


def resource_handler(kind: str, action: str, *parameters: str) -> Callable[..., Any]:
    """CloudFormation's handler of `action` for a resource type, which takes `parameters`."""
    found: Any = resource_handlers(kind).get(action)
    if not _takes(found, parameters):
        what = f"the handler to {action} a {kind}"
        raise UnexpectedShapeError(what, f"a function of ({', '.join(parameters)})")
    return found


def change_properties(kind: str, changed: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Has CloudFormation's handlers create and update a resource type with `changed` properties."""
    create = resource_handler(kind, "create", "logical_id", "props", "stack_name")
    update = resource_handler(
        kind, "update", "physical_id", "old_props", "new_props", "stack_name", "logical_id"
    )

    def create_changed(logical_id: str, props: dict[str, Any], stack_name: str) -> Any:
        return create(logical_id, changed(props), stack_name)

    def update_changed(
        physical_id: str,
        old_props: dict[str, Any],
        new_props: dict[str, Any],
        stack_name: str,
        logical_id: str | None = None,
    ) -> Any:
        return update(physical_id, changed(old_props), changed(new_props), stack_name, logical_id)

    resource_handlers(kind).update(create=create_changed, update=update_changed)


def _takes(found: Any, parameters: tuple[str, ...]) -> bool:
    return inspect.isfunction(found) and tuple(inspect.signature(found).parameters) == parameters
