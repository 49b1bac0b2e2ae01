"""Changes of a customer's account: counts of orders, spend and points, in others' transactions."""

from typing import Final

from tenantql.commerce.loyalty import account_key
from tenantql.commerce.model import CustomerAccount, OrderStatus
from tenantql.engine.context import Context
from tenantql.table.expressions import Change, Condition, Increase
from tenantql.table.writes import Update

ACCOUNT: Final = "account"
"""The label of the action."""


def change(
    context: Context,
    customer: str,
    changes: tuple[Change, ...],
    condition: Condition | None = None,
) -> Update[CustomerAccount]:
    """Changes the account of a customer, which it makes if there is none."""
    return Update(
        CustomerAccount,
        account_key(context.tenant, customer),
        (*changes, *context.touch()),
        condition,
        otherwise=CustomerAccount(**context.audit(), customer=customer),
        label=ACCOUNT,
    )


def recounted(before: OrderStatus, after: OrderStatus) -> tuple[Change, ...]:
    """The changes by which an order counts under another status; none if it is the same."""
    if before is after:
        return ()
    return Increase(f"orders_{before}", -1), Increase(f"orders_{after}", 1)
