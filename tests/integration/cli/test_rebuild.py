"""`tenantql rebuild`, with the rights of a role that may become the tenant role, IAM on."""

import json
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner, Result

from cli.commands import app
from tenantql.commerce.model import CustomerAccount, RevenueTotal
from tenantql.commerce.rebuilds import rebuilds
from tenantql.table import calls
from tenantql.table.entity import Item, Key, entity_of
from tenantql.table.expressions import Increase
from tenantql.table.writes import Update
from tests.integration.commerce.shop import PAY, Shop, codes
from tests.integration.installation import Installation, Instance

NAMES = [each.name for each in rebuilds]


def _key(item: Item) -> Key:
    return entity_of(type(item)).key_of(item)


class Paid:
    """A tenant with a paid order, and the command line of its platform."""

    def __init__(self, installation: Installation, endpoint: Instance) -> None:
        self.installation = installation
        self.shop = Shop(installation, endpoint, shards=3)
        made = self.shop.stocked(3)
        self.shop.fill((made, 2))
        invoice = self.shop.invoice_of(self.shop.check_out()["order"])
        assert codes(self.shop.change(self.shop.staff, PAY, id=invoice)) == []

    def run(self, *arguments: str, tenant: str | None = None) -> Result:
        whose = ["--tenant", tenant or self.shop.tenant, "--stack", self.installation.stack.stack]
        return CliRunner().invoke(app, ["rebuild", *arguments, *whose, "--settle", "0"])

    def plain(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        result = self.run(*arguments, "--json")
        return result.exit_code, json.loads(result.stdout)

    def damage(self) -> None:
        """The books are wrong from now on."""
        books = self.shop.books()
        ((account,), (total,)) = books.accounts, books.items["RevenueTotal"]
        access = self.installation.access(self.shop.tenant)
        updates: list[Any] = [
            Update(CustomerAccount, _key(account), (Increase("points", 5),)),
            Update(RevenueTotal, _key(total), (Increase("paid", -1),)),
        ]
        for update in updates:
            calls.run(self.installation.transport, update, access)


@pytest.fixture
def paid(installation: Installation, endpoint: Instance, monkeypatch: pytest.MonkeyPatch) -> Paid:
    made = Paid(installation, endpoint)
    own = installation._own["platform"]
    for name, value in {
        "AWS_ACCESS_KEY_ID": own.access_key,
        "AWS_SECRET_ACCESS_KEY": own.secret_key,
        "AWS_SESSION_TOKEN": own.token or "",
        "AWS_REGION": installation.cloud.region,
        "AWS_DEFAULT_REGION": installation.cloud.region,
        "AWS_ENDPOINT_URL": installation.cloud.endpoint,
        "NO_PROXY": "127.0.0.1",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    # A process has one command and one caller; here there are several.
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    return made


EXACT = ["accounts", "revenue-months", "revenue-totals"]
"""What changes with its sources; nobody follows the stream here."""


def test_what_agrees(paid: Paid) -> None:
    result = paid.run(*EXACT)
    assert result.exit_code == 0, result.output
    assert "nothing is written" in result.output
    assert "differs" not in result.output.splitlines()[-1]
    code, found = paid.plain(*EXACT)
    assert code == 0
    assert found == {
        name: {"compared": 1, "differences": [], "mended": [], "moving": []} for name in EXACT
    }


def test_what_differs_is_shown_and_mended(paid: Paid) -> None:
    paid.damage()
    before = paid.installation.items(paid.shop.tenant)
    code, found = paid.plain(*EXACT)
    assert code == 1
    (account,) = found["accounts"]["differences"]
    assert account["numbers"] == {"points": {"found": 25, "expected": 20}}
    (total,) = found["revenue-totals"]["differences"]
    assert total == {"of": "EUR", "numbers": {"paid": {"found": 1999, "expected": 2000}}}
    assert found["revenue-months"]["differences"] == []
    assert paid.run(*EXACT).exit_code == 1
    assert paid.installation.items(paid.shop.tenant) == before

    result = paid.run("--mend", *EXACT)
    assert result.exit_code == 0, result.output
    assert "mended" in result.output
    paid.shop.books().balance()
    for kind in (CustomerAccount, RevenueTotal):
        (item,) = paid.shop.books().items[kind.__name__]
        assert item.updated_by == "rebuild"
    assert paid.plain(*EXACT)[0] == 0


def test_all_of_them_make_what_no_stream_has_kept(paid: Paid) -> None:
    code, found = paid.plain()
    assert (code, list(found)) == (1, NAMES)
    missing = {name for name, each in found.items() if each["differences"]}
    assert missing == {"spend", "seller-totals", "seller-days"}
    assert paid.plain("--mend")[0] == 0
    assert paid.plain()[0] == 0
    paid.shop.books().balance()


@pytest.mark.parametrize(
    ("arguments", "tenant", "said"),
    [
        (["revenues"], None, "there is no revenues; there is accounts,"),
        ([], "nobody", "there is no tenant nobody"),
        ([], "no such tenant", "Cannot rebuild"),
    ],
)
def test_what_cannot_be_done(
    paid: Paid, arguments: list[str], tenant: str | None, said: str
) -> None:
    result = paid.run(*arguments, tenant=tenant)
    assert result.exit_code == 2
    assert said in " ".join(result.output.split())


def test_a_role_that_may_not_become_the_tenant_is_refused(
    paid: Paid, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = paid.installation._assumed("authorizer")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", own.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", own.secret_key)
    monkeypatch.setenv("AWS_SESSION_TOKEN", own.token or "")
    result = paid.run("accounts")
    assert (result.exit_code, "Cannot rebuild" in result.output) == (2, True)


def test_it_has_a_name_of_its_own() -> None:
    result = CliRunner().invoke(app, ["--help"], prog_name="tenantql")
    assert result.exit_code == 0
    assert "rebuild" in result.output
