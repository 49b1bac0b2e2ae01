"""`AWS::Backup::BackupSelection`: what a plan of AWS Backup copies, which ministack cannot deploy.

It has the API for it. Every property of the type needs a replacement, so there is no update.
"""

# ruff: noqa: SLF001  ministack's internals are what a mend replaces.

import json
from typing import Any, Final

from local.cloud.mends import shape

_SELECTION: Final = "AWS::Backup::BackupSelection"


def apply() -> None:
    """Add the resource type to CloudFormation."""
    backup = shape.module("services.backup")
    create = shape.function(backup, "_create_selection", "plan_id", "body")
    remove = shape.function(backup, "_delete_selection", "plan_id", "selection_id")
    handlers = shape.module("services.cloudformation.provisioners")._RESOURCE_HANDLERS
    if _SELECTION in handlers:
        raise shape.UnexpectedShapeError(f"the type {_SELECTION}", "missing")

    def create_selection(_logical_id: str, props: dict[str, Any], _stack_name: str) -> Any:
        plan = props["BackupPlanId"]
        status, _, body = create(plan, {"BackupSelection": props["BackupSelection"]})
        if status >= 400:
            raise ValueError(f"{_SELECTION}: {body!r}")
        made = json.loads(body)["SelectionId"]
        return f"{made}_{plan}", {"SelectionId": made, "BackupPlanId": plan}

    def delete_selection(physical_id: str, _props: dict[str, Any]) -> None:
        selection, _, plan = physical_id.partition("_")
        remove(plan, selection)

    handlers[_SELECTION] = {"create": create_selection, "delete": delete_selection}
