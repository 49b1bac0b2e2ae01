"""The switch-over: a stack's tenants move into another data table, in steps that can be repeated.

1. The table gets the settings that it lacks, and they are verified.
2. The tenants are kept from writing, and what they wrote last is waited for.
3. The tables are compared.
4. The stack is told of the table: consumers, scaling, alarms and backups follow.
5. The routing records are changed, which lets the tenants write again.
6. What hangs on the table is compared with what hung on the old one.

Until 5 nobody has moved, and `release` takes back all of it but 4, which is harmless by itself.
"""

from collections.abc import Callable
from typing import Any, Final

from cli.recovery import records, settings, surroundings, tenants
from cli.recovery.deployed import DATA, SECONDS, Deployed, RecoveryError
from cli.recovery.records import Restore
from cli.recovery.settings import Difference

_LOOKS: Final = 60
"""Looks at a consumer that is being set up: two minutes."""


def restore_of(deployed: Deployed, target: str) -> Restore:
    """What is known of a move into `target`: as it was restored, or else as a twin of the present.

    The latter is the way back. Raises RecoveryError for a table that nobody can move into.
    """
    if deployed.kind_of(target) != DATA:
        raise RecoveryError(f"{target} is no data table; see ./tenantql restore records --help")
    if deployed.table(target) is None:
        raise RecoveryError(f"there is no table {target}: see ./tenantql restore start --help")
    present = deployed.tables[DATA]
    written = records.read(deployed, target)
    if written is not None and present in {written.source, target}:
        return written
    if present == target:
        raise RecoveryError(f"{target} is in use already")
    if deployed.table(present) is None:
        raise RecoveryError(f"{present} is gone, and nothing is known of {target}")
    return Restore(
        target,
        present,
        "a table that was there",
        settings.read(deployed, present),
        surroundings.read(deployed, present),
    )


def protect(deployed: Deployed, source: str) -> None:
    """Keeps the old table from being deleted, also by a stack of a development environment."""
    described = deployed.table(source)
    if described is not None and not described.get("DeletionProtectionEnabled"):
        deployed.dynamodb.update_table(TableName=source, DeletionProtectionEnabled=True)
        deployed.until_active(source)


def follow(deployed: Deployed, restore: Restore, told: Callable[[str], None]) -> None:
    """Waits until the consumers follow the new table and no longer the old one.

    Raises RecoveryError if they do not come to that.
    """
    expected = len(restore.surroundings.get("consumers", ()))
    for _ in range(_LOOKS):
        states = [str(each["State"]) for each in surroundings.mappings(deployed, restore.target)]
        left = surroundings.mappings(deployed, restore.source)
        if not left and len(states) >= expected and {*states} <= {"Enabled"}:
            return
        told(f"consumers of {restore.target}: {', '.join(states) or 'none'}")
        deployed.wait(SECONDS)
    raise RecoveryError(
        f"the consumers of {restore.source} do not follow {restore.target}: see the event source"
        " mappings of the stream function. Nobody was moved."
    )


def move(deployed: Deployed, restore: Restore, told: Callable[[], None]) -> list[str]:
    """Moves the tenants that wait, and looks: the ids of those that are there.

    Raises RecoveryError if somebody is in the old table still.
    """
    tenants.move(deployed, restore.source, restore.target, told)
    left = tenants.of_table(deployed, restore.source)
    if left:
        ids = ", ".join(each.id for each in left)
        raise RecoveryError(f"{ids} came to {restore.source} meanwhile: run it again")
    return [each.id for each in tenants.of_table(deployed, restore.target)]


def missing(deployed: Deployed, restore: Restore) -> list[Difference]:
    """What hung on the old table and does not hang on the new one as it did."""
    found = surroundings.read(deployed, restore.target)
    wrong: list[Difference] = []
    for name, wanted in restore.surroundings.items():
        lacking: list[Any] = [each for each in wanted if each not in found[name]]
        if lacking:
            wrong.append(Difference(name, found[name], lacking, "does not hang on the new table"))
    return wrong
