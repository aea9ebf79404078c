"""Dates written with the day or the month first: which it is, and the same in ISO form. Pure.

One column has one order, told by the values that only one of them allows (``31/12/2024``).
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indexer.intake.converted import Mask

_PARTS = r"^([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})($|[T ])"
_YEAR_FIRST = r"^([0-9]{4})[/.]([0-9]{1,2})[/.]([0-9]{1,2})($|[T ])"
_MONTHS = 12


class DayOrder(StrEnum):
    """What comes first in dates like ``03/04/2025``."""

    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"


@dataclass(slots=True)
class OrderSeen:
    """What the dates read so far say: how many only one order allows, and how many either."""

    day_first: int = 0
    month_first: int = 0
    either: int = 0
    dotted: int = 0
    written: int = 0
    """All that are written this way, or with the year first and other marks than ISO has."""

    def read(self, text: pa.Array) -> Mask:
        """Take in cells that are not ISO dates. Gives which of them are written this way."""
        parted = pc.fill_null(pc.match_substring_regex(text, _PARTS), False)
        by_year = pc.fill_null(pc.match_substring_regex(text, _YEAR_FIRST), False)
        dates = text.filter(parted)
        if len(dates):
            found = pc.extract_regex(dates, r"^(?P<a>[0-9]{1,2})(?P<mark>[/.-])(?P<b>[0-9]{1,2})")
            first, second = (
                np.asarray(pc.cast(found.field(name), pa.int64())) for name in ("a", "b")
            )
            self.day_first += int(((first > _MONTHS) & (second <= _MONTHS)).sum())
            self.month_first += int(((second > _MONTHS) & (first <= _MONTHS)).sum())
            self.either += int(((first <= _MONTHS) & (second <= _MONTHS) & (first != second)).sum())
            self.dotted += int(np.asarray(pc.equal(found.field("mark"), ".")).sum())
        mask: Mask = np.asarray(pc.or_(parted, by_year))
        self.written += int(mask.sum())
        return mask

    def merge(self, other: "OrderSeen") -> None:
        """Take in what another one has read."""
        self.day_first += other.day_first
        self.month_first += other.month_first
        self.either += other.either
        self.dotted += other.dotted
        self.written += other.written

    def order(self, wished: DayOrder | None) -> DayOrder | None:
        """The order; None if nothing tells.

        Values decide, the more numerous ones; then what is wished; then dots, which only people
        who write the day first put there.
        """
        if self.day_first != self.month_first:
            more = self.day_first > self.month_first
            return DayOrder.DAY_FIRST if more else DayOrder.MONTH_FIRST
        if wished is not None:
            return wished
        if self.dotted and not self.month_first:
            return DayOrder.DAY_FIRST
        # Without a value of which it matters, either will do.
        return None if self.either or self.day_first else DayOrder.DAY_FIRST


def as_iso(text: pa.Array, order: DayOrder) -> pa.Array:
    """The column with its dates in ISO form; all other cells as they are."""
    parted = pc.fill_null(pc.match_substring_regex(text, _PARTS), False)
    by_year = pc.fill_null(pc.match_substring_regex(text, _YEAR_FIRST), False)
    ours = pc.or_(parted, by_year)
    if not pc.any(ours).as_py():
        return text
    places = r"\3-\2-\1\4" if order is DayOrder.DAY_FIRST else r"\3-\1-\2\4"
    moved = pc.replace_substring_regex(text, _PARTS, places)
    moved = pc.replace_substring_regex(moved, _YEAR_FIRST, r"\1-\2-\3\4")
    moved = pc.replace_substring_regex(moved, r"^([0-9]{4})-([0-9])-", r"\1-0\2-")
    moved = pc.replace_substring_regex(moved, r"^([0-9]{4}-[0-9]{2})-([0-9])($|[T ])", r"\1-0\2\3")
    return pc.if_else(ours, moved, text)
