"""A deployed stack as CloudFormation tells of it: its tables, parameters and resources."""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.exceptions import ClientError

from cli.stack import RETRIES, Caller, StackError, identify

DATA: Final = "data"
CONTROL: Final = "control"
KINDS: Final = (DATA, CONTROL)
STABLE: Final = (
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
    "IMPORT_COMPLETE",
)
SECONDS: Final = 2.0
"""Between two looks at what takes time."""


class RecoveryError(Exception):
    """It cannot be done, or was not to be; the message says what to do."""


def no_wait(_what: str) -> None:
    """Tells nobody."""


@dataclass(frozen=True)
class Deployed:
    """A stack, and the clients with which whoever runs the command reaches AWS."""

    name: str
    caller: Caller
    tables: Mapping[str, str]
    """Names by kind: the data table that is in use, and the control table."""
    parameters: Mapping[str, str]
    outputs: Mapping[str, str]
    wait: Callable[[float], None] = time.sleep
    _clients: dict[str, Any] = field(default_factory=dict[str, Any])

    def client(self, service: str) -> Any:
        """A boto3 client."""
        if service not in self._clients:
            session: Any = self.caller.session
            self._clients[service] = session.client(
                service, region_name=self.caller.region, config=RETRIES
            )
        return self._clients[service]

    @property
    def dynamodb(self) -> Any:
        """The client of DynamoDB."""
        return self.client("dynamodb")

    @property
    def cloudformation(self) -> Any:
        """The client of CloudFormation."""
        return self.client("cloudformation")

    def pages(self, service: str, operation: str, key: str, **options: Any) -> Iterator[Any]:
        """Everything that a paged operation lists under `key`."""
        for page in self.client(service).get_paginator(operation).paginate(**options):
            yield from page[key]

    def table_arn(self, table: str) -> str:
        """The ARN of a table of this account and region."""
        where = f"{self.caller.partition}:dynamodb:{self.caller.region}:{self.caller.account}"
        return f"arn:{where}:table/{table}"

    def table(self, table: str) -> Mapping[str, Any] | None:
        """What DynamoDB says of a table; None if there is none."""
        try:
            return self.dynamodb.describe_table(TableName=table)["Table"]
        except ClientError as error:
            if code(error) != "ResourceNotFoundException":
                raise
            return None

    def until_active(self, table: str, told: Callable[[str], None] = no_wait) -> Mapping[str, Any]:
        """Waits for a table, its indexes and its restore. Raises RecoveryError if there is none."""
        while True:
            found = self.table(table)
            if found is None:
                raise RecoveryError(f"there is no table {table}")
            parts = [found["TableStatus"]]
            parts += [each["IndexStatus"] for each in found.get("GlobalSecondaryIndexes", ())]
            restoring = found.get("RestoreSummary", {}).get("RestoreInProgress", False)
            if set(parts) == {"ACTIVE"} and not restoring:
                return found
            told(f"{table}: {'RESTORING' if restoring else parts[0]}")
            self.wait(SECONDS)

    def next_name(self, kind: str) -> str:
        """A name for a restored table that the stack's roles know: the next free number."""
        stem = f"{self.name}-control-" if kind == CONTROL else self._data_stem()
        taken = {
            name
            for page in self.dynamodb.get_paginator("list_tables").paginate()
            for name in page["TableNames"]
        }
        free = (f"{stem}{number:02}" for number in range(2, 100))
        found = next((name for name in free if name not in taken), None)
        if found is None:
            raise RecoveryError(
                f"all names {stem}02 to {stem}99 are taken: give --as, or delete one"
            )
        return found

    def kind_of(self, table: str) -> str:
        """Whether the stack's roles know a table as one of data or of control records.

        Raises RecoveryError for a name that they do not know.
        """
        if re.fullmatch(rf"{re.escape(self.name)}-data-[a-z0-9-]+-[0-9]{{2}}", table):
            return DATA
        if re.fullmatch(rf"{re.escape(self.name)}-control(-[0-9]{{2}})?", table):
            return CONTROL
        raise RecoveryError(
            f"the roles of {self.name} do not know {table}: they know {self.name}-data-TIER-NN"
            f" and {self.name}-control-NN"
        )

    def _data_stem(self) -> str:
        return self.tables[DATA].rpartition("-")[0] + "-"


def find(stack: str, profile: str, region: str) -> Deployed:
    """A deployed stack. Raises StackError and RecoveryError."""
    caller = identify(profile, region)
    session: Any = caller.session
    cloudformation = session.client("cloudformation", region_name=caller.region)
    try:
        described = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        raise StackError(str(error)) from error
    outputs = {each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", ())}
    parameters = {
        each["ParameterKey"]: each.get("ParameterValue", "")
        for each in described.get("Parameters", ())
    }
    try:
        tables = {DATA: outputs["DataTableName"], CONTROL: outputs["ControlTableName"]}
    except KeyError as error:
        raise RecoveryError(f"{stack} has no output {error.args[0]}: is it TenantQL?") from None
    return Deployed(stack, caller, tables, parameters, outputs)


def code(error: ClientError) -> str:
    """The code of an AWS error."""
    return error.response.get("Error", {}).get("Code", "")
