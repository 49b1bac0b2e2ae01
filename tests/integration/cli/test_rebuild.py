"""`tenantql rebuild`, with the rights of a role that may become the tenant role, IAM on."""

import json
from typing import Any

import boto3
import msgspec.structs
import pytest
from typer.testing import CliRunner, Result

from cli.commands import app
from tenantql.commerce.model import (
    CategoryPath,
    CategoryTree,
    CustomerAccount,
    Fulfilment,
    Product,
    ProductCard,
    RevenueTotal,
    Stock,
)
from tenantql.commerce.model.terms import CategoryTerm, OrderTerm, ProductTerm
from tenantql.commerce.rebuilds import rebuilds
from tenantql.table import calls
from tenantql.table.attributes import RawItem
from tenantql.table.entity import Item, Key, entity_of
from tenantql.table.expressions import Increase
from tenantql.table.writes import Update
from tests.integration.commerce.shop import PAY, Shop, codes
from tests.integration.commerce.stream import Stream
from tests.integration.commerce.test_categories import CREATE
from tests.integration.commerce.test_products import UPDATE
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

    def run(self, *arguments: str, tenant: str | None = None, said: str = "") -> Result:
        whose = ["--tenant", tenant or self.shop.tenant, "--stack", self.installation.stack.stack]
        return CliRunner().invoke(app, ["rebuild", *arguments, *whose, "--settle", "0"], said)

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
    assert account["wrong"] == {"points": {"found": 25, "expected": 20}}
    (total,) = found["revenue-totals"]["differences"]
    assert total == {"of": "EUR", "wrong": {"paid": {"found": 1999, "expected": 2000}}}
    assert found["revenue-months"]["differences"] == []
    assert paid.run(*EXACT).exit_code == 1
    assert paid.installation.items(paid.shop.tenant) == before

    result = paid.run("--mend", "--yes", *EXACT)
    assert result.exit_code == 0, result.output
    assert "mended" in result.output
    paid.shop.books().balance()
    for kind in (CustomerAccount, RevenueTotal):
        (item,) = paid.shop.books().items[kind.__name__]
        assert item.updated_by == "rebuild"
    assert paid.plain(*EXACT)[0] == 0


@pytest.mark.parametrize("said", ["", "\n", "n\n", "maybe\n"])
def test_nothing_is_mended_that_nobody_agreed_to(paid: Paid, said: str) -> None:
    paid.damage()
    before = paid.installation.items(paid.shop.tenant)
    result = paid.run("--mend", *EXACT, said=said)
    assert (result.exit_code, "Mend what differs? [y/N]" in result.output) == (2, True)
    assert "nobody agreed to mend" in result.output
    assert paid.installation.items(paid.shop.tenant) == before


def test_who_agrees_has_it_mended(paid: Paid) -> None:
    paid.damage()
    assert paid.run("--mend", *EXACT, said="y\n").exit_code == 0
    paid.shop.books().balance()


def test_all_of_them_make_what_no_stream_has_kept(paid: Paid) -> None:
    code, found = paid.plain()
    assert (code, list(found)) == (1, NAMES)
    missing = {name for name, each in found.items() if each["differences"]}
    assert missing == {
        *("spend", "seller-totals", "seller-days"),
        *("fulfilments", "cards", "search-products", "search-orders"),
    }
    assert paid.plain("--mend", "--yes", "all")[0] == 0
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


def test_what_the_stream_keeps_agrees_and_each_copy_that_is_wrong_is_mended(paid: Paid) -> None:
    shop = paid.shop.with_people()
    assert paid.plain("--mend", "--yes")[0] == 0
    stream = Stream(shop)
    top = shop.change(shop.staff, CREATE, name="Kitchen")["category"]["id"]
    under = shop.change(shop.staff, CREATE, name="Kettles", parentId=top)["category"]["id"]
    made = shop.product()
    assert codes(shop.change(shop.seller, UPDATE, id=made, categoryId=under)) == []
    assert shop.order(made, 2, key="open")
    stream.settle()
    code, found = paid.plain()
    assert code == 0, found
    assert [name for name, each in found.items() if not each["compared"]] == []

    good = _said(paid.installation.items(shop.tenant))
    wrong = {
        "fulfilments": _altered(shop, Fulfilment, order_paid=None),
        "reserved": _altered(shop, Stock, reserved=7, title="Old"),
        "tree": _altered(shop, CategoryTree, count=7),
        "paths": _altered(shop, CategoryPath, steps=()),
        "names": _altered(shop, Product, seller_name="Old"),
        "cards": _altered(shop, ProductCard, title="Old"),
        "search-products": _altered(shop, ProductTerm, title="Old"),
        "search-orders": _altered(shop, OrderTerm, number="Old"),
        "search-categories": _altered(shop, CategoryTerm, name="Old"),
    }
    for altered in wrong.values():
        paid.installation.replace(altered)
    code, found = paid.plain()
    assert (code, {name for name, each in found.items() if each["differences"]}) == (
        1,
        {*wrong, "stock"},
    )
    code, found = paid.plain("--mend", "--yes")
    assert (code, {name for name, each in found.items() if each["mended"]}) == (
        0,
        {*wrong, "stock"},
    )
    now = _said(paid.installation.items(shop.tenant))
    assert {key: item for key, item in now.items() if item != good.get(key)} == {}
    assert now.keys() == good.keys()
    assert paid.plain()[0] == 0


def _altered[T: Item](shop: Shop, kind: type[T], **fields: Any) -> T:
    """The first item of a type with something that is not so."""
    found = sorted(shop.books().items[entity_of(kind).name], key=repr)
    values = {
        name: not getattr(found[0], name) if new is None else new for name, new in fields.items()
    }
    return msgspec.structs.replace(found[0], **values)


def _said(items: list[RawItem]) -> dict[str, RawItem]:
    """Items without who wrote them when, and without the versions that they are of."""
    unsaid = {"updated_at", "updated_by", "created_at", "created_by", "version"}
    # Which shard lists an item is chosen when it is put, by who puts it.
    unsaid |= {"order_version", "tree_version", "DIRPK"}
    return {
        repr((item["PK"], item["SK"])): {
            name: value for name, value in item.items() if name not in unsaid
        }
        for item in items
    }


def test_it_has_a_name_of_its_own() -> None:
    result = CliRunner().invoke(app, ["--help"], prog_name="tenantql")
    assert result.exit_code == 0
    assert "rebuild" in result.output
