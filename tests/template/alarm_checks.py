"""What must hold for the alarms, the pages that they make, whom they tell, and the dashboard."""

import json
import re
from typing import Final

from benchmarks.scaling.demand import SIZES
from benchmarks.scaling.settings import limits
from local.policies import Statement
from tenantql.emf import NAMESPACE
from tests.template.faults import FAULTS, children, paged
from tests.template.stack import ACCOUNT, REGION, STACK, Node, Stack
from tests.template.told_metrics import (
    dashboard_of,
    is_told,
    ours,
    searches_of,
    shown_by,
    watched_by,
)

METRIC_ALARM: Final = "AWS::CloudWatch::Alarm"
PAGE: Final = "AWS::CloudWatch::CompositeAlarm"
TROUBLE: Final = "Trouble"
"""The one composite that tells nobody: others wait for it."""

MAX_METRICS: Final = 10
"""Metrics of one alarm.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html"""
MAX_DESCRIPTION: Final = 1_024

_ON: Final = {"BackupPlan": "on", "CostAnomalyUsd": "20", "AlarmEmail": "ops@example.com"}
_AT_ONCE: Final = {
    *("ForeignIndexKeyAlarm", "ForeignIndexReadAlarm", "StreamDeadLettersAlarm"),
    *("AccessDeniedAlarm", "PlatformAccessDeniedAlarm", "StreamAccessDeniedAlarm"),
    *("GraphqlErrorsAlarm", "PlatformErrorsAlarm", "AuthorizerErrorsAlarm", "StreamErrorsAlarm"),
    *("BackupFailuresAlarm", "BackupCopyFailuresAlarm", "CanaryBreachAlarm"),
}
_OPERATIONS: Final = {
    *("GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"),
    *("BatchWriteItem", "TransactWriteItems"),
}
_INDEXES: Final = ("GSI1", "GSI2", "GSI3", "directory", "platform")


def every_fault_has_its_alarm(template: Node) -> list[str]:
    """Each alarm there is, by the metric and dimensions that it looks at."""
    given = {
        metric for body in _alarms(template).values() for metric in watched_by(body["Properties"])
    }
    functions = ("Graphql", "Platform", "Authorizer", "Stream")
    table = (("TableName", "shop-data-basic-01"),)
    wanted = {("AWS/Lambda", "Throttles", (("FunctionName", f"{f}Function"),)) for f in functions}
    by_alias = {
        f: (("FunctionName", f"{f}Function"), ("Resource", f"{f}Function:live")) for f in functions
    }
    wanted |= {("AWS/Lambda", "Errors", dimensions) for dimensions in by_alias.values()}
    wanted |= {("AWS/Lambda", "Duration", by_alias["Graphql"])}
    wanted |= {("AWS/Lambda", "IteratorAge", by_alias["Stream"])}
    api = (("ApiId", "HttpApi"),)
    wanted |= {("AWS/ApiGateway", name, api) for name in ("5xx", "Latency", "Count")}
    for access in ("Read", "Write"):
        for name in (f"{access}ThrottleEvents", f"Consumed{access}CapacityUnits"):
            wanted.add(("AWS/DynamoDB", name, table))
            wanted |= {
                ("AWS/DynamoDB", name, (("GlobalSecondaryIndexName", index), *table))
                for index in _INDEXES
            }
        control = (("TableName", "shop-control"),)
        wanted.add(("AWS/DynamoDB", f"{access}ThrottleEvents", control))
    wanted |= {
        ("AWS/DynamoDB", "SystemErrors", (("Operation", name), *table)) for name in _OPERATIONS
    }
    for service, names in {
        "graphql": ("Faults", "AccessDenied", "ForeignIndexKey", "BudgetRefusals"),
        "platform": ("Faults", "AccessDenied"),
        "stream": ("AccessDenied", "ForeignIndexKey"),
        "authorizer": ("AuthorizerFailures",),
        "canary": ("CanaryHeld", "CanaryBreaches"),
    }.items():
        wanted |= {(NAMESPACE, name, (("service", f"shop-{service}"),)) for name in names}
    wanted |= {
        (f"{NAMESPACE}/{STACK}", name, ()) for name in ("ThrottledRequests", "RefusedTokens")
    }
    queue = ("QueueName", "shop-stream-dead-letters.QueueName")
    wanted.add(("AWS/SQS", "ApproximateNumberOfMessagesVisible", (queue,)))
    return [f"no alarm on {name} of {where}" for _, name, where in sorted(wanted - given)]


