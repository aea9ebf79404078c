"""Type inference: the first type of API.md that fits every value of a column. Pure.

The types form families that share no text: bool; int within decimal within float; date within
timestamp. So a column needs little memory: its family and how wide its numbers are.
"""

from enum import Enum, auto
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from indexer.intake import moments, numeric, words
from indexer.intake.zones import LocalTime
from indexer.model.schema import DECIMAL_DIGITS_MAX, FieldType

if TYPE_CHECKING:
    from indexer.intake.quick import PlainCells

_ANY_ZONE = LocalTime("UTC")
_DOUBLE_DIGITS_SAFE = 300
"""A number of so many digits before its point is finite as a double."""


class _Family(Enum):
    UNKNOWN = auto()
    BOOL = auto()
    NUMBER = auto()
    TIME = auto()
    OTHER = auto()


class ColumnGuess:
    """What one column may be, given the cells read so far."""

    def __init__(self) -> None:
        self._family = _Family.UNKNOWN
        self._whole = 0
        self._scale = 0
        self._is_int = True
        self._is_decimal = True
        self._is_date = True

    @property
    def settled(self) -> bool:
        """Whether further cells can't change the answer."""
        return self._family is _Family.OTHER

    @property
    def scale(self) -> int:
        """The most digits seen after a point, at most what a decimal can hold."""
        return min(self._scale, DECIMAL_DIGITS_MAX)

    def read(self, text: pa.Array) -> None:
        """Take in more cells of the column. Null cells say nothing."""
        text = text.drop_null()
        if len(text) == 0 or self.settled:
            return
        if self._family is _Family.UNKNOWN:
            self._family = _family_of(text[0].as_py())
        if not self._fits(text):
            self._family = _Family.OTHER

    def read_plain(self, held: "PlainCells") -> bool:
        """Take in the first cells of a column if they are plain; False, and nothing, if not."""
        filled = np.flatnonzero(held.filled)
        if not len(filled):
            return True
        family = _family_of(held.text(int(filled[0])))
        if family is _Family.NUMBER:
            widths = held.number_widths()
            if widths is None:
                return False
            self._whole, self._scale, points = widths
            self._is_int = not points
        elif family is _Family.TIME:
            self._is_date = held.are_days()
            if not (self._is_date or held.are_moments()):
                return False
        elif not held.are_flags():
            return False
        self._family = family
        return True

    @property
    def seen(self) -> "tuple[_Family, int, int, bool, bool, bool]":
        """All that cells have told: family, digits before and after the point, what still fits."""
        fits = self._is_int, self._is_decimal, self._is_date
        return self._family, self._whole, self._scale, *fits

    def merge(self, other: "ColumnGuess") -> None:
        """Take in what another guess has read of the column."""
        family, whole, scale, is_int, is_decimal, is_date = other.seen
        self._scale = max(self._scale, scale)
        if family is _Family.UNKNOWN:
            return
        # Families share no text, so what fits one of them fits no other.
        same = self._family in (_Family.UNKNOWN, family)
        self._family = family if same else _Family.OTHER
        self._whole = max(self._whole, whole)
        self._is_int = self._is_int and is_int
        self._is_decimal = self._is_decimal and is_decimal
        self._is_date = self._is_date and is_date

    def read_scale(self, text: pa.Array) -> None:
        """Take in only how many digits after the point the cells that are numbers have."""
        shapes = numeric.shapes_of(text)
        if shapes.plain.any():
            self._scale = max(self._scale, int(shapes.scale[shapes.plain].max()))

    def type(self) -> FieldType:
        """The first type that fits all cells read; keyword if there were none."""
        match self._family:
            case _Family.BOOL:
                return FieldType.BOOL
            case _Family.NUMBER:
                return self._number_type()
            case _Family.TIME:
                return FieldType.DATE if self._is_date else FieldType.TIMESTAMP
            case _:
                return FieldType.KEYWORD

    def _number_type(self) -> FieldType:
        if self._is_int:
            return FieldType.INT
        if self._is_decimal and self._whole + self._scale <= DECIMAL_DIGITS_MAX:
            return FieldType.DECIMAL
        return FieldType.FLOAT

    def _fits(self, text: pa.Array) -> bool:
        match self._family:
            case _Family.BOOL:
                return words.bools(text).bad is None
            case _Family.NUMBER:
                return self._fits_number(text)
            case _Family.TIME:
                return self._fits_time(text)
            case _:
                return False

    def _fits_number(self, text: pa.Array) -> bool:
        shapes = numeric.shapes_of(text)
        plain = shapes.plain & ~shapes.padded
        if not plain.all() or int(shapes.whole.max()) > _DOUBLE_DIGITS_SAFE:
            if not numeric.strict_floats(text):
                return False
            self._is_int = self._is_decimal = False
            return True
        self._whole = max(self._whole, int(shapes.whole.max()))
        self._scale = max(self._scale, int(shapes.scale.max()))
        self._is_int = (
            self._is_int
            and not bool((shapes.points >= 0).any())
            and numeric.within_int64(text, shapes)
        )
        return True

    def _fits_time(self, text: pa.Array) -> bool:
        if self._is_date and moments.dates(text).bad is None:
            return True
        self._is_date = False
        return moments.timestamps(text, _ANY_ZONE).bad is None


def _family_of(cell: str) -> _Family:
    """The only family the cell can belong to, by a look at how it begins."""
    if cell[:1] in ("t", "T", "f", "F"):
        return _Family.BOOL
    if cell[4:5] == "-" and cell[:4].isdigit():
        return _Family.TIME
    return _Family.NUMBER
