"""What a stack of production is not protected by."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from cli.doctor.findings import Severity
from tests.unit.doctor.stubs import Answers, deployed, found

POOL = {"UserPoolId": "eu-west-1_1"}
FUNCTION: dict[str, Any] = {
    "GraphqlFunction": {"Type": "AWS::Lambda::Function", "Properties": {}},
}


def pool(client: dict[str, Any], **changes: Any) -> Answers:
    named = {"ClientId": "1", "ClientName": "login"}
    described = {
        "MfaConfiguration": "OPTIONAL",
        "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True},
        **changes,
    }
    return [
        ("list_user_pool_clients", {"UserPoolClients": [named]}),
        ("describe_user_pool_client", {"UserPoolClient": {**named, **client}}),
        ("describe_user_pool", {"UserPool": described}),
    ]


@pytest.mark.parametrize(
    ("answers", "severities"),
    [
        (pool({"WriteAttributes": ["email", "name"]}), []),
        (pool({"WriteAttributes": ["email", "custom:tenant"]}), [Severity.CRITICAL]),
        (pool({}), [Severity.CRITICAL, Severity.CRITICAL]),
        (pool({"WriteAttributes": ["email"]}, MfaConfiguration="OFF"), [None]),
        (pool({"WriteAttributes": ["email"]}, AdminCreateUserConfig={}), [None]),
    ],
)
def test_a_client_that_lets_users_write_their_tenant(
    answers: Answers, severities: list[Any]
) -> None:
    stack = deployed({}, outputs=POOL, answers={"cognito-idp": answers})
    assert [each.severity for each in found("user-pool", stack)] == severities


def test_a_stack_of_another_issuer_has_no_pool() -> None:
    assert found("user-pool", deployed({})) == []


@pytest.mark.parametrize(
    ("environment", "days", "count"),
    [("production", "365", 0), ("production", "30", 1), ("development", "1", 0)],
)
def test_logs_that_are_kept_for_too_short(environment: str, days: str, count: int) -> None:
    parameters = {"Environment": environment, "LogRetentionDays": days}
    assert len(found("log-period", deployed({}, parameters))) == count


@pytest.mark.parametrize(
    ("environment", "told", "count"),
    [("production", "on", 1), ("production", "off", 0), ("development", "on", 0)],
)
def test_a_schema_that_is_told_in_production(environment: str, told: str, count: int) -> None:
    live = {"Environment": {"Variables": {"TENANTQL_INTROSPECTION": told}}}
    stack = deployed(
        FUNCTION,
        {"Environment": environment},
        answers={"lambda": [("get_function_configuration", live)]},
    )
    assert len(found("introspection", stack)) == count


def test_an_alarm_that_others_are_made_of_or_wait_for_tells_by_them() -> None:
    rule = {"AlarmRule": 'ALARM("shop-part")', "ActionsSuppressor": "shop-trouble"}
    page = {**rule, "AlarmActions": ["arn:aws:lambda:eu-west-1:1:function:page"]}
    composite = "AWS::CloudWatch::CompositeAlarm"
    alarms: dict[str, Any] = {
        "Part": {"Type": "AWS::CloudWatch::Alarm", "Properties": {}},
        "Trouble": {"Type": composite, "Properties": {}},
        "Page": {"Type": composite, "Properties": page},
    }
    assert found("alarm-topic", deployed(alarms)) == []


@pytest.mark.parametrize("topic", ["PendingConfirmation", "arn:aws:sns:eu-west-1:1:pages:1"])
def test_a_topic_has_somebody_who_has_confirmed(topic: str) -> None:
    action = "arn:aws:sns:eu-west-1:1:pages"
    alarms: dict[str, Any] = {
        "A": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmActions": [action]}}
    }
    listed = {"Subscriptions": [{"SubscriptionArn": topic, "TopicArn": action}]}
    answers = {"sns": [("list_subscriptions_by_topic", listed)]}
    told = found("alarm-topic", deployed(alarms, answers=answers))
    assert [each.where for each in told] == ([] if topic.startswith("arn:") else ["pages"])


@pytest.mark.parametrize("production", [True, False])
def test_what_is_not_protected_weighs_more_in_production(*, production: bool) -> None:
    alarm: dict[str, Any] = {"A": {"Type": "AWS::CloudWatch::Alarm", "Properties": {}}}
    environment = "production" if production else "development"
    (told,) = found("alarm-topic", deployed(alarm, {"Environment": environment}))
    assert told.severity is (Severity.FAULT if production else Severity.NOTE)


TOPICS = ["arn:aws:sns:eu-west-1:123456789012:alarms", "arn:aws:sns:eu-west-1:123456789012:notices"]
READ: dict[str, str] = {"SubscriptionArn": f"{TOPICS[0]}:1", "Protocol": "email"}
UNCONFIRMED = {"SubscriptionArn": "PendingConfirmation", "Protocol": "email"}


@pytest.mark.parametrize(
    ("subscriptions", "silent"),
    [
        (([READ], [READ, UNCONFIRMED]), ()),
        (([READ], ()), TOPICS[1:]),
        (([UNCONFIRMED], [READ]), TOPICS[:1]),
    ],
)
def test_topics_that_nobody_reads(
    subscriptions: Sequence[Sequence[Mapping[str, str]]], silent: Sequence[str]
) -> None:
    kinds = ("AWS::CloudWatch::CompositeAlarm", "AWS::CloudWatch::Alarm")
    alarms: dict[str, Any] = {
        kind: {"Type": kind, "Properties": {"AlarmActions": [topic]}}
        for kind, topic in zip(kinds, TOPICS, strict=True)
    }
    answers = [("list_subscriptions_by_topic", {"Subscriptions": each}) for each in subscriptions]
    stack = deployed(alarms, answers={"sns": answers})
    names = [topic.rpartition(":")[2] for topic in silent]
    assert [each.where for each in found("alarm-topic", stack)] == names


def test_an_alarm_that_others_wait_for_may_keep_silent() -> None:
    kind = "AWS::CloudWatch::CompositeAlarm"
    page = {
        "AlarmRule": "TRUE",
        "ActionsSuppressor": {"Ref": "Trouble"},
        "AlarmActions": TOPICS[:1],
    }
    alarms: dict[str, Any] = {
        "Trouble": {"Type": kind, "Properties": {"AlarmRule": "FALSE"}},
        "Page": {"Type": kind, "Properties": page},
    }
    answers = [("list_subscriptions_by_topic", {"Subscriptions": [READ]})]
    assert found("alarm-topic", deployed(alarms, answers={"sns": answers})) == []
