"""Sample events of `events/`: `python -m local.examples.events` writes them anew.

They name objects of the demonstration data, so they are made from it, as it is in a local cloud.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, cast
from urllib.parse import quote, urlencode

from local.cloud import LocalCloud
from local.demo import PLATFORM_OPERATOR, Demo, DemoTenant, load, plan
from local.demo.steps import loader
from local.function import RunningFunction
from local.provision import ROOT, provision, token_parameters
from local.server import GRAPHQL, HEALTH, PLATFORM
from tenantql.registered import registered
from tenantql.schemas import TENANTS

FOLDER: Final = ROOT / "events"
HOST: Final = "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com"
ACCOUNT: Final = "000000000000"
SECONDS: Final = 1_795_253_400
TIME: Final = "21/Nov/2026:09:30:00 +0000"

INVOICE: Final = (
    "query Invoice($id: ID!) { invoice(id: $id) { id number status total { amount currency } "
    "issuedAt dueAt customer { displayName email } } }"
)

type Event = dict[str, Any]


@dataclass(frozen=True)
class Caller:
    """What the authorizer has found out."""

    tenant: str
    subject: str
    roles: str


def made_of(demo: Demo, cloud: LocalCloud, table: str) -> dict[str, Event]:
    """The events by the names of their files; the demonstration data is in `table`."""
    acme, europe, globex = demo.tenants
    staff, customer = _caller(acme, "staff"), _caller(acme, "customer")
    bela = acme.people["customer"][1]
    email = "Customer@acme.example"
    person = _item(cloud, table, f"TENANT#acme#USER#{bela.id}", "PROFILE")
    account = _item(cloud, table, f"TENANT#acme#USER#{bela.id}", "ACCOUNT")
    return {
        "organisation": _asking(
            customer, "{ organisation { id slug name currency timeZone createdAt } }"
        ),
        "organisation-get": _by_get(customer, query="{ organisation { slug } }"),
        "document": _by_get(customer, documentId=f"sha256:{_registered('query Organisation')}"),
        "health": _health(),
        "user": _asking(
            staff,
            "query User($id: ID!) { user(id: $id) { id email username displayName roles "
            "createdAt updatedAt } }",
            id=bela.global_id,
        ),
        "user-by-email": _asking(
            staff,
            "query UserByEmail($email: EmailAddress!) { userByEmail(email: $email) "
            "{ id username displayName roles } }",
            email=email,
        ),
        "create-user": _asking(
            _caller(globex, "admin"),
            "mutation CreateUser($input: CreateUserInput!) { createUser(input: $input) { user "
            "{ email username displayName roles } userErrors { code message field } } }",
            input={
                "email": "ada.lovelace@globex.example",
                "username": "ada.lovelace",
                "displayName": "Ada Lovelace",
                "roles": ["CUSTOMER"],
                "idempotencyKey": "events/create-user.json",
            },
        ),
        "invoice": _asking(staff, INVOICE, id=acme.invoices[0].global_id),
        "foreign-invoice": _asking(staff, INVOICE, id=europe.invoices[0].global_id),
        "invoices": _asking(
            staff,
            "query Invoices($first: Int) { invoices(first: $first) { nodes { number status total "
            "{ amount currency } } pageInfo { hasNextPage hasPreviousPage } } }",
            first=3,
        ),
        "checkout": _asking(
            _caller(globex, "customer"),
            "mutation Checkout($input: CheckoutInput!) { checkout(input: $input) { order { status "
            "lines { title quantity } total { amount currency } invoice { status } } "
            "userErrors { code message field } } }",
            input={"idempotencyKey": "events/checkout.json"},
        ),
        "revenue": _asking(
            staff,
            "query Revenue($currency: String!, $from: Month!, $to: Month!) { revenue(currency: "
            "$currency, from: $from, to: $to) { total { paid { amount } refunded { amount } "
            "net { amount } } months { month sums { net { amount } } } } }",
            currency=acme.currency,
            **{"from": "2026-09", "to": "2026-10"},
        ),
        "node": _asking(
            customer,
            "query Node($id: ID!) { node(id: $id) { __typename id ... on User { displayName } } }",
            id=bela.global_id,
        ),
        "nodes": _asking(
            staff,
            "query Nodes($ids: [ID!]!) { nodes(ids: $ids) { __typename ... on User { displayName }"
            " ... on Invoice { number } } }",
            ids=[bela.global_id, acme.invoices[1].global_id, globex.invoices[0].global_id],
        ),
        "malformed-json": _event(staff, body='{"query": "{ organisation { name }'),
        "platform-tenant": _asking(
            Caller("", PLATFORM_OPERATOR, "platform"),
            "query Tenant($id: ID!) { tenant(id: $id) { id name tier status table createdAt } }",
            PLATFORM,
            id="acme",
        ),
        "stream": {
            "Records": [_record(1, table, person), _record(2, table, account, _before(account))]
        },
        "stream-planted-key": {
            "Records": [_record(1, table, person), _record(2, table, _planted(person))]
        },
    }


def text_of(event: Event) -> str:
    """The content of an event's file."""
    return json.dumps(event, indent=2, ensure_ascii=False) + "\n"


