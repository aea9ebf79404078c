"""The operators on sets: members and size."""

from evaluator.condition.entry import SETS, Operator, ValueShape
from indexer.model.schema import FieldType

_ONE, _LIST = ValueShape.ONE, ValueShape.LIST
_INT = FieldType.INT

SET_OPERATORS: tuple[Operator, ...] = (
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
    Operator(
        "is_exactly",
        "is exactly",
        "The set has these members and no other. An empty list holds for the empty set.",
        SETS,
        _LIST,
        "is exactly {}",
        joiner="and",
    ),
    Operator(
        "size_is",
        "has as many members as",
        "The set has this many members.",
        SETS,
        _ONE,
        "has a size of {}",
        literal=_INT,
    ),
    Operator(
        "size_gt",
        "has more members than",
        "The set has more members than this.",
        SETS,
        _ONE,
        "has a size greater than {}",
        literal=_INT,
    ),
    Operator(
        "size_gte",
        "has at least as many members as",
        "The set has this many members or more.",
        SETS,
        _ONE,
        "has a size of at least {}",
        literal=_INT,
    ),
    Operator(
        "size_lt",
        "has fewer members than",
        "The set has fewer members than this.",
        SETS,
        _ONE,
        "has a size less than {}",
        literal=_INT,
    ),
    Operator(
        "size_lte",
        "has at most as many members as",
        "The set has this many members or fewer.",
        SETS,
        _ONE,
        "has a size of at most {}",
        literal=_INT,
    ),
)