def alarms_watch_what_is_told(template: Node) -> list[str]:
    """Each metric of an alarm is one that somebody tells, with these very dimensions."""
    found: list[str] = []
    for parameters in ({}, {"CapacityMode": "provisioned"}):
        stack = Stack.of(template, **_ON, **parameters)
        for name, body in stack.of_type(METRIC_ALARM).items():
            watched = list(watched_by(body["Properties"]))
            found += [f"{name}: {metric}" for metric in watched if not is_told(metric, stack)]
            found += (
                [f"{name}: {len(watched)} metrics"] if not 0 < len(watched) <= MAX_METRICS else []
            )
    return found


def alarms_tell_what_must_not_be_and_what_lasts(template: Node) -> list[str]:
    """What must never happen counts at once; the rest when it lasts. No data is no fault.

    Of the canary it is: canary_checks.
    """
    found: list[str] = []
    for name, body in _alarms(template).items():
        if name == "CanarySilentAlarm":
            continue
        alarm = body["Properties"]
        periods = alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"])
        if (periods == 1) != (name in _AT_ONCE):
            found.append(f"{name} rises after {periods} periods")
        if name in _AT_ONCE and alarm["Threshold"] != 1:
            found.append(f"{name} waits for {alarm['Threshold']}")
        if alarm.get("TreatMissingData") != "notBreaching":
            found.append(f"{name} rises without data")
        if alarm.get("ComparisonOperator") != "GreaterThanOrEqualToThreshold":
            found.append(f"{name} compares otherwise")
        if ("ExtendedStatistic" in alarm) != ("EvaluateLowSampleCountPercentile" in alarm):
            found.append(f"{name} does not say what few samples mean")
        found += [f"{name} looks back a day or more"] if _seconds(alarm) >= 86_400 else []
    return found


def _seconds(alarm: Node) -> int:
    """How far an alarm looks back; its metrics have one period."""
    stats = [part["MetricStat"] for part in alarm.get("Metrics", []) if "MetricStat" in part]
    (period,) = {each["Period"] for each in stats} or {alarm["Period"]}
    return period * alarm["EvaluationPeriods"]


def expressions_give_one_series(template: Node) -> list[str]:
    """Of an alarm's metrics one expression is looked at, and it names those that there are."""
    found: list[str] = []
    for parameters in ({}, {"CapacityMode": "provisioned"}):
        alarms = Stack.of(template, **_ON, **parameters).of_type(METRIC_ALARM)
        for name, body in alarms.items():
            parts = body["Properties"].get("Metrics", [])
            if not parts:
                continue
            returned = [part for part in parts if part.get("ReturnData", True)]
            found += [f"{name} returns {len(returned)} series"] if len(returned) != 1 else []
            ids = {part["Id"] for part in parts}
            expression = re.sub(r'"[^"]*"', "", str(returned[0].get("Expression", "")))
            named = set(re.findall(r"\b[a-z]\w*", expression))
            found += [f"{name} names {each}" for each in named - ids]
            grouped = "METRICS(" in expression
            unnamed = {part["Id"] for part in parts if part not in returned} - named
            found += [f"{name} leaves {each} out" for each in unnamed if not grouped]
    return found


def capacity_is_a_share_of_what_there_may_be(template: Node) -> list[str]:
    """Of the account's quota on demand, and of what the tables may scale to when provisioned."""
    found: list[str] = []
    for mode in ("on-demand", "provisioned"):
        stack = Stack.of(template, CapacityMode=mode, CapacityFor=SIZES[1].name)
        for access in ("Read", "Write"):
            alarm = stack.properties(f"{access}CapacityAlarm")
            limit = f"AccountMaxTableLevel{access}s" in {name for _, name, _ in watched_by(alarm)}
            shares = re.findall(r"FILL\(used_(\w+), 0\) / (\d+)", alarm["Metrics"][0]["Expression"])
            scaled = {name: int(most) for name, most in shares} == {
                place.lower(): each.most
                for (place, kind), each in limits(SIZES[1]).items()
                if kind == access and place != "control"
            }
            if (limit, scaled) != (mode == "on-demand", mode == "provisioned"):
                found.append(f"{access}, {mode}")
    return found


def an_alarm_pages_or_is_a_notice(template: Node) -> list[str]:
    """Each is part of one page and has no action, or tells the topic of notices itself."""
    stack = Stack.of(template, **_ON)
    parts = [name for body in _pages(stack).values() for name in children(body["AlarmRule"])]
    found: list[str] = []
    for name, body in stack.of_type(METRIC_ALARM).items():
        actions = body["Properties"].get("AlarmActions", [])
        wanted = [] if name in parts else ["NoticeTopic"]
        found += [f"{name} tells {actions}"] if actions != wanted else []
        found += [f"{name} is part of several pages"] if parts.count(name) > 1 else []
    for name, page in _pages(stack).items():
        wanted = [] if name == TROUBLE else ["AlarmTopic"]
        told = [page.get(key, []) for key in ("AlarmActions", "OKActions")]
        found += [f"{name} tells {told}"] if told != [wanted, wanted] else []
    return found


