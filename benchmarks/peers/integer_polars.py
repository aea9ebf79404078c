"""Conditions over customers in integers as Polars expressions."""

from functools import reduce
from operator import and_, or_
from typing import assert_never

from benchmarks.peers.frames import pl
from benchmarks.peers.integer_form import (
    AllOf,
    AnyBit,
    AnyOf,
    Flag,
    Form,
    Not,
    OneOf,
    Within,
    codes_within,
    integer_form,
)
from benchmarks.questions import Condition


def integer_expression(condition: Condition) -> pl.Expr:
    """The condition as a column of bools, none of them null."""
    return _render(integer_form(condition))


def _render(form: Form) -> pl.Expr:
    match form:
        case AllOf(parts):
            return reduce(and_, map(_render, parts)) if parts else pl.lit(value=True)
        case AnyOf(parts):
            return reduce(or_, map(_render, parts)) if parts else pl.lit(value=False)
        case Not(part):
            return ~_render(part)
        case Flag(column):
            return pl.col(column)
        case Within():
            return _within(form)
        case OneOf():
            # Faster here than ``is_in``: up to three times, for ten codes of thousands.
            return reduce(or_, map(_within, codes_within(form)))
        case AnyBit(column, mask):
            return (pl.col(column) & pl.lit(mask, dtype=pl.UInt64)) != 0
        case _:
            assert_never(form)


def _within(form: Within) -> pl.Expr:
    column = pl.col(form.column)
    match form.low, form.high:
        case None, None:
            return pl.lit(value=True)
        case None, high:
            return column <= high
        case low, None:
            return column >= low
        case low, high if low == high:
            return column == low
        case low, high:
            return column.is_between(low, high)
