"""Money in answers: the schema's `Money` and `RevenueSums`."""

from tenantql.commerce.revenue import Money


def money(amount: int, currency: str) -> dict[str, object]:
    """An amount of minor units as the schema's `Money`."""
    return {"amount": amount, "currency": currency}


def sums(booked: Money, currency: str) -> dict[str, object]:
    """What was paid and given back as the schema's `RevenueSums`."""
    return {
        "paid": money(booked.paid, currency),
        "refunded": money(booked.refunded, currency),
        "net": money(booked.net, currency),
    }
