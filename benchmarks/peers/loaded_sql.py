"""Conditions over customers as loaded, as a person would write them in SQL."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from benchmarks.peers.dialect import Dialect, quoted
from benchmarks.peers.loaded_form import literal, may_be_unknown, window_start
from benchmarks.questions import Condition

COMPARED = {"is": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def loaded_sql(condition: Condition, dialect: Dialect) -> str:
    """The condition, in brackets.

    Raises: ValueError for one that no benchmark asks.
    """
    match condition:
        case {"all": children}:
            parts = [loaded_sql(child, dialect) for child in children]
            return f"({' AND '.join(parts)})" if parts else "(1 = 1)"
        case {"any": children}:
            parts = [loaded_sql(child, dialect) for child in children]
            return f"({' OR '.join(parts)})" if parts else "(1 = 0)"
        case {"not": child}:
            held = loaded_sql(child, dialect)
            return f"(NOT coalesce({held}, false))" if may_be_unknown(child) else f"(NOT {held})"
        case {"field": field, "op": op}:
            return f"({_leaf(field, op, condition.get('value'), dialect)})"
        case _:
            raise ValueError(f"no benchmark asks {sorted(condition)}")


def _leaf(field: str, op: str, value: Any, dialect: Dialect) -> str:
    match op:
        case "is_set":
            return f"{field} IS NOT NULL"
        case "is_not_set":
            return f"{field} IS NULL"
        case "in":
            return f"{field} IN ({_texts(value)})"
        case "not_in":
            return f"{field} NOT IN ({_texts(value)})"
        case "has_any":
            return dialect.lists_meet(field, _texts(value))
        case "has_none":
            return f"NOT {dialect.lists_meet(field, _texts(value))}"
        case "has_all":
            return " AND ".join(dialect.lists_meet(field, quoted(member)) for member in value)
        case "between":
            low, high = (_literal(field, end, dialect) for end in value)
            return f"{field} BETWEEN {low} AND {high}"
        case "in_last":
            return f"{field} > {dialect.moment(window_start(value))}"
        case _ if op in COMPARED:
            return f"{field} {COMPARED[op]} {_literal(field, value, dialect)}"
        case _:
            raise ValueError(f"no benchmark asks {op}")


def _texts(values: list[str]) -> str:
    return ", ".join(map(quoted, values))


def _literal(field: str, value: Any, dialect: Dialect) -> str:
    match literal(field, value):
        case bool(flag):
            return str(flag).lower()
        case int(number):
            return str(number)
        case Decimal() as amount:
            return dialect.money(amount)
        case datetime() as time:
            return dialect.moment(time)
        case str(text):
            return quoted(text)