def one_fault_pages_once(template: Node) -> list[str]:
    """Each fault of `faults` sends its page and no other; each alarm is part of a fault."""
    stack = Stack.of(template, **_ON)
    pages = {
        name: (page["AlarmRule"], page.get("ActionsSuppressor"))
        for name, page in _pages(stack).items()
    }
    alarms = set(stack.of_type(METRIC_ALARM))
    known = {name for fault in FAULTS for name in fault.alarms}
    found = [f"{name}: of no fault" for name in alarms - known]
    found += [f"{name}: no such alarm" for name in known - alarms]
    for fault in FAULTS:
        sent = paged(fault, pages) - {TROUBLE}
        if sent != {*fault.pages}:
            found.append(f"{fault.what}: {sorted(sent)}")
    for name, page in _pages(stack).items():
        if page.get("ActionsSuppressor") and not (
            page.get("ActionsSuppressorWaitPeriod") and page.get("ActionsSuppressorExtensionPeriod")
        ):
            found.append(f"{name} does not wait")
    return found


def _pages(stack: Stack) -> dict[str, Node]:
    return {name: body["Properties"] for name, body in stack.of_type(PAGE).items()}


def _alarms(template: Node) -> dict[str, Node]:
    return Stack.of(template, **_ON).of_type(METRIC_ALARM)


def alarms_name_their_runbook(template: Node) -> list[str]:
    """A sentence, and the address of the page that says what to do."""
    where = "https://git.example/runbooks"
    stack = Stack.of(template, **_ON, RunbooksUrl=where)
    pattern = re.compile(rf"[A-Z][^.]+\. {where}/[a-z]+\.md#(\w+)")
    found: list[str] = []
    for kind in (METRIC_ALARM, PAGE):
        for name, body in stack.of_type(kind).items():
            text = body["Properties"].get("AlarmDescription", "")
            named = pattern.fullmatch(text)
            if named is None or named[1] != name.lower() or len(text) > MAX_DESCRIPTION:
                found.append(f"{name}: {text}")
    return found


def topics_are_encrypted_and_can_be_published_to(template: Node) -> list[str]:
    """By CloudWatch's alarms of this account, and the one of notices by the anomalies of cost.

    SNS's own key lets no alarm publish:
    https://repost.aws/knowledge-center/cloudwatch-configure-alarm-sns
    """
    found: list[str] = []
    for cost, more in (("0", set[str]()), ("20", {"costalerts.amazonaws.com"})):
        stack = Stack.of(template, CostAnomalyUsd=cost)
        key = stack.properties("AlarmKey")
        statements = [Statement.of(each) for each in key["KeyPolicy"]["Statement"]]
        users = {
            name
            for each in statements
            if {"kms:Decrypt", "kms:GenerateDataKey*"} <= set(each.actions) and not each.conditions
            for name in each.principals
        }
        found += [] if users == {"cloudwatch.amazonaws.com", *more} else [f"{cost}: {users}"]
        found += [] if key.get("EnableKeyRotation") is True else ["the key stays the same"]
        for topic, also in (("AlarmTopic", set[str]()), ("NoticeTopic", more)):
            if stack.properties(topic).get("KmsMasterKeyId") != "AlarmKey":
                found.append(f"{topic} is not encrypted")
            policy = stack.properties(f"{topic}Policy")
            given = [Statement.of(each) for each in policy["PolicyDocument"]["Statement"]]
            publishers = {name for each in given for name in each.principals}
            if publishers != {"cloudwatch.amazonaws.com", *also} or policy["Topics"] != [topic]:
                found.append(f"{topic}: {publishers}")
            for each in given:
                if (each.actions, each.resources) != (("sns:Publish",), (topic,)):
                    found.append(f"{topic}: {each.actions} on {each.resources}")
                if each.conditions["StringEquals"] != {"aws:SourceAccount": ACCOUNT}:
                    found.append(f"{topic}: {each.principals} of any account")
            alarms = given[0].conditions.get("ArnLike", {}).get("aws:SourceArn")
            if alarms != f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:*":
                found.append(f"{topic}: {alarms}")
    return found


