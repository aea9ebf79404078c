"""The functions over a field of related records: one entry each, for parser, checker and words."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from evaluator.condition.entry import ORDERED, SINGLE
from evaluator.condition.literal import NUMBERS
from indexer.model.schema import FieldType
from indexer.plan.related import FoldName


@dataclass(frozen=True, slots=True)
class Function:
    """One function of CONDITIONS.md; ``english`` has ``{}`` for the field.

    ``types`` are those of the fields it takes, ``in_order`` says that it asks for a time field to
    order by. ``of_nothing`` says that it gives a number, 0, where there are no records.
    """

    key: FoldName
    label: str
    english: str
    types: tuple[FieldType, ...]
    in_order: bool = False
    of_nothing: bool = False

    @property
    def counts(self) -> bool:
        """Whether the result is an int, whatever the field's type."""
        return self.key == "count_distinct"

    @property
    def is_exact(self) -> bool:
        """Whether results over ints and decimals are numbers that no field need be able to hold."""
        return self.key in ("sum", "avg", "median")


_NUMBERS = tuple(kind for kind in FieldType if kind in NUMBERS)

FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        each.key: each
        for each in (
            Function("sum", "sum", "the sum of {}", _NUMBERS, of_nothing=True),
            Function("avg", "average", "the average of {}", _NUMBERS),
            Function("min", "smallest", "the smallest {}", ORDERED),
            Function("max", "greatest", "the greatest {}", ORDERED),
            Function(
                "count_distinct",
                "number of different values",
                "the number of different values of {}",
                SINGLE,
                of_nothing=True,
            ),
            Function("median", "median", "the median of {}", _NUMBERS),
            Function("first", "first", "the first {}", SINGLE, in_order=True),
            Function("last", "last", "the last {}", SINGLE, in_order=True),
        )
    }
)
"""In menu order."""

COMPARISONS = ("is", "is_not", "gt", "gte", "lt", "lte", "between")
"""The operators that compare a count or what a function gives."""
