"""Backups and restores of tables, as AWS has them.

ministack restores the present whatever time is asked for, says that recovery reaches back to this
very second, forgets its period, leaves a restored table without the encryption of its source, and
does not describe what a table was restored from.

Here the changes since are taken back by the table's stream, the newest first. So a table without a
stream of old images can be restored to the latest time only; and what TTL took away stays away,
since ministack tells the stream nothing of it. Sources: the API reference of DynamoDB, pages
RestoreTableToPointInTime and PointInTimeRecoveryDescription.
"""

# ruff: noqa: SLF001  ministack's internals are what a mend replaces.

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from local.cloud.mends import shape

type Answer = tuple[int, dict[str, str], bytes]
type Handler = Callable[[dict[str, Any]], Answer]

LONGEST_DAYS: Final = 35
_DAY: Final = 86_400
_RECOVERY: Final = "_recovery"
_IMAGES: Final = ("NEW_AND_OLD_IMAGES", "OLD_IMAGE")


def apply() -> None:
    """Replace what DynamoDB's API does for recovery and restores."""
    dynamodb = shape.module("services.dynamodb")
    names = (
        *("_update_continuous_backups", "_describe_continuous_backups"),
        *("_restore_table_from_backup", "_restore_table_to_point_in_time"),
    )
    original = {name: shape.function(dynamodb, name, "data") for name in names}
    describe_table = shape.function(dynamodb, "_table_description", "name")
    shape.function(dynamodb, "stream_live_records", "table_name", "account_id", "region")
    shape.function(dynamodb, "_set_item", "table", "pk_val", "sk_val", "item")
    shape.function(dynamodb, "_remove_item", "table", "pk_val", "sk_val")
    shape.function(dynamodb, "_sse_description_from_spec", "spec")
    restores = _Restores(dynamodb)

    def table_description(name: str) -> dict[str, Any]:
        summary = dynamodb._tables[name].get("RestoreSummary")
        return {**describe_table(name), **({"RestoreSummary": summary} if summary else {})}

    dynamodb._table_description = table_description
    dynamodb._update_continuous_backups = restores.updating(original[names[0]])
    dynamodb._describe_continuous_backups = restores.describing(original[names[1]])
    dynamodb._restore_table_from_backup = restores.from_backup(original[names[2]])
    dynamodb._restore_table_to_point_in_time = restores.to_a_time(original[names[3]])


