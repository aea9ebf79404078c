"""Ranges over number fields: two bins and what lies between their edges and the range's ends."""

from typing import Any

import numpy as np
import numpy.typing as npt

from indexer.dataset.forms import EMPTY, Form, Patch, Row, Scan
from indexer.dataset.view import DatasetView
from indexer.encoding.bits import Words
from indexer.encoding.number import NumberColumn
from indexer.encoding.ranges import Bounds, RangeForm, bounds_of, extent_row, range_form
from indexer.hot import HotForms
from indexer.kernels.ranks import EXACT, ORDER, UNTOLD, ranks, slices, spans
from indexer.kernels.run import SCAN_WIDTH
from indexer.model.ids import KEY_FIELD, FieldName
from indexer.plan.nodes import Equals, Lookup, Range

LIST_MAX = 64
"""A list of more numbers is answered by one pass over the column."""


class _Field:
    """One field's table for ``indexer.kernels.ranks``, and what keeps its addresses valid."""

    def __init__(self, columns: list[NumberColumn]) -> None:
        self.columns = columns
        self.floats = bool(columns) and columns[0].lanes.dtype.kind == "f"
        self.forms: list[RangeForm | None] = [None] * len(columns)
        self.table = np.stack([extent_row(column) for column in columns])


class Spans:
    """Range forms of one view's number fields, made for the shards where they are needed."""

    list_max = LIST_MAX

    def __init__(self, view: DatasetView, hot: HotForms, zeros: Words, narrow_share: int) -> None:
        self._view = view
        self._hot = hot
        self._zeros = zeros
        self._narrow_share = narrow_share
        self._fields: dict[FieldName, _Field] = {}

    def forget(self) -> None:
        """Let go of forms, which may have been dropped elsewhere."""
        self._fields = {}

    def form(self, lookup: Equals | Range, filled: Form) -> Form | None:
        """How the lookup is answered; None while an order it needs is being made."""
        field = self._field(lookup.field)
        bounds = bounds_of(lookup, floats=field.floats)
        if bounds is None:
            return EMPTY
        found, total = self._ranks(field, bounds)
        if total == UNTOLD:
            if not self._complete(field, found):
                return None
            found, total = self._ranks(field, bounds)
        if total == 0:
            return EMPTY
        if total == filled.count:
            return filled
        # In this order: a form is in the list before its address is in a table.
        known, forms = field.table, (*field.forms,)
        shards = len(field.columns)
        ordered = (known[:, ORDER] > EXACT) | (found[:, 0] == found[:, 1])
        if total * self._narrow_share < shards << self._view.shard_bits and ordered.all():
            table = np.zeros((shards, 2), np.uint64)
            slices(known, found, table)
            return Form("number order", total, gained=(Patch(table, forms),))
        rows = np.zeros((2, shards), np.uint64)
        patches = np.zeros((2, shards, 2), np.uint64)
        zeros, (present,) = np.uint64(self._zeros.ctypes.data), filled.rows
        spans(known, found, zeros, present.addresses, self._zeros.nbytes, rows, patches)
        keep = *forms, present
        lost = tuple(Patch(table, keep) for table in patches if table[:, 1].any())
        less = Row(rows[1], keep) if (rows[1] != zeros).any() else None
        return Form("number bins", total, (Row(rows[0], keep),), less, lost)

    def count(self, lookup: Equals | Range) -> int | None:
        """How many records it holds for; None while an order it needs is being made."""
        field = self._field(lookup.field)
        bounds = bounds_of(lookup, floats=field.floats)
        if bounds is None:
            return 0
        found, total = self._ranks(field, bounds)
        if total == UNTOLD:
            if not self._complete(field, found):
                return None
            _, total = self._ranks(field, bounds)
        return total

    def snapped(self, lookup: Lookup) -> tuple[object, ...] | None:
        """The slices of the orders that a range is, which stay while no value is between its old
        end and its new one; None where they can't be told or it is no range of numbers.
        """
        shards = self._view.shards
        if not isinstance(lookup, Range) or not shards or lookup.field == KEY_FIELD:
            return None
        if not isinstance(self._view.column(shards[0], lookup.field), NumberColumn):
            return None
        field = self._field(lookup.field)
        bounds = bounds_of(lookup, floats=field.floats)
        if bounds is None:
            return None
        found, total = self._ranks(field, bounds)
        return None if total == UNTOLD else (lookup.field, found.tobytes())

    def scan(self, lookup: Equals | Range, filled: Form) -> Form | None:
        """The lanes compared where they lie; None for floats, whose bits do not sort."""
        field = self._field(lookup.field)
        if field.floats:
            return None
        if isinstance(lookup, Equals):
            lookup = Range(lookup.field, lookup.value, lookup.value)
        table = np.zeros((len(field.columns), SCAN_WIDTH), np.uint64)
        keep: list[Any] = []
        for shard, column in enumerate(field.columns):
            lanes = self._whole_words(column)
            ends = column.lane_bounds(
                lookup.low, lookup.high, low_open=lookup.low_open, high_open=lookup.high_open
            )
            if ends is not None:
                table[shard] = (
                    lanes.ctypes.data, lanes.itemsize, ends[0], ends[1] - ends[0], len(lanes) >> 6,
                )  # fmt: skip
            keep.append(lanes)
        (present,) = filled.rows
        return Form("column scan", None, scan=Scan(table, present, keep))

    def _field(self, name: FieldName) -> _Field:
        field = self._fields.get(name)
        if field is None:
            columns: list[Any] = [self._view.column(shard, name) for shard in self._view.shards]
            field = self._fields[name] = _Field(columns)
            for shard in range(len(columns)):
                self._take(field, shard, self._hot.held(columns[shard], "ranges"))
        return field

    def _ranks(self, field: _Field, bounds: Bounds) -> tuple[npt.NDArray[np.int64], int]:
        found = np.empty((len(field.columns), 2), np.int64)
        total = ranks(
            field.table, bounds.low, bounds.low_after, bounds.high, bounds.high_after, found
        )
        return found, int(total)

    def _complete(self, field: _Field, found: npt.NDArray[np.int64]) -> bool:
        """Have orders made for the shards that can't tell; False while one is being made."""
        words = len(self._zeros)
        ready = True
        for shard in np.flatnonzero(found[:, 0] == UNTOLD).tolist():
            column = field.columns[shard]

            def make(column: NumberColumn = column) -> RangeForm:
                return range_form(column, words)

            form = self._hot.soon(column, "ranges", make)
            self._take(field, shard, form)
            ready &= form is not None
        return ready

    def _take(self, field: _Field, shard: int, form: RangeForm | None) -> None:
        if form is not None:
            field.forms[shard] = form
            # Another one: somebody may be reading this one without the interpreter's lock.
            table = field.table.copy()
            table[shard] = form.row
            field.table = table

    def _whole_words(self, column: NumberColumn) -> Any:
        """The lanes, filled up to whole words."""
        lanes = column.lanes
        more = -len(lanes) % 64
        if not more:
            return lanes
        return self._hot.of(
            column, "padded", lambda: np.concatenate((lanes, np.zeros(more, lanes.dtype)))
        )
