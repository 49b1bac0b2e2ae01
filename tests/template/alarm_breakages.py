"""Alarms that would keep silent, wake somebody up twice, or look at nothing."""

from typing import Final

from tests.template import alarm_checks as checks
from tests.template.breakage import Breakage, drop, of, put, swap

_SHARE: Final = of("RefusedTokensAlarm", "Metrics>0>Expression")
_POLICY: Final = of("AlarmTopicPolicy", "PolicyDocument>Statement>0")
_BODY: Final = of("Dashboard", "DashboardBody>Fn::Sub>0")

BREAKAGES: Final = (
    *(
        Breakage(
            checks.every_fault_has_its_alarm,
            f"no {name}",
            put(f"Resources>{name}", {"Type": "AWS::SNS::Topic", "Properties": {}}),
        )
        for name in (
            "PlatformThrottlesAlarm",
            "StreamDeadLettersAlarm",
            "WriteThrottlesAlarm",
            "ForeignIndexKeyAlarm",
            "ForeignIndexReadAlarm",
            "AccessDeniedAlarm",
            "ApiThrottlesAlarm",
        )
    ),
    Breakage(
        checks.every_fault_has_its_alarm,
        "one index is left out",
        drop(of("ReadThrottlesAlarm", "Metrics>3")),
    ),
    Breakage(
        checks.alarms_watch_what_is_told,
        "a metric of REST APIs",
        put(of("ApiErrorsAlarm", "MetricName"), "5XXError"),
    ),
    Breakage(
        checks.alarms_watch_what_is_told,
        "a dimension that the metric has not",
        put(of("FaultsAlarm", "Dimensions>0>Name"), "tier"),
    ),
    Breakage(
        checks.alarms_watch_what_is_told,
        "another function's metric",
        put(of("AuthorizerFailuresAlarm", "Dimensions>0>Value"), {"Ref": "AWS::StackName"}),
    ),
    Breakage(
        checks.alarms_watch_what_is_told,
        "a filter counts under another name",
        put(of("RefusedTokensFilter", "MetricTransformations>0>MetricName"), "Refused"),
    ),
    Breakage(
        checks.alarms_tell_what_must_not_be_and_what_lasts,
        "waits for more",
        put(of("ForeignIndexKeyAlarm", "Threshold"), 10),
    ),
    Breakage(
        checks.alarms_tell_what_must_not_be_and_what_lasts,
        "a hiccup wakes somebody up",
        put(of("WriteThrottlesAlarm", "DatapointsToAlarm"), 1),
    ),
    Breakage(
        checks.alarms_tell_what_must_not_be_and_what_lasts,
        "rises when nothing happens",
        put(of("StreamErrorsAlarm", "ComparisonOperator"), "LessThanThreshold"),
    ),
    Breakage(
        checks.alarms_tell_what_must_not_be_and_what_lasts,
        "silence is a fault",
        drop(of("SystemErrorsAlarm", "TreatMissingData")),
    ),
    Breakage(
        checks.alarms_tell_what_must_not_be_and_what_lasts,
        "a handful of requests decide",
        drop(of("ApiLatencyAlarm", "EvaluateLowSampleCountPercentile")),
    ),
    Breakage(
        checks.expressions_give_one_series,
        "two series",
        put(of("RefusedTokensAlarm", "Metrics>1>ReturnData"), True),
    ),
    Breakage(
        checks.expressions_give_one_series,
        "a name that is not there",
        swap(_SHARE, "requests", "all_requests"),
    ),
    Breakage(
        checks.capacity_is_a_share_of_what_there_may_be,
        "of the quota, whatever the mode",
        put(of("ReadCapacityAlarm", "Metrics>0>Expression"), "100 * MAX(METRICS()) / limit"),
    ),
    Breakage(
        checks.an_alarm_pages_or_is_a_notice,
        "tells nobody",
        drop(of("GraphqlErrorsAlarm", "AlarmActions")),
    ),
    Breakage(
        checks.an_alarm_pages_or_is_a_notice,
        "pages by itself as well",
        put(of("ApiErrorsAlarm", "AlarmActions"), [{"Ref": "AlarmTopic"}]),
    ),
    Breakage(
        checks.an_alarm_pages_or_is_a_notice,
        "is part of no page",
        swap(of("IsolationPage", "AlarmRule>Fn::Sub"), ' OR ALARM("${AccessDeniedAlarm}")', ""),
    ),
    Breakage(
        checks.an_alarm_pages_or_is_a_notice,
        "nobody hears that it is over",
        drop(of("EndpointPage", "OKActions")),
    ),
    Breakage(
        checks.one_fault_pages_once,
        "the stream's page does not wait for the endpoint's",
        drop(of("StreamPage", "ActionsSuppressor")),
    ),
    Breakage(
        checks.one_fault_pages_once,
        "it waits for the wrong one",
        put(of("StreamPage", "ActionsSuppressor"), {"Ref": "IsolationPage"}),
    ),
    Breakage(
        checks.one_fault_pages_once,
        "an alarm in two pages",
        swap(of("StreamPage", "AlarmRule>Fn::Sub"), "${StreamLagAlarm}", "${ApiErrorsAlarm}"),
    ),
    Breakage(
        checks.alarms_name_their_runbook,
        "no page",
        put(of("FaultsAlarm", "AlarmDescription"), "Requests end with INTERNAL"),
    ),
    Breakage(
        checks.alarms_name_their_runbook,
        "another alarm's page",
        swap(of("FaultsAlarm", "AlarmDescription>Fn::Sub"), "#faultsalarm", "#apierrorsalarm"),
    ),
    Breakage(
        checks.topics_are_encrypted_and_can_be_published_to,
        "SNS's own key",
        put(of("AlarmTopic", "KmsMasterKeyId"), "alias/aws/sns"),
    ),
    Breakage(
        checks.topics_are_encrypted_and_can_be_published_to,
        "the key lets CloudWatch not decrypt",
        put(of("AlarmKey", "KeyPolicy>Statement>Publishers>Action"), ["kms:GenerateDataKey*"]),
    ),
    Breakage(
        checks.topics_are_encrypted_and_can_be_published_to,
        "alarms of any account",
        put(f"{_POLICY}>Condition>StringEquals", {"aws:SourceAccount": "*"}),
    ),
    Breakage(
        checks.topics_are_encrypted_and_can_be_published_to,
        "anybody subscribes",
        put(f"{_POLICY}>Action", ["sns:Publish", "sns:Subscribe"]),
    ),
    Breakage(
        checks.given_topics_are_taken,
        "a topic besides the one that is given",
        drop("Resources>AlarmTopic>Condition"),
    ),
    Breakage(
        checks.given_topics_are_taken,
        "mail from one topic only",
        put("Conditions>MailsNotices", {"Fn::Equals": ["a", "b"]}),
    ),
    Breakage(
        checks.unusual_cost_is_told,
        "every day",
        put(of("CostSubscription", "Frequency"), "DAILY"),
    ),
    Breakage(
        checks.unusual_cost_is_told,
        "of all services, of which an account has one monitor",
        put(of("CostMonitor", "MonitorType"), "DIMENSIONAL"),
    ),
    Breakage(
        checks.unusual_cost_is_told,
        "unasked",
        drop("Resources>CostMonitor>Condition"),
    ),
    Breakage(
        checks.dashboard_shows_what_is_told,
        "a metric by another name",
        swap(_BODY, '"CredentialsIssued"', '"Credentials"'),
    ),
    Breakage(
        checks.dashboard_shows_what_is_told,
        "a search by dimensions that are not there",
        swap(_BODY, "service,tier,class", "service,tenant"),
    ),
    Breakage(
        checks.dashboard_shows_what_is_told,
        "an alarm is not on it",
        swap(_BODY, '"${StreamPage.Arn}"', '"${EndpointPage.Arn}"'),
    ),
    Breakage(
        checks.dashboard_shows_what_is_told,
        "a log that nobody writes",
        swap(_BODY, "/tenantql/${AWS::StackName}/graphql", "/aws/lambda/graphql"),
    ),
)
