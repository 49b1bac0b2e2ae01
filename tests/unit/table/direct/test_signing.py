"""Signatures: the same as botocore's, for whatever is signed."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials
from hypothesis import given
from hypothesis import strategies as st

from tenantql.table.access import Credentials
from tenantql.table.direct.signing import Signer, signing_key
from tenantql.table.errors import CredentialsMissing
from tests.unit.builders import CREDENTIALS

VISIBLE = st.characters(min_codepoint=0x21, max_codepoint=0x7E)
WORDS = st.text(VISIBLE, min_size=1, max_size=40)
HOSTS = st.builds(
    "{}{}".format,
    st.from_regex(r"[a-z0-9]([a-z0-9.-]{0,30}[a-z0-9])?", fullmatch=True),
    st.one_of(st.just(""), st.integers(1, 65535).filter(lambda n: n != 80).map(lambda n: f":{n}")),
)
TIMES = st.datetimes(datetime(1980, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def headers_of(lines: bytes) -> dict[str, str]:
    pairs = (line.partition(":") for line in lines.decode().split("\r\n") if line)
    return {name: value for name, _, value in pairs}


@dataclass(frozen=True)
class Signed:
    """A request, and where it goes."""

    region: str
    host: str
    target: str
    """Nothing for a form."""
    body: bytes

    def by_us(self, credentials: Credentials, now: datetime) -> dict[str, str]:
        service = "dynamodb" if self.target else "sts"
        signer = Signer(self.region, self.host, service, form=not self.target)
        return headers_of(
            signer.headers(self.target.encode(), self.body, credentials, now.timestamp())
        )

    def by_botocore(self, credentials: Credentials, now: datetime) -> dict[str, str]:
        headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": self.target}
        if not self.target:
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
        url = f"http://{self.host}/"
        request: Any = AWSRequest("POST", url, headers=headers, data=self.body)
        keys = BotoCredentials(credentials.access_key, credentials.secret_key, credentials.token)
        with patch("botocore.auth.get_current_datetime", return_value=now.replace(tzinfo=None)):
            SigV4Auth(keys, "dynamodb" if self.target else "sts", self.region).add_auth(request)
        return {name.lower(): value for name, value in request.headers.items()}


@given(
    request=st.builds(
        Signed,
        st.from_regex(r"[a-z]{2}-[a-z]{2,9}-[0-9]", fullmatch=True),
        HOSTS,
        st.just("") | st.from_regex(r"DynamoDB_20120810\.[A-Za-z]{1,30}", fullmatch=True),
        st.binary(max_size=400),
    ),
    credentials=st.builds(Credentials, WORDS, st.text(min_size=1), st.none() | WORDS),
    now=TIMES,
)
def test_a_signature_is_the_one_of_botocore(
    request: Signed, credentials: Credentials, now: datetime
) -> None:
    ours = request.by_us(credentials, now)
    assert ours.pop("host") == request.host
    assert ours == request.by_botocore(credentials, now)


def test_a_key_is_of_its_day_and_of_its_secret() -> None:
    """One signer, as it lives for days and signs for many."""
    request = Signed("eu-central-1", "somewhere.example", "X.Y", b"{}")
    signer = Signer(request.region, request.host)
    start = datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
    other = Credentials(CREDENTIALS.access_key, "another secret", CREDENTIALS.token)
    for now in (start, start + timedelta(seconds=1), start):
        for credentials in (CREDENTIALS, other, CREDENTIALS):
            lines = signer.headers(b"X.Y", b"{}", credentials, now.timestamp())
            theirs = request.by_botocore(credentials, now)
            assert headers_of(lines)["authorization"] == theirs["authorization"]


def test_without_a_time_it_is_now() -> None:
    signer = Signer("eu-central-1", "somewhere.example")
    date = headers_of(signer.headers(b"X.Y", b"{}", CREDENTIALS))["x-amz-date"]
    age = datetime.now(UTC) - datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    assert timedelta(0) <= age < timedelta(minutes=5)


def test_what_is_kept_is_bounded() -> None:
    signer = Signer("eu-central-1", "somewhere.example")
    for number in range(3000):
        signer.headers(b"X.Y", b"{}", Credentials(f"AKID{number}", "secret", None), 0.0)
    assert signer._prepared.cache_info().currsize == 1024


def test_the_example_of_the_documentation() -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-post-example.html uses this key."""
    key = signing_key("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "20150830", "us-east-1", "iam")
    assert key.hex() == "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"


@pytest.mark.parametrize(
    "credentials",
    [
        Credentials("", "secret", "token"),
        Credentials("AKID", "", "token"),
        Credentials("AKID\r\nx-amz-date:now", "secret", "token"),
        Credentials("AKID", "secret", "token\r\nhost:elsewhere"),
        Credentials("AKID", "secret", "töken"),
    ],
)
def test_credentials_that_no_header_can_hold_sign_nothing(credentials: Credentials) -> None:
    with pytest.raises(CredentialsMissing):
        Signer("eu-central-1", "somewhere.example").headers(b"X.Y", b"{}", credentials)
