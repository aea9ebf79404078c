"""numpy masks over customers in integers: the answer that all engines are held against.

Written as plainly as can be and never timed.
"""

from functools import reduce
from pathlib import Path
from typing import Any, assert_never

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from benchmarks.data.integers import CODES
from benchmarks.peers.api import Answer, by_value, keys_digest
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
from benchmarks.questions import (
    BreakdownOf,
    Condition,
    CountOf,
    KeysOf,
    OverlapOf,
    Question,
    StoredOverlapOf,
)

Mask = npt.NDArray[np.bool_]


class NumpyAnswers:
    """Every question's right answer."""

    def __init__(self, path: Path) -> None:
        records = pq.read_table(path)
        self.rows = records.num_rows
        self._columns: dict[str, npt.NDArray[Any]] = {
            name: records.column(name).to_numpy() for name in records.column_names
        }

    def answer(self, question: Question) -> Answer:
        """As ``benchmarks.peers.api.Way.ask`` spells it."""
        match question:
            case CountOf(condition):
                return int(self.mask(condition).sum())
            case KeysOf(condition):
                return keys_digest(self._columns["id"][self.mask(condition)])
            case BreakdownOf(condition, field):
                held = self._columns[field][self.mask(condition)]
                counts = np.bincount(held, minlength=len(CODES[field])).tolist()
                return by_value(zip(CODES[field], counts, strict=True))
            case OverlapOf(left, right):
                a, b = self.mask(left), self.mask(right)
                return int(a.sum()), int(b.sum()), int((a & b).sum())
            case StoredOverlapOf(left, right):
                return int((self.mask(left) & self.mask(right)).sum())
            case _:
                assert_never(question)

    def mask(self, condition: Condition) -> Mask:
        """True where the condition holds, in the order of the file."""
        return self._mask(integer_form(condition))

    def _mask(self, form: Form) -> Mask:
        match form:
            case AllOf(parts):
                return reduce(np.logical_and, map(self._mask, parts), np.ones(self.rows, np.bool_))
            case AnyOf(parts):
                return reduce(np.logical_or, map(self._mask, parts), np.zeros(self.rows, np.bool_))
            case Not(part):
                return ~self._mask(part)
            case Flag(column):
                flags: Mask = self._columns[column]
                return flags
            case Within(column, low, high):
                values = self._columns[column]
                inside = np.ones(self.rows, np.bool_)
                if low is not None:
                    inside &= values >= low
                if high is not None:
                    inside &= values <= high
                return inside
            case OneOf(column, codes):
                return np.isin(self._columns[column], codes)
            case AnyBit(column, mask):
                held: Mask = (self._columns[column] & np.uint64(mask)) != 0
                return held
            case _:
                assert_never(form)
