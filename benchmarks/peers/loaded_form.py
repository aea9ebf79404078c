"""Literals of conditions in the types that customers have as loaded, and where null matters."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from benchmarks.data.customers import NOW
from benchmarks.questions import Condition

NULLABLE = ("email", "last_login")


def literal(field: str, value: Any) -> bool | int | str | Decimal | datetime:
    """The value as Python's own of the column's type; a moment is in UTC."""
    match field:
        case "lifetime_value":
            return Decimal(value)
        case "last_login" | "signup":
            return datetime.fromisoformat(value).astimezone(UTC)
        case _:
            plain: bool | int | str = value
            return plain


def window_start(value: Condition) -> datetime:
    """Where an ``in_last`` window begins: it holds later moments only."""
    assert value["unit"] == "day", value["unit"]
    return NOW - timedelta(days=value["amount"])


def may_be_unknown(condition: Condition) -> bool:
    """Whether three-valued logic can leave the condition neither true nor false."""
    match condition:
        case {"all": children} | {"any": children}:
            return any(may_be_unknown(child) for child in children)
        case {"not": child}:
            return may_be_unknown(child)
        case {"field": field, "op": op}:
            return field in NULLABLE and op not in ("is_set", "is_not_set")
        case _:
            raise ValueError(f"no benchmark asks {sorted(condition)}")
