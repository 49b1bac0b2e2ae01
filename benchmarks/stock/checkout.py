# pyright: basic
"""Checkout on the stock stack: read the cart, read the stock, one transaction."""

import hashlib
import time
import uuid
from datetime import UTC, datetime, timedelta


def check_out(table, tenant: str, customer: str, idempotency_key: str):
    """The new order. Raises ValueError for what stands in the way."""
    client, user = table.meta.client, f"TENANT#{tenant}#USER#{customer}"
    cart = table.get_item(Key={"PK": user, "SK": "CART"}, ConsistentRead=True).get("Item")
    if cart is None:
        raise ValueError("there is nothing in the cart")
    wanted = sorted(cart["products"])
    keys = [{"PK": f"TENANT#{tenant}#PRODUCT#{id}", "SK": "STOCK"} for id in wanted]
    asked = {table.name: {"Keys": keys, "ConsistentRead": True}}
    found = client.batch_get_item(RequestItems=asked)["Responses"][table.name]
    stocks = {stock["product"]: stock for stock in found}
    lines = [_line(cart, stocks.get(id), id) for id in wanted]
    order = _order(tenant, customer, cart, lines)
    client.transact_write_items(
        TransactItems=_actions(table.name, user, cart, order, idempotency_key)
    )
    return order


def _line(cart, stock, id: str):
    quantity, price = cart[f"q_{id}"], cart[f"p_{id}"]
    if stock is None or not stock["active"] or stock["available"] < quantity:
        raise ValueError("out of stock")
    if stock["price"] != price:
        raise ValueError("the price has changed")
    return {
        "product": id,
        "seller": stock["seller"],
        "title": stock["title"],
        "price": price,
        "quantity": quantity,
        "returned": 0,
    }


def _order(tenant: str, customer: str, cart, lines):
    id, now = uuid.uuid4().hex.upper()[:26], _time(datetime.now(UTC))
    return {
        **_audit(tenant, customer, now),
        "PK": f"TENANT#{tenant}#USER#{customer}",
        "SK": f"ORDER#{now}#{id}",
        "GSI1PK": f"TENANT#{tenant}#ORDERS#STATUS#PLACED#00",
        "GSI1SK": f"{now}#{id}",
        "GSI2PK": f"TENANT#{tenant}#ORDERS#RECENT#00",
        "GSI2SK": f"{now}#{id}",
        "type": "Order",
        "id": id,
        "customer": customer,
        "placed_at": now,
        "shard": "00",
        "number": id[-10:],
        "status": "PLACED",
        "lines": lines,
        "sellers": {line["seller"] for line in lines},
        "total": sum(line["price"] * line["quantity"] for line in lines),
        "currency": cart["currency"],
    }


def _actions(table: str, user: str, cart, order, idempotency_key: str):
    tenant, id, now = order["tenant"], order["id"], order["placed_at"]
    audit = _audit(tenant, order["customer"], now)
    due = _time(datetime.now(UTC) + timedelta(days=14))
    invoice = {
        **audit,
        "PK": f"TENANT#{tenant}#INVOICES#00",
        "SK": f"INVOICE#{now}#{id}",
        "GSI1PK": f"TENANT#{tenant}#INVOICES#STATUS#OPEN#00",
        "GSI1SK": f"{now}#{id}",
        "type": "Invoice",
        "id": id,
        "number": order["number"],
        "status": "OPEN",
        "customer": order["customer"],
        "total": order["total"],
        "currency": order["currency"],
        "issued_at": now,
        "due_at": due,
    }
    digest = hashlib.sha256(f"{order['customer']}:{idempotency_key}".encode()).hexdigest()
    record = {
        **audit,
        "PK": f"TENANT#{tenant}#IDEMPOTENCY#{digest}",
        "SK": "IDEMPOTENCY",
        "result_pk": order["PK"],
        "result_sk": order["SK"],
        "expires_at": int(time.time()) + 86_400,
    }
    parts = [_fulfilment(order, seller, audit) for seller in sorted(order["sellers"])]
    puts = [order, invoice, *parts, record]
    return [
        *(
            {
                "Put": {
                    "TableName": table,
                    "Item": item,
                    "ConditionExpression": "attribute_not_exists(PK)",
                }
            }
            for item in puts
        ),
        {
            "Delete": {
                "TableName": table,
                "Key": {"PK": user, "SK": "CART"},
                "ConditionExpression": "version = :version",
                "ExpressionAttributeValues": {":version": cart["version"]},
            }
        },
        {
            "Update": {
                "TableName": table,
                "Key": {"PK": user, "SK": "ACCOUNT"},
                "UpdateExpression": "ADD orders_PLACED :one SET updated_at = :now",
                "ExpressionAttributeValues": {":one": 1, ":now": now},
            }
        },
        *(_reservation(table, tenant, line, now) for line in order["lines"]),
    ]


def _fulfilment(order, seller: str, audit):
    lines = [line for line in order["lines"] if line["seller"] == seller]
    return {
        **audit,
        "PK": f"TENANT#{order['tenant']}#SELLER#{seller}",
        "SK": f"FULFILMENT#{order['placed_at']}#{order['id']}#{order['customer']}",
        "type": "Fulfilment",
        "seller": seller,
        "order": order["id"],
        "customer": order["customer"],
        "number": order["number"],
        "status": "PENDING",
        "lines": lines,
        "subtotal": sum(line["price"] * line["quantity"] for line in lines),
        "currency": order["currency"],
    }


def _reservation(table: str, tenant: str, line, now: str):
    return {
        "Update": {
            "TableName": table,
            "Key": {"PK": f"TENANT#{tenant}#PRODUCT#{line['product']}", "SK": "STOCK"},
            "UpdateExpression": (
                "SET available = available - :n, reserved = reserved + :n, updated_at = :now"
            ),
            "ConditionExpression": "active = :yes AND available >= :n AND price = :price",
            "ExpressionAttributeValues": {
                ":n": line["quantity"],
                ":price": line["price"],
                ":yes": True,
                ":now": now,
            },
        }
    }


def _audit(tenant: str, subject: str, now: str):
    return {
        "tenant": tenant,
        "created_at": now,
        "created_by": subject,
        "updated_at": now,
        "updated_by": subject,
        "version": 1,
    }


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
