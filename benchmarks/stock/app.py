# pyright: basic
"""The same contract with Ariadne, boto3's resource and json, as their manuals show it.

It is meant to be what a good team writes at first: everything that can be made once is made at
import, resources are shared, and no page costs a second query. It does less than TenantQL: it has
no tenant's credentials, no signed cursors, no limits, and calls one after another.

https://ariadnegraphql.org/server/resolvers
https://docs.aws.amazon.com/boto3/latest/guide/dynamodb.html
https://docs.aws.amazon.com/powertools/python/latest/core/logger/
"""

import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path
from typing import Any

import boto3
from ariadne import (
    EnumType,
    ObjectType,
    QueryType,
    ScalarType,
    graphql_sync,
    load_schema_from_path,
    make_executable_schema,
)
from aws_lambda_powertools import Logger
from boto3.dynamodb.conditions import Key

logger = Logger()
dynamodb = boto3.resource("dynamodb")
table = dynamodb.Table(os.environ["TABLE"])

query = QueryType()
user = ObjectType("User")
invoice = ObjectType("Invoice")
minor_units = ScalarType("MinorUnits", serializer=int)
role = EnumType("Role", {name: name.lower() for name in ("CUSTOMER", "SELLER", "STAFF", "ADMIN")})


def global_id(*parts: str) -> str:
    return urlsafe_b64encode("#".join(parts).encode()).rstrip(b"=").decode()


def parts_of(id: str) -> list[str]:
    return urlsafe_b64decode(id + "=" * (-len(id) % 4)).decode().split("#")


def require(info, *roles: str) -> None:
    if not info.context["roles"].intersection(roles):
        raise PermissionError("your roles do not allow this field")


def money(amount, currency: str) -> dict[str, Any]:
    return {"amount": amount, "currency": currency}


def connection(items, first: int, keys: tuple[str, ...]) -> dict[str, Any]:
    """A page of a query that was asked for one more; a cursor is the key that it goes on behind."""
    more, items = len(items) > first, items[:first]
    edges = [{"node": item, "cursor": cursor_of(item, keys)} for item in items]
    return {
        "nodes": items,
        "edges": edges,
        "page_info": {
            "has_next_page": more,
            "has_previous_page": False,
            "start_cursor": edges[0]["cursor"] if edges else None,
            "end_cursor": edges[-1]["cursor"] if edges else None,
        },
    }


def cursor_of(item, keys: tuple[str, ...]) -> str:
    return urlsafe_b64encode(json.dumps([item[key] for key in keys]).encode()).decode()


@query.field("invoice")
def resolve_invoice(_, info, id: str):
    require(info, "customer", "seller", "staff", "admin")
    _type, tenant, shard, issued_at, own = parts_of(id)
    if tenant != info.context["tenant"]:
        return None
    key = {"PK": f"TENANT#{tenant}#INVOICES#{shard}", "SK": f"INVOICE#{issued_at}#{own}"}
    item = table.get_item(Key=key, ConsistentRead=True).get("Item")
    if item is None or not may_see(info, item["customer"]):
        return None
    return item


def may_see(info, owner) -> bool:
    context = info.context
    return bool(context["roles"] & {"staff", "admin"}) or owner == context["subject"]


@invoice.field("id")
def resolve_invoice_id(item, _info):
    return global_id("Invoice", item["tenant"], item["shard"], item["issued_at"], item["id"])


@invoice.field("total")
def resolve_total(item, _info):
    return money(item["total"], item["currency"])


@invoice.field("refunded")
def resolve_refunded(item, _info):
    return money(item["refunded"], item["currency"])


@query.field("users")
def resolve_users(_, info, first: int = 20):
    require(info, "staff", "admin")
    answer = table.query(
        IndexName="GSI3",
        KeyConditionExpression=Key("GSI3PK").eq(f"TENANT#{info.context['tenant']}#USERS#00"),
        ScanIndexForward=False,
        Limit=first + 1,
    )
    return connection(answer["Items"], first, ("GSI3SK", "PK", "SK"))


@user.field("id")
def resolve_user_id(item, _info):
    return global_id("User", item["tenant"], item["id"])


@user.field("subject")
def resolve_subject(item, _info):
    return item["id"]


schema = make_executable_schema(
    load_schema_from_path(str(Path(__file__).parents[2] / "schema.graphql")),
    query,
    user,
    invoice,
    minor_units,
    role,
    convert_names_case=True,
)


def handler(event, context):
    claims = event["requestContext"]["authorizer"]["lambda"]
    success, result = graphql_sync(
        schema,
        json.loads(event["body"]),
        context_value={**claims, "roles": set(claims["roles"].split(","))},
    )
    logger.info("request", extra={"tenant": claims["tenant"], "subject": claims["subject"]})
    return {
        "statusCode": 200 if success else 400,
        "headers": {"content-type": "application/json"},
        "body": json.dumps(result),
    }
