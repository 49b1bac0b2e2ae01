"""Vending: one AssumeRole for a tenant, table and level, kept until shortly before it expires."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tenantql.errors import Code
from tenantql.table.access import Access
from tenantql.table.errors import KeyValueError
from tenantql.tenancy import credentials
from tenantql.tenancy.credentials import LIFETIME, PlatformRole, Role, TenantRole, Vendor
from tenantql.tenancy.errors import VendingFailed
from tenantql.tenancy.policy import Level, session_policy
from tenantql.tenancy.sts import AssumeRoleFailed

TABLE = "shop-data-basic-01"
TABLE_ARN = f"arn:aws:dynamodb:eu-west-1:123456789012:table/{TABLE}"
ROLE = TenantRole("arn:aws:iam::123456789012:role/shop-tenant-eu-west-1", "eu-west-1")
START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
REFUSED = AssumeRoleFailed("STS answers AccessDenied: secret")


class Sts:
    """STS as far as vending knows it: each answer has keys of its own."""

    def __init__(self) -> None:
        self.now = START
        self.asked: list[dict[str, Any]] = []
        self.clients = 0
        self.before: Callable[[], None] = lambda: None

    def vendor(self, role: Role = ROLE, **options: Any) -> Vendor:
        def client() -> Any:
            self.clients += 1
            return self

        return Vendor(role, client, now=lambda: self.now, **options)

    def assume_role(self, **parameters: Any) -> dict[str, Any]:
        self.asked.append(parameters)
        number = len(self.asked)
        self.before()
        issued = {
            "AccessKeyId": f"AKID{number}",
            "SecretAccessKey": f"secret-{number}",
            "SessionToken": f"token-{number}",
            "Expiration": self.now + LIFETIME,
        }
        return {"Credentials": issued}


def test_what_sts_is_asked() -> None:
    sts = Sts()
    found = sts.vendor().access("acme", TABLE, Level.READ)
    (asked,) = sts.asked
    assert asked == {
        "RoleArn": ROLE.arn,
        "RoleSessionName": "acme@read",
        "Tags": [{"Key": "TenantId", "Value": "acme"}],
        "Policy": session_policy("acme", TABLE_ARN, Level.READ),
        "DurationSeconds": 3600,
    }
    assert (found.table, found.lead) == (TABLE, "TENANT#acme#")
    given = found.credentials
    assert (given.access_key, given.secret_key, given.token) == ("AKID1", "secret-1", "token-1")
    assert given.expires_at == START + timedelta(hours=1)


def test_the_platform_asks_for_one_index_and_for_no_tenant() -> None:
    sts = Sts()
    role = PlatformRole("arn:aws:iam::123456789012:role/shop-platform", "eu-west-1")
    found = sts.vendor(role).access("", TABLE, Level.READ)
    (asked,) = sts.asked
    assert asked["Tags"] == []
    assert asked["RoleSessionName"] == "platform@read"
    (statement,) = json.loads(asked["Policy"])["Statement"]
    arn = f"arn:aws:dynamodb:eu-west-1:123456789012:table/{TABLE}/index/platform"
    assert statement == {"Effect": "Allow", "Action": "dynamodb:Query", "Resource": arn}
    assert (found.table, found.lead) == (TABLE, "TENANT#")


def test_a_customer_key_and_another_partition_are_in_the_policy() -> None:
    sts = Sts()
    role = TenantRole("arn:aws-cn:iam::1:role/path/r", "cn-north-1", "arn:aws-cn:kms:x:1:key/k")
    sts.vendor(role).access("acme", TABLE, Level.WRITE)
    table, *_, kms = json.loads(sts.asked[0]["Policy"])["Statement"]
    assert table["Resource"][0] == f"arn:aws-cn:dynamodb:cn-north-1:1:table/{TABLE}"
    assert kms["Resource"] == role.kms_key_arn


def test_credentials_are_kept_for_tenant_table_and_level() -> None:
    sts = Sts()
    vendor = sts.vendor()
    asked = [
        (tenant, table, level)
        for tenant in ("acme", "acme-eu")
        for table in (TABLE, "shop-data-premium-01")
        for level in Level
    ]
    first = [vendor.access(*each) for each in asked]
    second = [vendor.access(*each) for each in asked]
    assert first == second
    assert len({access.credentials.access_key for access in first}) == len(asked)
    assert len(sts.asked) == len(asked)
    assert sts.clients == 1


@pytest.mark.parametrize(
    ("minutes", "calls"), [(0, 1), (54.9, 1), (55, 1), (55.1, 2), (59.9, 2), (61, 2)]
)
def test_credentials_are_renewed_five_minutes_early(minutes: float, calls: int) -> None:
    sts = Sts()
    vendor = sts.vendor()
    vendor.access("acme", TABLE, Level.READ)
    sts.now = START + timedelta(minutes=minutes)
    found = vendor.access("acme", TABLE, Level.READ)
    assert len(sts.asked) == calls
    assert found.credentials.access_key == f"AKID{calls}"


def test_the_least_recently_used_go_first() -> None:
    sts = Sts()
    vendor = sts.vendor(capacity=2)
    for tenant in ("one", "two", "one", "three"):
        vendor.access(tenant, TABLE, Level.READ)
    assert [asked["RoleSessionName"] for asked in sts.asked] == [
        "one@read",
        "two@read",
        "three@read",
    ]
    vendor.access("one", TABLE, Level.READ)
    assert len(sts.asked) == 3, "the one that was used again is kept"
    vendor.access("two", TABLE, Level.READ)
    assert len(sts.asked) == 4
    assert len(vendor._cache) == 2


def test_a_failure_is_told_and_not_kept() -> None:
    sts = Sts()
    vendor = sts.vendor()

    def fail() -> None:
        raise REFUSED

    sts.before = fail
    with pytest.raises(VendingFailed) as raised:
        vendor.access("acme", TABLE, Level.READ)
    assert raised.value.code is Code.UNAVAILABLE
    assert "secret" not in str(raised.value)
    assert raised.value.__cause__ is REFUSED
    sts.before = lambda: None
    assert vendor.access("acme", TABLE, Level.READ).credentials.access_key == "AKID2"


@pytest.mark.parametrize("tenant", ["*", "acme#", "", "ACME"])
def test_what_is_no_tenant_gets_nothing(tenant: str) -> None:
    sts = Sts()
    with pytest.raises(KeyValueError):
        sts.vendor().access(tenant, TABLE, Level.READ)
    assert sts.asked == []


class Flight(Future[Access]):
    """A flight that tells when somebody waits for it, and lets nobody wait for ever."""

    waiting = threading.Semaphore(0)

    def result(self, timeout: float | None = None) -> Access:
        self.waiting.release()
        return super().result(timeout or 10)


@pytest.fixture(autouse=True)
def waiting(monkeypatch: pytest.MonkeyPatch) -> threading.Semaphore:
    """Released by each thread that waits for a flight."""
    monkeypatch.setattr(Flight, "waiting", threading.Semaphore(0))
    monkeypatch.setattr(credentials, "Future", Flight)
    return Flight.waiting


def together(
    sts: Sts, waiting: threading.Semaphore, outcome: Callable[[], None], threads: int = 5
) -> list[Future[Access]]:
    """What threads get that ask for the same credentials while STS has not answered."""
    vendor, answered = sts.vendor(), threading.Event()

    def hold() -> None:
        assert answered.wait(10)
        outcome()

    sts.before = hold
    with ThreadPoolExecutor(threads) as pool:
        asked = [pool.submit(vendor.access, "acme", TABLE, Level.READ) for _ in range(threads)]
        for _ in range(threads - 1):
            assert waiting.acquire(timeout=10), "a thread asked STS for itself"
        answered.set()
    return asked


def test_threads_share_one_flight(waiting: threading.Semaphore) -> None:
    sts = Sts()
    found = together(sts, waiting, lambda: None)
    assert len(sts.asked) == 1
    assert {access.result().credentials.access_key for access in found} == {"AKID1"}


def test_a_failure_reaches_all_who_wait(waiting: threading.Semaphore) -> None:
    sts = Sts()

    def fail() -> None:
        raise REFUSED

    failed = together(sts, waiting, fail)
    assert len(sts.asked) == 1
    assert {type(each.exception()) for each in failed} == {VendingFailed}


def test_a_flight_of_another_tenant_is_not_waited_for(waiting: threading.Semaphore) -> None:
    sts, answered = Sts(), threading.Event()
    vendor = sts.vendor()
    entered = threading.Event()

    def hold_the_first() -> None:
        if sts.asked[-1]["RoleSessionName"] == "acme@read":
            entered.set()
            assert answered.wait(10)

    sts.before = hold_the_first
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(vendor.access, "acme", TABLE, Level.READ)
        assert entered.wait(10)
        assert vendor.access("globex", TABLE, Level.READ).lead == "TENANT#globex#"
        answered.set()
        assert held.result().lead == "TENANT#acme#"


def test_an_access_shows_no_secret() -> None:
    shown = repr(Sts().vendor().access("acme", TABLE, Level.READ))
    assert "secret-1" not in shown
    assert "token-1" not in shown
