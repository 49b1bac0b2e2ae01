"""Schemathesis asks for each field of the schema with all kinds of arguments, IAM on.

In CI a bounded number of cases. `SCHEMATHESIS_CASES=200 SCHEMATHESIS_SEED=7 .venv/bin/pytest -rP
tests/integration/test_schemathesis.py` is a longer run, of so many cases for each field at the top.
"""

import json
import os
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from graphql import build_schema

from local.clients.schema import FOLDER
from local.provision import ROOT
from tenantql.tenancy.identity import Identity, Role
from tests.integration.commerce.categories import Categories
from tests.integration.commerce.shop import PROBLEMS, Shop, id_of
from tests.integration.installation import Installation, Instance
from tests.integration.serving import serving
from tests.unit.builders import organisation
from tests.unit.commerce.builders import CUSTOMER

SCHEMATHESIS: Final = ROOT / ".venv-clients" / "bin" / "schemathesis"
HOOKS: Final = Path(__file__).with_name("schemathesis_hooks.py")
CASES: Final = os.environ.get("SCHEMATHESIS_CASES", "3")
SEED: Final = os.environ.get("SCHEMATHESIS_SEED", "1")
SCHEMA: Final = build_schema((FOLDER / "tenants.graphql").read_text(encoding="utf-8"))
ROOT_FIELDS: Final = [
    name for root in (SCHEMA.query_type, SCHEMA.mutation_type) if root for name in root.fields
]
WAYS: Final = ("", "input.", "filter.", "input.price.")
ALL_ROLES: Final = frozenset({Role.CUSTOMER, Role.SELLER, Role.STAFF, Role.ADMIN})


@pytest.fixture
def shop(installation: Installation, endpoint: Instance) -> Shop:
    """A shop with people and goods."""
    made = Shop(installation, endpoint).with_people()
    installation.write(organisation(made.tenant))
    return made


@pytest.fixture
def url(shop: Shop) -> Iterator[str]:
    """Where somebody is served who may do everything."""
    who = Identity(shop.tenant, CUSTOMER, ALL_ROLES)
    with serving(shop.instance._endpoint, who) as served:
        yield served


def ids_of(shop: Shop) -> Mapping[str, list[str]]:
    """Global ids of what is there, by what it is."""
    everybody = Identity(shop.tenant, CUSTOMER, ALL_ROLES)
    stocked = shop.stocked(pieces=1000)
    products = [shop.product(pieces=1000), id_of(stocked)]
    orders = [shop.order(product, key=product[-9:]) for product in products]
    parts = "query($id: ID!) { order(id: $id) { fulfilments { id } } }"
    found = [shop.instance.ask(everybody, parts, id=order["id"]).data["order"] for order in orders]
    categories = Categories(shop).add("Kitchen", "Garden").add("Pans", under="Kitchen")
    review = f"""mutation($i: AddReviewInput!) {{ addReview(input: $i) {{
      review {{ id }} {PROBLEMS} }} }}"""
    added = shop.change(everybody, review, productId=products[0], rating=5, author="Ada")
    people = "{ users { nodes { id } } }"
    users = shop.instance.ask(shop.staff, people).data["users"]["nodes"]
    return {
        "product": products,
        "order": [order["id"] for order in orders],
        "invoice": [shop.invoice_of(order) for order in orders],
        "fulfilment": [part["id"] for order in found for part in order["fulfilments"]],
        "category": list(categories.ids.values()),
        "review": [added["review"]["id"]],
        "user": [user["id"] for user in users],
    }


NAMED: Final[Mapping[str, str]] = {
    "categoryPath": "category",
    "refundInvoice": "invoice",
    "sellerProfile": "user",
    "updateSellerProfile": "user",
    "withdrawReview": "review",
}
"""What `id` is of, where the name of the field does not end with it."""


def configuration(ids: Mapping[str, list[str]]) -> str:
    """Schemathesis' settings: which ids, words and currencies it may take for which argument."""
    words = {"currency": ["EUR", "USD"], "text": ["kettle", "pans"], "warehouse": ["berlin"]}
    names = {"parentId": "category", "userId": "user", "sellerId": "user"}
    names |= {f"{kind}Id": kind for kind in ("product", "category")}
    names |= {name: name for name in words}
    bound = {f"*.*.{way}{name}": kind for name, kind in names.items() for way in WAYS}
    bound |= {"Query.nodes.ids[*]": "product", "Query.node.id": "order"}
    for field in ROOT_FIELDS:
        ends = (kind for kind in ids if field.lower().endswith(kind))
        if kind := NAMED.get(field) or next(ends, None):
            bound |= {f"*.{field}.{way}id": kind for way in ("", "input.")}
    lists = [
        f"{name} = {{ values = {json.dumps(each)} }}" for name, each in {**ids, **words}.items()
    ]
    used = [
        f'"{at}" = {{ dictionary = "{name}", probability = 0.8 }}' for at, name in bound.items()
    ]
    return "\n".join(["[dictionaries]", *lists, "[parameters]", *used])


def test_no_case_shows_a_defect(shop: Shop, url: str, tmp_path: Path) -> None:
    counted = tmp_path / "counted"
    (tmp_path / "schemathesis.toml").write_text(configuration(ids_of(shop)), encoding="utf-8")
    done = subprocess.run(
        [
            SCHEMATHESIS,
            *("run", str(FOLDER / "tenants.graphql"), "--url", url, "--checks", "no_defect"),
            *("--phases", "fuzzing", "--mode", "all", "--max-examples", CASES, "--seed", SEED),
            *("--generation-database", "none", "--request-timeout", "30", "--no-color"),
            *("--suppress-health-check", "all", "--continue-on-failure"),
        ],
        cwd=tmp_path,
        env=_environment(counted),
        capture_output=True,
        text=True,
        check=False,
    )
    print(done.stdout[-3000:])  # noqa: T201 - for -rP
    assert done.returncode == 0, done.stdout + done.stderr
    statuses = Counter(counted.read_text(encoding="utf-8").split())
    print(f"{statuses.total()} cases: {dict(statuses)}")  # noqa: T201
    assert statuses.total() > len(ROOT_FIELDS) * int(CASES) // 2
    assert shop.instance.errors == []


def _environment(counted: Path) -> Mapping[str, Any]:
    return {
        **os.environ,
        "SCHEMATHESIS_HOOKS": str(HOOKS),
        "TENANTQL_COUNTED": str(counted),
        # No proxy: the endpoint is on this host.
        "NO_PROXY": "127.0.0.1",
    }