def _caller(tenant: DemoTenant, role: str) -> Caller:
    return Caller(tenant.id, tenant.people[role][1].id, role)


def _asking(caller: Caller, query: str, path: str = GRAPHQL, /, **variables: Any) -> Event:
    asked = {"query": query} | ({"variables": variables} if variables else {})
    return _event(caller, path, body=json.dumps(asked))


def _by_get(caller: Caller, **parameters: str) -> Event:
    event = _event(caller, method="GET")
    return event | {
        "rawQueryString": urlencode(parameters, quote_via=quote, safe=""),
        "queryStringParameters": parameters,
    }


def _registered(part: str) -> str:
    """The hash of the registered document that has `part` in its text."""
    (found,) = [name for name, text in registered(TENANTS).items() if part in text]
    return found


def _health() -> Event:
    """The one event that no authorizer has seen."""
    event = _event(Caller("", "", ""), HEALTH, method="GET")
    del event["headers"]["authorization"], event["requestContext"]["authorizer"]
    return event


def _event(
    caller: Caller, path: str = GRAPHQL, *, method: str = "POST", body: str | None = None
) -> Event:
    """What an HTTP API sends to a function (payload format 2.0).

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    """
    content = {"content-length": str(len(body)), "content-type": "application/json"} if body else {}
    event: Event = {
        "version": "2.0",
        "routeKey": f"{method} {path}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {
            "accept": "application/json",
            "authorization": "Bearer TOKEN",
            **content,
            "host": HOST,
            "user-agent": "sample/1.0",
            "x-amzn-trace-id": "Root=1-6920290c-000000000000000000000000",
            "x-forwarded-for": "203.0.113.7",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
        },
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": HOST.partition(".")[0],
            "domainName": HOST,
            "domainPrefix": HOST.partition(".")[0],
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.7",
                "userAgent": "sample/1.0",
            },
            "requestId": "SaMpLeReQuEsTiD=",
            "routeKey": f"{method} {path}",
            "stage": "$default",
            "time": TIME,
            "timeEpoch": SECONDS * 1_000,
            "authorizer": {
                "lambda": {
                    "tenant": caller.tenant,
                    "subject": caller.subject,
                    "roles": caller.roles,
                }
            },
        },
        "isBase64Encoded": False,
    }
    return event | ({"body": body} if body else {})


def _record(number: int, table: str, after: Event, before: Event | None = None) -> Event:
    """A record of the table's stream.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html
    """
    keys = {name: after[name] for name in ("PK", "SK")}
    images: Event = {"NewImage": after} | ({"OldImage": before} if before else {})
    stream = f"{table}/stream/2026-11-21T09:00:00.000"
    return {
        "eventID": f"{number:032}",
        "eventName": "MODIFY" if before else "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": {
            "ApproximateCreationDateTime": SECONDS,
            "Keys": keys,
            **images,
            "SequenceNumber": f"1{number:020}",
            "SizeBytes": _size(keys) + sum(map(_size, images.values())),
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
        "eventSourceARN": f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{stream}",
    }


def _before(account: Event) -> Event:
    """An account one write earlier."""
    return account | {"version": {"N": str(int(account["version"]["N"]) - 1)}}


def _planted(person: Event) -> Event:
    """A user of acme with an index key of globex, which a faulty write could make."""
    pk = person["PK"]["S"][:-1] + "P"
    planted = {"S": "TENANT#globex#EMAIL#customer@globex.example"}
    return person | {"PK": {"S": pk}, "GSI1PK": planted}


def _item(cloud: LocalCloud, table: str, pk: str, sk: str) -> Event:
    found = cloud.client("dynamodb").get_item(
        TableName=table, Key={"PK": {"S": pk}, "SK": {"S": sk}}, ConsistentRead=True
    )
    # In one order, whatever the order in which they are stored.
    return dict(sorted(cast("Event", found.get("Item", {})).items()))


def _size(item: Mapping[str, Any]) -> int:
    """Bytes of names and values, roughly as DynamoDB counts them."""
    return sum(
        len(name) + len(str(value)) for name, typed in item.items() for value in typed.values()
    )


async def _load(running: RunningFunction, table: str) -> Demo:
    try:
        return await load(plan(), table, running)
    finally:
        await running.stop()


def main() -> None:
    """Load the demonstration data into a local cloud and write the events."""
    with TemporaryDirectory(prefix="tenantql-events-") as folder, LocalCloud() as cloud:
        scratch = Path(folder)
        # Whose tokens are good is of no matter here.
        parameters = token_parameters("https://issuer.example", "-", "https://issuer.example/keys")
        made = provision(cloud.client("cloudformation"), parameters)
        writer = RunningFunction(loader(made), cloud.environment(), scratch, scratch / "log")
        demo = asyncio.run(_load(writer, made.data_table))
        for name, event in made_of(demo, cloud, made.data_table).items():
            (FOLDER / f"{name}.json").write_text(text_of(event), encoding="utf-8")


if __name__ == "__main__":
    main()
