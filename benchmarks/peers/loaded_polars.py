"""Conditions over customers as loaded, as a person would write them in Polars."""

from functools import reduce
from operator import and_, or_
from typing import Any

from benchmarks.peers.frames import pl
from benchmarks.peers.loaded_form import literal, may_be_unknown, window_start
from benchmarks.questions import Condition


def loaded_expression(condition: Condition) -> pl.Expr:
    """The condition as a column of bools; null counts as false.

    Raises: ValueError for one that no benchmark asks.
    """
    match condition:
        case {"all": children}:
            parts = map(loaded_expression, children)
            return reduce(and_, parts) if children else pl.lit(value=True)
        case {"any": children}:
            parts = map(loaded_expression, children)
            return reduce(or_, parts) if children else pl.lit(value=False)
        case {"not": child}:
            held = loaded_expression(child)
            return ~(held.fill_null(value=False) if may_be_unknown(child) else held)
        case {"field": field, "op": op}:
            return _leaf(field, op, condition.get("value"))
        case _:
            raise ValueError(f"no benchmark asks {sorted(condition)}")


def _leaf(field: str, op: str, value: Any) -> pl.Expr:
    column = pl.col(field)
    match op:
        case "is_set":
            return column.is_not_null()
        case "is_not_set":
            return column.is_null()
        case "in":
            return column.is_in(value)
        case "not_in":
            return ~column.is_in(value)
        case "has_any":
            return reduce(or_, (column.list.contains(member) for member in value))
        case "has_none":
            return ~reduce(or_, (column.list.contains(member) for member in value))
        case "has_all":
            return reduce(and_, (column.list.contains(member) for member in value))
        case "between":
            return column.is_between(_literal(field, value[0]), _literal(field, value[1]))
        case "in_last":
            return column > _moment(window_start(value))
        case _:
            return _compared(column, op, _literal(field, value))


def _compared(column: pl.Expr, op: str, value: pl.Expr) -> pl.Expr:
    match op:
        case "is":
            return column == value
        case "gt":
            return column > value
        case "gte":
            return column >= value
        case "lt":
            return column < value
        case "lte":
            return column <= value
        case _:
            raise ValueError(f"no benchmark asks {op}")


def _literal(field: str, value: Any) -> pl.Expr:
    known = literal(field, value)
    return _moment(known) if field in ("last_login", "signup") else pl.lit(known)


def _moment(time: Any) -> pl.Expr:
    return pl.lit(time.replace(tzinfo=None)).cast(pl.Datetime("us"))
