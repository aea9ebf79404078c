"""The operators: one entry each, read by the parser, the checker, the compiler, the UI and docs.

The order is that of the builder's menu. A negative operator names its positive twin in
``negates`` and means its exact complement; its compilation needs no code of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from indexer.model.schema import FieldType


class ValueShape(StrEnum):
    """What stands under ``"value"``."""

    ONE = "one"
    LIST = "list"
    RANGE = "range"
    NONE = "none"
    WINDOW = "window"


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator of CONDITIONS.md.

    ``english`` is its sentence with ``{}`` for the value; ``english_one`` is used instead for a
    list of one value, ``english_time`` for dates and timestamps. ``joiner`` stands before the
    last of several values.
    """

    key: str
    label: str
    help: str
    types: tuple[FieldType, ...]
    value: ValueShape
    english: str
    english_one: str = ""
    english_time: str = ""
    joiner: str = "or"
    negates: str | None = None

    @property
    def negative(self) -> bool:
        """Holds for records with no value, too."""
        return self.negates is not None

    @property
    def may_exclude_nulls(self) -> bool:
        """Whether ``"nulls": "exclude"`` makes sense: negative, and about a value."""
        return self.negative and self.value is not ValueShape.NONE


ANY_TYPE = tuple(FieldType)
SETS = (FieldType.SET,)
SINGLE = tuple(kind for kind in FieldType if kind is not FieldType.SET)
TEXTS = (FieldType.KEYWORD, FieldType.TEXT)
TIMES = (FieldType.DATE, FieldType.TIMESTAMP)
ORDERED = (FieldType.INT, FieldType.DECIMAL, FieldType.FLOAT, *TIMES, FieldType.KEYWORD)

_ONE, _LIST, _RANGE = ValueShape.ONE, ValueShape.LIST, ValueShape.RANGE
_NONE, _WINDOW = ValueShape.NONE, ValueShape.WINDOW

OPERATORS: tuple[Operator, ...] = (
    Operator("is", "is", "The field has exactly this value.", SINGLE, _ONE, "is {}"),
    Operator(
        "is_not",
        "is not",
        "The field has another value, or none.",
        SINGLE,
        _ONE,
        "is not {}",
        negates="is",
    ),
    Operator(
        "in",
        "is any of",
        "The field has one of these values. An empty list holds for none.",
        SINGLE,
        _LIST,
        "is {}",
    ),
    Operator(
        "not_in",
        "is none of",
        "The field has none of these values, or no value.",
        SINGLE,
        _LIST,
        "is none of {}",
        english_one="is not {}",
        joiner="and",
        negates="in",
    ),
    Operator(
        "gt",
        "is greater than",
        "More than this number; after this time.",
        ORDERED,
        _ONE,
        "is greater than {}",
        english_time="is after {}",
    ),
    Operator(
        "gte",
        "is at least",
        "This number or more; at this time or after.",
        ORDERED,
        _ONE,
        "is at least {}",
        english_time="is at or after {}",
    ),
    Operator(
        "lt",
        "is less than",
        "Less than this number; before this time.",
        ORDERED,
        _ONE,
        "is less than {}",
        english_time="is before {}",
    ),
    Operator(
        "lte",
        "is at most",
        "This number or less; at this time or before.",
        ORDERED,
        _ONE,
        "is at most {}",
        english_time="is at or before {}",
    ),
    Operator(
        "between",
        "is between",
        "From the first to the second value, both included.",
        ORDERED,
        _RANGE,
        "is between {}",
        joiner="and",
    ),
    Operator(
        "not_between",
        "is not between",
        "Below the first or above the second value, or no value.",
        ORDERED,
        _RANGE,
        "is not between {}",
        joiner="and",
        negates="between",
    ),
    Operator(
        "in_last",
        "is in the last",
        "From that long ago until now.",
        TIMES,
        _WINDOW,
        "is in the last {}",
    ),
    Operator(
        "not_in_last",
        "is not in the last",
        "Longer ago, in the future, or no value.",
        TIMES,
        _WINDOW,
        "is not in the last {}",
        negates="in_last",
    ),
    Operator(
        "has_any",
        "has any of",
        "The set has at least one of these members.",
        SETS,
        _LIST,
        "has any of {}",
        english_one="has {}",
    ),
    Operator(
        "has_all",
        "has all of",
        "The set has every one of these members.",
        SETS,
        _LIST,
        "has all of {}",
        english_one="has {}",
        joiner="and",
    ),
    Operator(
        "has_none",
        "has none of",
        "The set has none of these members, or there is no set.",
        SETS,
        _LIST,
        "has none of {}",
        english_one="does not have {}",
        joiner="and",
        negates="has_any",
    ),
    Operator("is_set", "is set", "The field has a value.", ANY_TYPE, _NONE, "is set"),
    Operator(
        "is_not_set",
        "is not set",
        "The field has no value.",
        ANY_TYPE,
        _NONE,
        "is not set",
        negates="is_set",
    ),
)

BY_KEY: Mapping[str, Operator] = MappingProxyType({each.key: each for each in OPERATORS})

PLANNED = frozenset(
    {
        "contains", "not_contains", "starts_with", "not_starts_with", "ends_with",
        "not_ends_with", "matches", "not_matches", "is_empty", "is_not_empty", "is_exactly",
        "size_is", "size_gt", "size_gte", "size_lt", "size_lte", "on", "not_on", "before",
        "after", "on_or_before", "on_or_after", "in_next", "not_in_next", "more_than_ago",
        "more_than_ahead", "between_ago", "in_period", "not_in_period", "anniversary",
        "weekday_in", "hour_between", "sample",
    }
)  # fmt: skip
"""Operators of CONDITIONS.md that this version knows by name but can't answer yet."""
