"""How well a file's column fits the field that it goes into, all of its cells considered. Pure.

A field whose type is given is not guessed. But numbers may be wider than it can hold, dates may
be written the other way round, and the column may hold something else altogether.
"""

from dataclasses import dataclass, replace
from dataclasses import field as made
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indexer.intake import numeric
from indexer.intake.convert import convert_text
from indexer.intake.day_order import OrderSeen
from indexer.intake.guess import ColumnGuess
from indexer.intake.zones import LocalTime
from indexer.model.schema import DECIMAL_DIGITS_MAX, Field, FieldType

if TYPE_CHECKING:
    from indexer.intake.quick import PlainCells

NUMBERS = (FieldType.INT, FieldType.DECIMAL, FieldType.FLOAT)
TIMES = (FieldType.DATE, FieldType.TIMESTAMP)
FITTED = (*NUMBERS, *TIMES, FieldType.BOOL)
"""Types that not every text fits."""

STRANGERS_MIN = 2
"""Fewer cells that don't fit are mistakes, however short the column is."""

_ANY_ZONE = LocalTime("UTC")


@dataclass(slots=True)
class ColumnFit:
    """What one column's cells say about a field. ``cells`` are those that are not null."""

    field: Field
    cells: int = 0
    misfits: int = 0
    """Cells that are no values of the field's kind: no number, no date however written."""
    wider: int = 0
    """Numbers that the field can't hold."""
    whole: int = 0
    scale: int = 0
    exact: bool = True
    """Whether all numbers are plain: no exponent, no more digits than a decimal has."""
    order: OrderSeen = made(default_factory=OrderSeen)
    guess: ColumnGuess = made(default_factory=ColumnGuess)

    @property
    def settled(self) -> bool:
        """Never: each cell may be the one that tells."""
        return False

    def read_plain(self, held: "PlainCells") -> bool:
        """Take in plain cells if they all fit; False, and nothing, if not."""
        kind = self.field.type
        if kind in NUMBERS:
            widths = held.number_widths()
            if widths is None or not self._holds(*widths):
                return False
            self.whole, self.scale = max(self.whole, widths[0]), max(self.scale, widths[1])
        elif kind is FieldType.BOOL:
            if not held.are_flags():
                return False
        elif not (held.are_days() if kind is FieldType.DATE else held.are_moments()):
            return False
        self.cells += int(held.filled.sum())
        self.guess.read_plain(held)
        return True

    def read(self, text: pa.Array) -> None:
        """Take in more cells. Null cells say nothing."""
        text = text.drop_null()
        if not len(text):
            return
        self.cells += len(text)
        self.guess.read(text)
        bad = convert_text(text, self.field, _ANY_ZONE).bad
        if self.field.type in NUMBERS:
            self._read_numbers(text)
        if bad is None:
            return
        strange = text.filter(pa.array(bad))
        if self.field.type in NUMBERS:
            numbers = pc.fill_null(pc.match_substring_regex(strange, numeric.STRICT_FLOAT), False)
            wider = int(pc.sum(numbers).as_py() or 0)
            self.wider += wider
            self.misfits += len(strange) - wider
        elif self.field.type in TIMES:
            self.misfits += len(strange) - int(self.order.read(strange).sum())
        else:
            self.misfits += len(strange)

    def merge(self, other: "ColumnFit") -> None:
        """Take in what another one has read of the column."""
        self.cells += other.cells
        self.misfits += other.misfits
        self.wider += other.wider
        self.whole = max(self.whole, other.whole)
        self.scale = max(self.scale, other.scale)
        self.exact = self.exact and other.exact
        self.order.merge(other.order)
        self.guess.merge(other.guess)

    @property
    def is_another(self) -> bool:
        """Whether most of the cells are no values of the field's kind."""
        return self.misfits >= STRANGERS_MIN and 2 * self.misfits > self.cells

    def widened(self) -> Field:
        """The field with the least type that holds its own values and all of the column's."""
        if not self.wider or self.field.type is FieldType.FLOAT:
            return self.field
        scale = max(self.scale, self.field.scale)
        if self.exact and self.whole + scale <= DECIMAL_DIGITS_MAX and scale:
            return replace(self.field, type=FieldType.DECIMAL, scale=scale)
        return replace(self.field, type=FieldType.FLOAT, scale=0)

    def _read_numbers(self, text: pa.Array) -> None:
        shapes = numeric.shapes_of(text)
        if shapes.plain.any():
            self.whole = max(self.whole, int(shapes.whole[shapes.plain].max()))
            self.scale = max(self.scale, int(shapes.scale[shapes.plain].max()))
        if not shapes.plain.all():
            odd = text.filter(pa.array(~shapes.plain))
            floats = pc.fill_null(pc.match_substring_regex(odd, numeric.STRICT_FLOAT), False)
            self.exact = self.exact and not bool(np.asarray(floats).any())

    def _holds(self, whole: int, scale: int, points: bool) -> bool:
        match self.field.type:
            case FieldType.INT:
                return not points and whole <= numeric.INT64_DIGITS_SAFE
            case FieldType.DECIMAL:
                fits = whole + self.field.scale <= DECIMAL_DIGITS_MAX
                return fits and scale <= self.field.scale
            case _:
                return True