def given_topics_are_taken(template: Node) -> list[str]:
    """A topic that is given takes the place of the stack's, and mail goes to the stack's own."""
    own = {"AlarmTopicArn": "arn:aws:sns:a", "NoticeTopicArn": "arn:aws:sns:n"}
    both = Stack.of(template, **_ON, **own)
    kinds = ("AWS::SNS::Topic", "AWS::SNS::TopicPolicy", "AWS::SNS::Subscription", "AWS::KMS::Key")
    found = [f"{kind} besides" for kind in kinds if both.of_type(kind).keys() - {"BackupKey"}]
    if both.properties("EndpointPage").get("AlarmActions") != [own["AlarmTopicArn"]]:
        found.append("a page tells another topic")
    if both.properties("GraphqlErrorsAlarm").get("AlarmActions") != [own["NoticeTopicArn"]]:
        found.append("a notice tells another topic")
    if both.properties("CostSubscription")["Subscribers"][0]["Address"] != own["NoticeTopicArn"]:
        found.append("anomalies tell another topic")
    mailed = {
        body["Properties"]["TopicArn"]
        for body in Stack.of(template, AlarmEmail="a@example.com")
        .of_type("AWS::SNS::Subscription")
        .values()
        if (body["Properties"]["Protocol"], body["Properties"]["Endpoint"])
        == ("email", "a@example.com")
    }
    found += [] if mailed == {"AlarmTopic", "NoticeTopic"} else [f"mail from {mailed}"]
    silent = Stack.of(template).of_type("AWS::SNS::Subscription")
    return found + [f"{name} without an address" for name in silent]


def unusual_cost_is_told(template: Node) -> list[str]:
    """Of the stack, at once, by the topic of notices; not at all where nobody asked for it."""
    stack = Stack.of(template, CostAnomalyUsd="25")
    monitor, subscription = (
        stack.properties(f"Cost{part}") for part in ("Monitor", "Subscription")
    )
    if not monitor or not subscription:
        return ["nothing is monitored"]
    tags = json.loads(monitor["MonitorSpecification"])["Tags"]
    over = json.loads(subscription["ThresholdExpression"])["Dimensions"]
    holds = {
        "this stack": (tags["Key"], tags["Values"]) == ("aws:cloudformation:stack-name", [STACK]),
        "custom": monitor["MonitorType"] == "CUSTOM",
        "of this monitor": subscription["MonitorArnList"] == ["CostMonitor"],
        "to the topic": subscription["Subscribers"] == [{"Type": "SNS", "Address": "NoticeTopic"}],
        "as a topic takes it": subscription["Frequency"] == "IMMEDIATE",
        "from so much on": over["Values"] == ["25"]
        and over["MatchOptions"] == ["GREATER_THAN_OR_EQUAL"]
        and over["Key"] == "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
    }
    unasked = [name for name in Stack.of(template).resources if name.startswith("Cost")]
    return [f"not: {name}" for name, truth in holds.items() if not truth] + unasked


def dashboard_shows_what_is_told(template: Node) -> list[str]:
    """Each metric on it is told by somebody, searches find some, and widgets lie side by side."""
    stack = Stack.of(template)
    widgets = dashboard_of(stack)
    found: list[str] = []
    for widget in widgets:
        found += [str(metric) for metric in shown_by(widget) if not is_told(metric, stack)]
        found += [f"finds nothing: {each}" for each in searches_of(widget) if not _finds(each)]
        query = str(widget["properties"].get("query", ""))
        for group in re.findall(r"SOURCE '([^']+)'", query):
            groups = stack.of_type("AWS::Logs::LogGroup").values()
            if group not in {body["Properties"]["LogGroupName"] for body in groups}:
                found.append(f"no such log group: {group}")
    listed = [name for each in widgets for name in each["properties"].get("alarms", [])]
    alarms = {*stack.of_type(METRIC_ALARM), *stack.of_type(PAGE)} - {TROUBLE}
    found += [f"{name} is not on it" for name in alarms if f"{name}.Arn" not in listed]
    places = [(each["x"] + x, each["y"] + y) for each in widgets for x, y in _cells(each)]
    found += ["widgets lie over one another"] if len(places) != len(set(places)) else []
    return found + [f"beyond the edge: {x}" for x, _ in places if x >= 24]


def _cells(widget: Node) -> list[tuple[int, int]]:
    return [(x, y) for x in range(widget["width"]) for y in range(widget["height"])]


def _finds(search: str) -> bool:
    """Whether the metrics of the functions have one that a SEARCH names."""
    schema = re.search(r"\{TenantQL,([a-z,]+)\}", search)
    name = re.search(r'MetricName="(\w+)"', search)
    service = re.search(r'service="([\w-]+)"', search)
    if schema is None or name is None or service is None:
        return False
    return any(
        told == name[1]
        and {key for key, _ in dimensions} == set(schema[1].split(","))
        and ("service", service[1]) in dimensions
        for _, told, dimensions in ours()
    )
