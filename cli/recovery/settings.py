"""Comparing the settings of tables, and putting back what a restore leaves out."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from botocore.exceptions import ClientError

from cli.recovery.deployed import Deployed
from cli.recovery.each_setting import PROTECTION, SETTINGS

TABLE: Final = "{table}"
"""What stands for the table's own name in a setting."""

_BY_NAME: Final = {each.name: each for each in SETTINGS}


@dataclass(frozen=True)
class Difference:
    """A setting that is not as it must be, and why it could not be put back, if that was tried."""

    setting: str
    found: Any
    expected: Any
    why: str = ""


def read(deployed: Deployed, table: str) -> dict[str, Any]:
    """The settings of a table, its own name replaced by a mark. Raises RecoveryError."""
    described = deployed.until_active(table)
    found = {each.name: each.read(deployed, described) for each in SETTINGS}
    return json.loads(json.dumps(found).replace(table, TABLE))


def differences(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[Difference]:
    """What differs, of the settings that are wanted.

    A table that is protected is right in any case: whoever deletes it takes that away.
    """
    return [
        Difference(name, found.get(name), value)
        for name, value in wanted.items()
        if found.get(name) != value and (name, found.get(name)) != (PROTECTION, True)
    ]


def put_back(
    deployed: Deployed,
    table: str,
    wanted: Mapping[str, Any],
    told: Callable[[str], None],
) -> tuple[list[str], list[Difference]]:
    """Sets what differs, and looks again: what was set, and what is not right still."""
    why: dict[str, str] = {}
    done: list[str] = []
    own = cast("dict[str, Any]", json.loads(json.dumps(wanted).replace(TABLE, table)))
    for difference in differences(read(deployed, table), wanted):
        setting = _BY_NAME[difference.setting]
        if setting.put is None:
            why[setting.name] = "a restored table keeps it as it is"
            continue
        told(setting.name)
        deployed.until_active(table)
        try:
            setting.put(deployed, table, own[setting.name])
        except ClientError as error:
            why[setting.name] = str(error)
        else:
            done.append(setting.name)
    left = [
        Difference(each.setting, each.found, each.expected, why.get(each.setting, ""))
        for each in differences(read(deployed, table), wanted)
    ]
    return done, left
