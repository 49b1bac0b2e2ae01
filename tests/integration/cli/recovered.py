"""A small stack that can be restored: its tables, and CloudFormation's part in a switch-over."""

import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import boto3
import pytest
from typer.testing import CliRunner, Result

from cli.commands import app
from local.cloud import LocalCloud
from tests.cloud.identities import allow, connect, deny, policy, unique

TENANTS: Final = {"acme": "active", "globex": "active", "initech": "suspended"}
_KEYS: Final[Any] = {
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [
        {"AttributeName": "PK", "KeyType": "HASH"},
        {"AttributeName": "SK", "KeyType": "RANGE"},
    ],
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": "S"} for name in ("PK", "SK")
    ],
    "PointInTimeRecoverySpecification": {
        "PointInTimeRecoveryEnabled": True,
        "RecoveryPeriodInDays": 7,
    },
    "TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": True},
}
_WAIT: Final[Any] = {"Delay": 0.05, "MaxAttempts": 400}


def _template(name: str) -> dict[str, Any]:
    """The tables of template.yaml as far as the commands know them, and its parameters."""
    table = {"Type": "AWS::DynamoDB::Table"}
    data = {
        **_KEYS,
        "TableName": f"{name}-data-basic-01",
        "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
        "Tags": [{"Key": "project", "Value": "shop"}],
        "ContributorInsightsSpecification": {"Enabled": True},
    }
    given = {"Ref": "ExistingDataTable"}
    used = {"Fn::If": ["HasOwn", {"Ref": "DataTable"}, given]}
    return {
        "Parameters": {
            parameter: {"Type": "String", "Default": ""}
            for parameter in ("ExistingDataTable", "ExistingDataTableStream")
        },
        "Conditions": {"HasOwn": {"Fn::Equals": [given, ""]}},
        "Resources": {
            "DataTable": {
                **table,
                "Condition": "HasOwn",
                "DeletionPolicy": "Retain",
                "Properties": data,
            },
            "ControlTable": {**table, "Properties": {**_KEYS, "TableName": f"{name}-control"}},
            "Throttles": {
                "Type": "AWS::CloudWatch::Alarm",
                "Properties": {
                    "Namespace": "AWS/DynamoDB",
                    "MetricName": "ReadThrottleEvents",
                    "Dimensions": [{"Name": "TableName", "Value": used}],
                    "Statistic": "Sum",
                    "Period": 60,
                    "EvaluationPeriods": 1,
                    "Threshold": 1,
                    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
                },
            },
        },
        "Outputs": {
            "DataTableName": {"Value": used},
            "ControlTableName": {"Value": {"Ref": "ControlTable"}},
        },
    }


@dataclass(frozen=True)
class Recovered:
    """The stack, and an operator with a command line."""

    cloud: LocalCloud
    name: str

    @property
    def data(self) -> str:
        return f"{self.name}-data-basic-01"

    @property
    def control(self) -> str:
        return f"{self.name}-control"

    @property
    def dynamodb(self) -> Any:
        return connect(self.cloud, "dynamodb")

    @classmethod
    def deploy(cls, cloud: LocalCloud) -> "Recovered":
        """A new stack, with a few tenants and items."""
        made = cls(cloud, unique("restorable"))
        cloudformation = connect(cloud, "cloudformation")
        cloudformation.create_stack(
            StackName=made.name, TemplateBody=json.dumps(_template(made.name))
        )
        waiter = cloudformation.get_waiter("stack_create_complete")
        waiter.wait(StackName=made.name, WaiterConfig=_WAIT)
        for tenant, status in TENANTS.items():
            made.register(tenant, status)
            made.put(tenant, "1", name={"S": tenant})
        return made

    def register(self, tenant: str, status: str, **more: Mapping[str, str]) -> None:
        """Writes a routing record."""
        item: dict[str, Any] = {
            "PK": {"S": f"TENANT#{tenant}"},
            "SK": {"S": "ROUTE"},
            "tenant": {"S": tenant},
            "table": {"S": self.data},
            "status": {"S": status},
            **more,
        }
        self.dynamodb.put_item(TableName=self.control, Item=item)

    def put(self, tenant: str, sort: str, **values: Any) -> None:
        """Writes an item of a tenant."""
        key = {"PK": {"S": f"TENANT#{tenant}#ORGANISATION"}, "SK": {"S": sort}}
        self.dynamodb.put_item(TableName=self.data, Item={**key, **values})

    def routes(self) -> dict[str, tuple[str, str]]:
        """Each tenant's table and status."""
        return {
            item["tenant"]["S"]: (item["table"]["S"], item["status"]["S"])
            for item in self.dynamodb.scan(TableName=self.control)["Items"]
            if item["SK"] == {"S": "ROUTE"}
        }

    def run(self, *arguments: str, said: str = "") -> Result:
        """A command about this stack."""
        return CliRunner().invoke(app, [*arguments, "--stack", self.name], said)

    def plain(self, *arguments: str) -> tuple[int, Any]:
        """The exit code, and what --json printed."""
        result = self.run(*arguments, "--json")
        return result.exit_code, json.loads(result.stdout)

    @contextmanager
    def without(self, *actions: str) -> Generator[None]:
        """Commands are run by somebody who may do everything else."""
        iam, name = connect(self.cloud, "iam"), unique("limited")
        iam.create_user(UserName=name)
        document = policy(allow("*"), deny(list(actions)))
        iam.put_user_policy(UserName=name, PolicyName="limits", PolicyDocument=document)
        made = iam.create_access_key(UserName=name)["AccessKey"]
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AWS_ACCESS_KEY_ID", made["AccessKeyId"])
            patch.setenv("AWS_SECRET_ACCESS_KEY", made["SecretAccessKey"])
            patch.setattr(boto3, "DEFAULT_SESSION", None)
            yield