class _Restores:
    def __init__(self, dynamodb: Any) -> None:
        self._dynamodb = dynamodb

    def updating(self, update: Handler) -> Handler:
        """Remembers since when recovery is on, and how far back it is to reach."""

        def updated(data: dict[str, Any]) -> Answer:
            answer = update(data)
            if answer[0] >= 400:
                return answer
            table = self._table(data["TableName"])
            wanted: dict[str, Any] = data.get("PointInTimeRecoverySpecification") or {}
            if not wanted.get("PointInTimeRecoveryEnabled"):
                table.pop(_RECOVERY, None)
                return answer
            since = table.get(_RECOVERY, {}).get("since", time.time())
            days = int(wanted.get("RecoveryPeriodInDays", LONGEST_DAYS))
            table[_RECOVERY] = {"since": since, "days": days}
            return self._dynamodb._describe_continuous_backups(data)

        return updated

    def describing(self, describe: Handler) -> Handler:
        """Tells from when on a table can be restored."""

        def described(data: dict[str, Any]) -> Answer:
            status, headers, body = describe(data)
            if status >= 400:
                return status, headers, body
            answer = json.loads(body)
            recovery = self._table(data["TableName"]).get(_RECOVERY)
            if recovery:
                answer["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"] |= {
                    "EarliestRestorableDateTime": self._earliest(recovery),
                    "LatestRestorableDateTime": int(time.time()),
                    "RecoveryPeriodInDays": recovery["days"],
                }
            return self._dynamodb.json_response(answer)

        return described

    def from_backup(self, restore: Handler) -> Handler:
        """Restores a backup with its encryption, and is done with it."""

        def restored(data: dict[str, Any]) -> Answer:
            answer = restore(data)
            if answer[0] >= 400:
                return answer
            backup = self._dynamodb._backups[data["BackupArn"]]
            encryption = backup["SourceTableFeatureDetails"].get("SSEDescription")
            source = backup["SourceTableDetails"]["TableArn"]
            return self._finished(data, encryption, source, time.time())

        return restored

    def to_a_time(self, restore: Handler) -> Handler:
        """Restores what was there at the time that is asked for."""

        def restored(data: dict[str, Any]) -> Answer:
            name = data.get("SourceTableName") or str(data.get("SourceTableArn")).split("/")[-1]
            source = self._dynamodb._tables.get(name)
            if source is None:
                return restore(data)
            latest = bool(data.get("UseLatestRestorableTime"))
            moment: float = time.time() if latest else data.get("RestoreDateTime", 0)
            problem = self._problem(source, moment, latest=latest)
            if problem:
                return self._dynamodb.error_response_json(*problem, 400)
            answer = restore(data)
            if answer[0] >= 400:
                return answer
            if not latest:
                self._take_back(name, self._dynamodb._tables[data["TargetTableName"]], moment)
            return self._finished(data, source.get("SSEDescription"), source["TableArn"], moment)

        return restored

    def _problem(self, table: Any, moment: float, *, latest: bool) -> tuple[str, str] | None:
        recovery = table.get(_RECOVERY)
        if recovery is None:
            told = f"Point in time recovery is not enabled for table '{table['TableName']}'"
            return "PointInTimeRecoveryUnavailableException", told
        if latest:
            return None
        if not self._earliest(recovery) <= moment <= time.time():
            told = "An invalid restore time was specified: outside of the recovery period"
            return "InvalidRestoreTimeException", told
        stream: dict[str, Any] = table.get("StreamSpecification") or {}
        started = table.get("LatestStreamLabel")
        if (
            stream.get("StreamViewType") not in _IMAGES
            or datetime.fromisoformat(started).replace(tzinfo=UTC).timestamp() > moment + 1
            or moment < time.time() - _DAY
        ):
            told = "The local cloud takes changes back by the stream, which does not reach there"
            return "InvalidRestoreTimeException", told
        return None

    def _take_back(self, source: str, target: Any, moment: float) -> None:
        key_of = self._dynamodb._extract_key_val
        for record in reversed(self._dynamodb.stream_live_records(source)):
            change = record["dynamodb"]
            # Its sequence number starts with the time, in milliseconds.
            if int(change["SequenceNumber"][:20]) <= moment * 1000:
                return
            partition = key_of(change["Keys"][target["pk_name"]])
            name = target["sk_name"]
            sort = key_of(change["Keys"][name]) if name else "__no_sort__"
            before = change.get("OldImage")
            if before is None:
                self._dynamodb._remove_item(target, partition, sort)
            else:
                self._dynamodb._set_item(target, partition, sort, before)

    def _finished(
        self, data: dict[str, Any], encryption: Any, source_arn: str, moment: float
    ) -> Answer:
        name = data["TargetTableName"]
        table = self._dynamodb._tables[name]
        override = data.get("SSESpecificationOverride")
        table["SSEDescription"] = (
            self._dynamodb._sse_description_from_spec(override) if override else encryption
        )
        table["RestoreSummary"] = {
            **({"SourceBackupArn": data["BackupArn"]} if "BackupArn" in data else {}),
            "SourceTableArn": source_arn,
            "RestoreDateTime": int(moment),
            "RestoreInProgress": False,
        }
        description = self._dynamodb._table_description(name)
        return self._dynamodb.json_response({"TableDescription": description})

    def _table(self, name: str) -> dict[str, Any]:
        return self._dynamodb._tables[self._dynamodb._normalize_table_name(name)]

    @staticmethod
    def _earliest(recovery: dict[str, Any]) -> int:
        return int(max(recovery["since"], time.time() - recovery["days"] * _DAY))
