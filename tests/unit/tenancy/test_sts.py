"""AssumeRole over the wire: what is asked, what is made of each answer, what is tried again."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import boto3
import pytest
from botocore.config import Config

from tenantql.table.access import Credentials
from tenantql.table.errors import CredentialsMissing
from tenantql.tenancy.sts import ATTEMPTS, AssumeRoleFailed, BotoSts, DirectSts
from tests.unit.builders import CREDENTIALS
from tests.unit.table.direct.server import Asked, End, Server, serving

WANTED: dict[str, Any] = {
    "RoleArn": "arn:aws:iam::123456789012:role/shop-tenant",
    "RoleSessionName": "acme@read",
    "Tags": ({"Key": "TenantId", "Value": "acme"},),
    "Policy": '{"Statement": [{"Resource": "a+b & c%"}]}',
    "DurationSeconds": 3600,
}
GOOD = """<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
<AssumedRoleUser><Arn>arn</Arn></AssumedRoleUser><Credentials><AccessKeyId>ASIA1</AccessKeyId>
<SecretAccessKey>s/e+c=</SecretAccessKey><SessionToken>t/o+k==</SessionToken>
<Expiration>2026-11-21T10:00:00Z</Expiration></Credentials></AssumeRoleResult>
</AssumeRoleResponse>"""


def http(status: int, body: str) -> bytes:
    return f"HTTP/1.1 {status} X\r\ncontent-length: {len(body)}\r\n\r\n{body}".encode()


def refusal(status: int, code: str) -> bytes:
    return http(status, f"<ErrorResponse><Error><Code>{code}</Code></Error></ErrorResponse>")


def asking(server: Server, own: Callable[[], Credentials] = lambda: CREDENTIALS) -> DirectSts:
    return DirectSts("eu-west-3", {"AWS_ENDPOINT_URL": server.url}, own, sleep=lambda _: None)


def one_by_one(*answers: Iterable[Any]) -> Callable[[Asked], Iterable[Any]]:
    left: Iterator[Iterable[Any]] = iter(answers)
    return lambda _asked: next(left)


def test_credentials_are_what_sts_says() -> None:
    with serving(lambda _asked: [http(200, GOOD)]) as server:
        answer = asking(server).assume_role(**WANTED)
    assert answer["Credentials"] == {
        "AccessKeyId": "ASIA1",
        "SecretAccessKey": "s/e+c=",
        "SessionToken": "t/o+k==",
        "Expiration": datetime(2026, 11, 21, 10, tzinfo=UTC),
    }


def test_what_is_asked_is_what_boto3_asks() -> None:
    with serving(lambda _asked: [http(200, GOOD)]) as server:
        ours = asking(server).assume_role(**WANTED)
        client: Any = boto3.client(
            "sts",
            region_name="eu-west-3",
            endpoint_url=server.url,
            aws_access_key_id=CREDENTIALS.access_key,
            aws_secret_access_key=CREDENTIALS.secret_key,
            aws_session_token=CREDENTIALS.token,
            config=Config(retries={"total_max_attempts": 1}),
        )
        theirs = BotoSts(client).assume_role(**{**WANTED, "Tags": list(WANTED["Tags"])})
    ours_asked, theirs_asked = server.asked
    assert parse_qs(ours_asked.body.decode()) == parse_qs(theirs_asked.body.decode())
    scope, signed, _ = ours_asked.headers["authorization"].split(", ")
    assert scope.endswith("/eu-west-3/sts/aws4_request")
    assert signed == "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token"
    assert ours["Credentials"] == theirs["Credentials"]


@pytest.mark.parametrize(
    "passing",
    [
        [refusal(500, "InternalFailure")],
        [refusal(503, "ServiceUnavailable")],
        [refusal(400, "Throttling")],
        [End.CLOSE],
        [End.RESET],
        [b"no HTTP\r\n\r\n", End.CLOSE],
    ],
)
def test_what_can_pass_is_tried_again(passing: Iterable[Any]) -> None:
    with serving(one_by_one(passing, passing, [http(200, GOOD)])) as server:
        assert asking(server).assume_role(**WANTED)["Credentials"]["AccessKeyId"] == "ASIA1"
    assert len(server.asked) == ATTEMPTS


def test_what_does_not_pass_is_a_failure() -> None:
    with (
        serving(lambda _asked: [refusal(503, "ServiceUnavailable")]) as server,
        pytest.raises(AssumeRoleFailed),
    ):
        asking(server).assume_role(**WANTED)
    assert len(server.asked) == ATTEMPTS


@pytest.mark.parametrize("code", ["AccessDenied", "ExpiredToken", "RegionDisabledException"])
def test_a_refusal_is_final(code: str) -> None:
    with (
        serving(lambda _asked: [refusal(403, code)]) as server,
        pytest.raises(AssumeRoleFailed, match=code),
    ):
        asking(server).assume_role(**WANTED)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "<html>a proxy</html>",
        GOOD.replace("SessionToken", "Token"),
        GOOD.replace("ASIA1", ""),
        GOOD.replace("2026-11-21T10:00:00Z", "soon"),
        GOOD.replace("2026-11-21T10:00:00Z", "2026-11-21T10:00:00"),
    ],
)
def test_an_answer_without_credentials_gives_none(broken: str) -> None:
    with serving(lambda _asked: [http(200, broken)]) as server, pytest.raises(AssumeRoleFailed):
        asking(server).assume_role(**WANTED)


def test_without_credentials_of_its_own_nothing_is_asked() -> None:
    def none() -> Credentials:
        raise CredentialsMissing("none")

    with serving(lambda _asked: [http(200, GOOD)]) as server, pytest.raises(AssumeRoleFailed):
        asking(server, none).assume_role(**WANTED)
    assert server.asked == []
