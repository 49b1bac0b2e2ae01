"""The stream function at work: a planted index key raises its alarm."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from local.deployment.deployment import Deployment
from local.deployment.outcome import Outcome

PATIENCE: Final = 30.0
KEY: Final = {"PK": {"S": "TENANT#acme#USER#planted"}, "SK": {"S": "PROFILE"}}
INDEX_KEY: Final = {
    "GSI1PK": {"S": "TENANT#globex#EMAIL#planted@globex.example"},
    "GSI1SK": {"S": "USER"},
}
NOTICED: Final = "log line, metric and alarm"


@dataclass(frozen=True)
class PlantedKey:
    """Writes an item of acme whose index key is globex's, as the account's root.

    A tenant's credentials can do this as well, as IAM checks the table's key alone. The item is
    taken away afterwards.
    """

    name: str = "planted index key"
    who: str = "stream"

    def run(self, deployment: Deployment) -> Outcome:
        """Write the item, and wait until everything that should notice it has."""
        started = time.monotonic()
        table = deployment.stack.outputs["DataTableName"]
        dynamodb = deployment.stack.cloud.client("dynamodb")
        dynamodb.put_item(TableName=table, Item={**KEY, **INDEX_KEY, "type": {"S": "User"}})
        wanted = {"log line": _logged, "metric": _counted, "alarm": _alarmed}
        try:
            missing = _wait(deployment, wanted, started + PATIENCE)
        finally:
            dynamodb.delete_item(TableName=table, Key=KEY)
        got = f"no {' and no '.join(missing)}" if missing else NOTICED
        return Outcome(NOTICED, got, time.monotonic() - started)


def _wait(
    deployment: Deployment, wanted: dict[str, Callable[[Deployment], bool]], end: float
) -> list[str]:
    """What has not come true until the end."""
    missing = list(wanted)
    while missing and time.monotonic() < end:
        missing = [name for name in missing if not wanted[name](deployment)]
        time.sleep(0.1)
    return missing


def _logged(deployment: Deployment) -> bool:
    found = deployment.stack.cloud.client("logs").filter_log_events(
        logGroupName=deployment.stack.log_group("stream"), filterPattern='"planted index key"'
    )
    return any("GSI1PK" in event.get("message", "") for event in found["events"])


def _counted(deployment: Deployment) -> bool:
    now = datetime.now(UTC)
    found = deployment.stack.cloud.client("cloudwatch").get_metric_statistics(
        Namespace="TenantQL",
        MetricName="ForeignIndexKey",
        Dimensions=[{"Name": "service", "Value": f"{deployment.stack.name}-stream"}],
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(minutes=1),
        Period=60,
        Statistics=["Sum"],
    )
    return sum(point.get("Sum", 0) for point in found["Datapoints"]) >= 1


def _alarmed(deployment: Deployment) -> bool:
    found = deployment.stack.cloud.client("cloudwatch").describe_alarms(
        AlarmNames=[deployment.stack.resources["ForeignIndexKeyAlarm"]]
    )
    return [alarm.get("StateValue") for alarm in found["MetricAlarms"]] == ["ALARM"]
