"""The operators: one entry each, read by the parser, the checker, the compiler, the UI and docs.

The order is that of the builder's menu. A negative operator names its positive twin in
``negates`` and means its exact complement; its compilation needs no code of its own.
"""

from collections.abc import Mapping
from types import MappingProxyType

from evaluator.condition.entry import (
    ANY_TYPE,
    ORDERED,
    SINGLE,
    TEXTS,
    Operator,
    ValueShape,
)
from evaluator.condition.set_entries import SET_OPERATORS
from evaluator.condition.text_entries import TEXT_OPERATORS
from evaluator.condition.time_entries import TIME_OPERATORS
from indexer.model.schema import FieldType

_ONE, _LIST, _RANGE = ValueShape.ONE, ValueShape.LIST, ValueShape.RANGE
_NONE = ValueShape.NONE

OPERATORS: tuple[Operator, ...] = (
    Operator(
        "is",
        "is",
        "The field has exactly this value.",
        SINGLE,
        _ONE,
        "is {}",
        folds=True,
        compares_fields=True,
    ),
    Operator(
        "is_not",
        "is not",
        "The field has another value, or none.",
        SINGLE,
        _ONE,
        "is not {}",
        negates="is",
        folds=True,
        compares_fields=True,
    ),
    Operator(
        "in",
        "is any of",
        "The field has one of these values. An empty list holds for none.",
        SINGLE,
        _LIST,
        "is {}",
        folds=True,
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
        folds=True,
    ),
    Operator(
        "gt",
        "is greater than",
        "More than this number; after this time.",
        ORDERED,
        _ONE,
        "is greater than {}",
        english_time="is after {}",
        compares_fields=True,
    ),
    Operator(
        "gte",
        "is at least",
        "This number or more; at this time or after.",
        ORDERED,
        _ONE,
        "is at least {}",
        english_time="is at or after {}",
        compares_fields=True,
    ),
    Operator(
        "lt",
        "is less than",
        "Less than this number; before this time.",
        ORDERED,
        _ONE,
        "is less than {}",
        english_time="is before {}",
        compares_fields=True,
    ),
    Operator(
        "lte",
        "is at most",
        "This number or less; at this time or before.",
        ORDERED,
        _ONE,
        "is at most {}",
        english_time="is at or before {}",
        compares_fields=True,
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
    *TEXT_OPERATORS,
    *TIME_OPERATORS,
    *SET_OPERATORS,
    Operator(
        "is_empty",
        "is empty",
        "The text or set is there and holds nothing.",
        (*TEXTS, FieldType.SET),
        _NONE,
        "is empty",
    ),
    Operator(
        "is_not_empty",
        "is not empty",
        "The text or set is there and holds something.",
        (*TEXTS, FieldType.SET),
        _NONE,
        "is not empty",
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
    Operator(
        "sample",
        "is in the sample",
        "A share of the records in percent, always the same ones for the same salt.",
        (),
        ValueShape.SAMPLE,
        "is in the sample {}",
        of_key=True,
    ),
)


BY_KEY: Mapping[str, Operator] = MappingProxyType({each.key: each for each in OPERATORS})
