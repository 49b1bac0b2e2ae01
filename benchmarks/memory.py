"""What the credentials of many tenants weigh in one instance of the function.

    python -m benchmarks.memory traced|resident TENANTS

is one measurement, in a process of its own: of what Python allocated, or of what the process grew
by: the vendor's cache, and the signing keys that the direct transport keeps. Issued credentials
are as long as STS's, and each is another.
"""

import json
import os
import secrets
import subprocess
import sys
import tracemalloc
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import psutil
from rich.progress import Progress

from benchmarks import shop
from benchmarks.report import Findings, Target, new_table
from local.provision import ROOT
from tenantql.table.direct.signing import Signer
from tenantql.tenancy.credentials import TenantRole, Vendor
from tenantql.tenancy.policy import Level

TENANTS: Final = 10_000
MEGABYTE: Final = 1_000_000
LIMIT_MB: Final = 20


class IssuingSts:
    """Answers AssumeRole with new credentials, as boto3 parses them."""

    def __init__(self) -> None:
        self.asked = 0

    def assume_role(self, **_parameters: Any) -> dict[str, Any]:
        """Credentials that nobody has had before."""
        self.asked += 1
        return {
            "Credentials": {
                "AccessKeyId": f"ASIA{self.asked:016d}",
                "SecretAccessKey": secrets.token_hex(20),
                "SessionToken": secrets.token_hex(len(shop.TOKEN) // 2),
                "Expiration": datetime.now(UTC) + timedelta(hours=1),
            }
        }


def fill(vendor: Vendor, signer: Signer, tenants: int) -> None:
    """Has credentials issued for each of so many tenants, and signs a call with each."""
    for number in range(tenants):
        access = vendor.access(f"tenant-{number:06d}", shop.TABLE, Level.READ)
        signer.headers(b"DynamoDB_20120810.GetItem", b"{}", access.credentials)


def run(tenants: int, progress: Progress) -> Findings:
    """Measure both ways, each in a fresh process."""
    task = progress.add_task(f"Credentials of {tenants:,} tenants", total=2)
    weights: dict[str, float] = {}
    for way in ("traced", "resident"):
        command = [sys.executable, "-m", "benchmarks.memory", way, str(tenants)]
        ended = subprocess.run(command, cwd=ROOT, check=True, capture_output=True)  # noqa: S603 - our own module
        weights[way] = json.loads(ended.stdout) / MEGABYTE
        progress.advance(task)
    progress.remove_task(task)
    title = f"Memory: {tenants:,} tenants' credentials and keys"
    table = new_table(title, "", "MB", "bytes a tenant")
    named = {"traced": "allocated by Python", "resident": "growth of the process"}
    for way, weight in weights.items():
        table.add_row(named[way], f"{weight:.1f}", f"{weight * MEGABYTE / tenants:,.0f}")
    heaviest = max(weights.values()) * TENANTS / tenants
    what = f"credentials of {TENANTS:,} tenants"
    target = Target(what, heaviest, LIMIT_MB, "MB")
    return Findings([table], {"tenants": tenants, "megabytes": weights}, [target])


def _measure(way: str, tenants: int) -> int:
    """The bytes that the credentials of so many tenants take. Raises ValueError if any are lost."""
    sts: Any = IssuingSts()
    role = TenantRole("arn:aws:iam::123456789012:role/shop-tenant", shop.REGION)
    vendor = Vendor(role, lambda: sts)
    signer = Signer(shop.REGION, "dynamodb.example")
    fill(vendor, signer, 1)  # What the first one loads is not a tenant's.
    process = psutil.Process(os.getpid())
    before = process.memory_info().rss
    if way == "traced":
        tracemalloc.start()
    fill(vendor, signer, tenants)
    grown = process.memory_info().rss - before
    allocated, _ = tracemalloc.get_traced_memory()
    asked = sts.asked
    fill(vendor, signer, tenants)
    if sts.asked != asked:
        raise ValueError("the vendor has not kept the credentials of all of them")
    return allocated if way == "traced" else grown


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_measure(sys.argv[1], int(sys.argv[2]))))
