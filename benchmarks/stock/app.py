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
    MutationType,
    ObjectType,
    QueryType,
    ScalarType,
    graphql_sync,
    load_schema_from_path,
    make_executable_schema,
)
from aws_lambda_powertools import Logger
from boto3.dynamodb.conditions import Key

from benchmarks.stock.checkout import check_out

logger = Logger()
table = boto3.resource("dynamodb").Table(os.environ["TABLE"])

query = QueryType()
mutation = MutationType()
user = ObjectType("User")
invoice = ObjectType("Invoice")
order = ObjectType("Order")
order_line = ObjectType("OrderLine")
spend = ObjectType("CustomerSpend")
minor_units = ScalarType("MinorUnits", serializer=int)
role = EnumType("Role", {name: name.lower() for name in ("CUSTOMER", "SELLER", "STAFF", "ADMIN")})


def global_id(*parts: str) -> str:
    return urlsafe_b64encode("#".join(parts).encode()).rstrip(b"=").decode()


def parts_of(id: str) -> list[str]:
    return urlsafe_b64decode(id + "=" * (-len(id) % 4)).decode().split("#")


def require(info, *roles: str) -> None:
    if not info.context["roles"].intersection(roles):
        raise PermissionError("your roles do not allow this field")


def may_see(info, owner) -> bool:
    return bool(info.context["roles"] & {"staff", "admin"}) or owner == info.context["subject"]


def money(amount, currency: str) -> dict[str, Any]:
    return {"amount": amount, "currency": currency}


def page(first: int, keys: tuple[str, ...], **asked) -> dict[str, Any]:
    """A page of a query; a cursor is the key that the query goes on behind."""
    items = table.query(Limit=first + 1, ScanIndexForward=False, **asked)["Items"]
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
    return item if item is not None and may_see(info, item["customer"]) else None


@query.field("invoices")
def resolve_invoices(_, info, status: str, first: int = 20):
    require(info, "staff", "admin")
    pk = f"TENANT#{info.context['tenant']}#INVOICES#STATUS#{status}#00"
    keys = ("GSI1SK", "PK", "SK")
    return page(first, keys, IndexName="GSI1", KeyConditionExpression=Key("GSI1PK").eq(pk))


@invoice.field("id")
def resolve_invoice_id(item, _info):
    return global_id("Invoice", item["tenant"], item["shard"], item["issued_at"], item["id"])


@invoice.field("total")
@order.field("total")
def resolve_total(item, _info):
    return money(item["total"], item["currency"])


@invoice.field("refunded")
def resolve_refunded(item, _info):
    return money(item["refunded"], item["currency"])


@query.field("users")
def resolve_users(_, info, first: int = 20):
    require(info, "staff", "admin")
    condition = Key("GSI3PK").eq(f"TENANT#{info.context['tenant']}#USERS#00")
    keys = ("GSI3SK", "PK", "SK")
    return page(first, keys, IndexName="GSI3", KeyConditionExpression=condition)


@user.field("id")
def resolve_user_id(item, _info):
    return global_id("User", item["tenant"], item["id"])


@user.field("subject")
def resolve_subject(item, _info):
    return item["id"]


@query.field("orders")
def resolve_orders(_, info, user_id: str, first: int = 20):
    require(info, "customer", "staff", "admin")
    _type, tenant, customer = parts_of(user_id)
    if tenant != info.context["tenant"] or not may_see(info, customer):
        raise PermissionError("these orders are another customer's")
    own = Key("PK").eq(f"TENANT#{tenant}#USER#{customer}")
    condition = own & Key("SK").begins_with("ORDER#")
    return page(first, ("SK",), KeyConditionExpression=condition, ConsistentRead=True)


@query.field("recentOrders")
def resolve_recent_orders(_, info, first: int = 20):
    require(info, "staff", "admin")
    condition = Key("GSI2PK").eq(f"TENANT#{info.context['tenant']}#ORDERS#RECENT#00")
    keys = ("GSI2SK", "PK", "SK")
    return page(first, keys, IndexName="GSI2", KeyConditionExpression=condition)


@order.field("id")
def resolve_order_id(item, _info):
    return global_id("Order", item["tenant"], item["customer"], item["placed_at"], item["id"])


@order_line.field("total")
def resolve_line_total(line, _info):
    return money(line["price"] * line["quantity"], line["currency"])


@order.field("lines")
def resolve_lines(item, _info):
    return [{**line, "currency": item["currency"]} for line in item["lines"]]


@query.field("topCustomers")
def resolve_top_customers(_, info, currency: str, first: int = 20):
    require(info, "staff", "admin")
    condition = Key("GSI1PK").eq(f"TENANT#{info.context['tenant']}#SPEND#{currency}#00")
    keys = ("GSI1SK", "PK", "SK")
    return page(first, keys, IndexName="GSI1", KeyConditionExpression=condition)


@spend.field("spend")
def resolve_spend(item, _info):
    return money(item["spend"], item["currency"])


@mutation.field("checkout")
def resolve_checkout(_, info, input):
    require(info, "customer")
    tenant, subject = info.context["tenant"], info.context["subject"]
    try:
        placed = check_out(table, tenant, subject, input["idempotency_key"])
    except ValueError as error:
        return {"user_errors": [{"code": "INVALID", "message": str(error)}]}
    return {"order": placed, "user_errors": []}


schema = make_executable_schema(
    load_schema_from_path(str(Path(__file__).parents[2] / "schema.graphql")),
    query,
    mutation,
    user,
    invoice,
    order,
    order_line,
    spend,
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
