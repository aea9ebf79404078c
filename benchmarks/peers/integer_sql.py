"""Conditions over customers in integers as SQL."""

from typing import assert_never

from benchmarks.peers.dialect import Dialect
from benchmarks.peers.integer_form import (
    AllOf,
    AnyBit,
    AnyOf,
    Flag,
    Form,
    Not,
    OneOf,
    Within,
    integer_form,
)
from benchmarks.questions import Condition


def integer_sql(condition: Condition, dialect: Dialect) -> str:
    """The condition, in brackets."""
    return _render(integer_form(condition), dialect)


def _render(form: Form, dialect: Dialect) -> str:
    match form:
        case AllOf(parts):
            return _joined(" AND ", parts, dialect) or "(1 = 1)"
        case AnyOf(parts):
            return _joined(" OR ", parts, dialect) or "(1 = 0)"
        case Not(part):
            return f"(NOT {_render(part, dialect)})"
        case Flag(column):
            return column
        case Within():
            return f"({_within(form)})"
        case OneOf(column, codes):
            return f"({column} IN ({', '.join(map(str, codes))}))"
        case AnyBit(column, mask):
            return f"({dialect.shared_bits(column, mask)} <> 0)"
        case _:
            assert_never(form)


def _joined(word: str, parts: tuple[Form, ...], dialect: Dialect) -> str:
    return f"({word.join(_render(part, dialect) for part in parts)})" if parts else ""


def _within(form: Within) -> str:
    match form.low, form.high:
        case None, None:
            return "1 = 1"
        case None, high:
            return f"{form.column} <= {high}"
        case low, None:
            return f"{form.column} >= {low}"
        case low, high if low == high:
            return f"{form.column} = {low}"
        case low, high:
            return f"{form.column} BETWEEN {low} AND {high}"
