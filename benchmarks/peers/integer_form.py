"""Conditions over customers in integers: what an expert would write against those columns.

Sets of codes that touch become ranges, masks of one word are tested together, and the end of a
window that lies at ``now`` is left out, since no record is later than that.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from benchmarks.data.customers import DAY_S, NOW_S
from benchmarks.data.integers import CODES, NO_TIME, WORD_BITS
from benchmarks.data.names import TAGS
from benchmarks.questions import Condition

CENTS = 100
NULL_FLAGS = {"email": "email_null"}


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds; of no parts, always."""

    parts: "tuple[Form, ...]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: "tuple[Form, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: "Form"


@dataclass(frozen=True, slots=True)
class Flag:
    """A column of bools."""

    column: str


@dataclass(frozen=True, slots=True)
class Within:
    """``low <= column <= high``; None leaves an end open."""

    column: str
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class OneOf:
    """The column is one of these codes, which do not all touch."""

    column: str
    codes: tuple[int, ...]
    size: int
    """How many codes the column has."""


@dataclass(frozen=True, slots=True)
class AnyBit:
    """Column and mask have a bit in common."""

    column: str
    mask: int


Form = AllOf | AnyOf | Not | Flag | Within | OneOf | AnyBit


def integer_form(condition: Condition) -> Form:
    """The condition over the columns of ``benchmarks.data.integers``.

    Raises: ValueError for one that no benchmark asks.
    """
    match condition:
        case {"all": children}:
            return AllOf(tuple(integer_form(child) for child in children))
        case {"any": children}:
            return AnyOf(tuple(integer_form(child) for child in children))
        case {"not": child}:
            return Not(integer_form(child))
        case {"field": "tags"}:
            return _tags(condition["op"], condition["value"])
        case {"field": "consent", "op": "is", "value": value}:
            return Flag("consent") if value else Not(Flag("consent"))
        case {"field": field, "op": "is_set"}:
            return Not(_missing(field))
        case {"field": field, "op": "is_not_set"}:
            return _missing(field)
        case {"field": field, "op": op, "value": value} if field in CODES:
            return _coded(field, op, value)
        case {"field": field, "op": op, "value": value}:
            return _number(field, op, value)
        case _:
            raise ValueError(f"no benchmark asks {sorted(condition)}")


def runs(codes: Iterable[int]) -> list[tuple[int, int]]:
    """First and last of every run of codes that touch."""
    found: list[tuple[int, int]] = []
    for code in sorted(codes):
        if found and found[-1][1] == code - 1:
            found[-1] = found[-1][0], code
        else:
            found.append((code, code))
    return found


def codes_within(form: OneOf) -> list[Within]:
    """The same as ranges, open at the ends of the column's codes."""
    return [_run(form.column, run, form.size) for run in runs(form.codes)]


def _run(column: str, run: tuple[int, int], size: int) -> Within:
    low, high = run
    return Within(column, low or None, None if high == size - 1 else high)


def _coded(field: str, op: str, value: Any) -> Form:
    names = CODES[field]
    wanted = [value] if op in ("is", "is_not") else value
    codes = tuple(sorted(names.index(text) for text in wanted))
    touching = runs(codes)
    form: Form = (
        _run(field, touching[0], len(names))
        if len(touching) == 1
        else OneOf(field, codes, len(names))
    )
    match op:
        case "is" | "in":
            return form
        case "is_not" | "not_in":
            return Not(form)
        case _:
            raise ValueError(f"no benchmark asks {op} of {field}")


def _tags(op: str, members: Sequence[str]) -> Form:
    codes = [TAGS.index(text) for text in members]
    match op:
        case "has_any":
            return _any_tag(codes)
        case "has_none":
            return Not(_any_tag(codes))
        case "has_all":
            return AllOf(tuple(_any_tag([code]) for code in codes))
        case _:
            raise ValueError(f"no benchmark asks {op} of tags")


def _any_tag(codes: Iterable[int]) -> Form:
    masks: dict[int, int] = {}
    for code in codes:
        word, bit = divmod(code, WORD_BITS)
        masks[word] = masks.get(word, 0) | 1 << bit
    parts = tuple(AnyBit(f"tags_{word}", mask) for word, mask in masks.items())
    return parts[0] if len(parts) == 1 else AnyOf(parts)


def _missing(field: str) -> Form:
    if field == "last_login":
        return Within(field, NO_TIME, NO_TIME)
    return Flag(NULL_FLAGS[field])


def _number(field: str, op: str, value: Any) -> Form:
    # Null is the smallest number, so a range without a low end starts just above it.
    bottom = NO_TIME + 1 if field == "last_login" else None
    match op:
        case "is":
            return Within(field, _whole(field, value), _whole(field, value))
        case "between":
            return Within(field, _whole(field, value[0]), _whole(field, value[1]))
        case "gte":
            return Within(field, _whole(field, value), None)
        case "gt":
            return Within(field, _whole(field, value) + 1, None)
        case "lte":
            return Within(field, bottom, _whole(field, value))
        case "lt":
            return Within(field, bottom, _whole(field, value) - 1)
        case "in_last" if value["unit"] == "day":
            return Within(field, NOW_S - value["amount"] * DAY_S + 1, None)
        case _:
            raise ValueError(f"no benchmark asks {op} of {field}")


def _whole(field: str, value: Any) -> int:
    """A literal in the column's unit. Raises: ValueError if it falls between two of them."""
    match field:
        case "age":
            exact = Decimal(value)
        case "lifetime_value":
            exact = Decimal(value) * CENTS
        case "last_login" | "signup":
            exact = Decimal(datetime.fromisoformat(value).astimezone(UTC).timestamp())
        case _:
            raise ValueError(f"{field} is not a number")
    if exact != int(exact):
        raise ValueError(f"a literal for {field} is finer than its column")
    return int(exact)
