"""Loads demonstration data into the deployed stack, and a tenant that is suspended."""

import asyncio
from collections.abc import Callable, Sequence
from copy import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from local.demo import Demo, PlannedTenant, plan
from local.demo.steps import load, loader
from local.deployment.stack import Stack
from local.function import RunningFunction
from local.provision import ROOT, LocalFunction, Provisioned

SUSPENDED: Final = "initech"


def planned() -> tuple[PlannedTenant, ...]:
    """The demonstration's tenants, and one that has only people, to be suspended."""
    *_, last = tenants = plan()
    people = tuple(
        replace(person, email=person.email.replace(last.id, SUSPENDED))
        for person in last.people[:4]
    )
    suspended = replace(
        last,
        id=SUSPENDED,
        name="Initech",
        tier="basic",
        people=people,
        leavers=(),
        categories=(),
        products=(),
        orders=(),
        carts=(),
        reviews=(),
    )
    return (*tenants, suspended)


def seed(
    stack: Stack,
    tenants: Sequence[PlannedTenant],
    log: Path,
    advance: Callable[[int], None] = lambda _items: None,
) -> Demo:
    """Write the tenants with the platform function's role, then suspend SUSPENDED.

    `advance` is told how many items were written. Raises FunctionError, whose cause is in `log`.
    """
    with TemporaryDirectory(prefix="tenantql-") as scratch:
        function = loader(_provisioned(stack))
        running = RunningFunction(function, stack.cloud.environment(), Path(scratch), log)
        table = stack.outputs["DataTableName"]
        demo = asyncio.run(_load(running, tenants, table, advance))
    stack.cloud.client("dynamodb").update_item(
        TableName=stack.outputs["ControlTableName"],
        Key={"PK": {"S": f"TENANT#{SUSPENDED}"}, "SK": {"S": "ROUTE"}},
        UpdateExpression="SET #status = :suspended",
        ConditionExpression="attribute_exists(PK)",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={":suspended": {"S": "suspended"}},
    )
    return demo


async def _load(
    running: RunningFunction,
    tenants: Sequence[PlannedTenant],
    table: str,
    advance: Callable[[int], None],
) -> Demo:
    try:
        return await load(tenants, table, running, advance)
    finally:
        await running.stop()


def _provisioned(stack: Stack) -> Provisioned:
    """The stack as the demonstration's loader takes it: the platform function as deployed.

    Alone: the deployed bucket of images refuses what comes without TLS, which no local cloud has.
    """
    deployed = stack.cloud.client("lambda").get_function_configuration(
        FunctionName=stack.resources["PlatformFunction"]
    )
    platform = LocalFunction(
        name="platform",
        folder=ROOT / "functions" / "platform",
        handler=deployed.get("Handler", ""),
        role_arn=deployed.get("Role", ""),
        timeout=deployed.get("Timeout", 0),
        memory=deployed.get("MemorySize", 0),
        environment=deployed.get("Environment", {}).get("Variables", {}),
    )
    return Provisioned(
        stack=stack.name,
        data_table=stack.outputs["DataTableName"],
        control_table=stack.outputs["ControlTableName"],
        tenant_role_arn=stack.outputs["TenantRoleArn"],
        platform_data_role_arn=stack.outputs["PlatformDataRoleArn"],
        functions={"platform": platform},
    )
