"""Whom a URL is of, and what it costs to ask there."""

from copy import replace
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from cli.cost import prices
from cli.cost.bill import MILLION, bill, total
from cli.cost.plan import DAYS, Plan

LOCAL_NAME: Final = "localhost"


def is_loopback(url: str) -> bool:
    """Whether it is this machine's own."""
    host = urlsplit(url).hostname or ""
    try:
        return host == LOCAL_NAME or host.endswith(f".{LOCAL_NAME}") or ip_address(host).is_loopback
    except ValueError:
        return False


def dollars(requests: int) -> float:
    """What so many more requests in the catalogue's mix cost on AWS, by the model of the cost."""
    listed, plan = prices.load(), Plan(requests_per_day=MILLION)
    more = replace(plan, requests_per_day=2 * MILLION)
    each = (total(bill(more, listed)) - total(bill(plan, listed))) / DAYS / MILLION
    return requests * each
