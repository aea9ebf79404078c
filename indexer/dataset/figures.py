"""Per-field figures of a dataset, remembered while its columns stay the same objects."""

from typing import Any

import numpy as np

from indexer.api import FieldStats
from indexer.dataset.overlay import Overlay
from indexer.dataset.reading import Counts, merged
from indexer.dataset.states import States
from indexer.dataset.tally import distinct_count
from indexer.dataset.view import DatasetView
from indexer.encoding.column import Array
from indexer.encoding.number import NumberColumn
from indexer.model.ids import DatasetName, FieldName


class Figures:
    """Fill and distinct counts. Safe to share between reader threads: a lost race only
    computes a figure twice. Holds one entry per dataset and field.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[DatasetName, FieldName], tuple[tuple[Any, ...], FieldStats]] = {}

    def of(self, overlay: Overlay) -> dict[FieldName, FieldStats]:
        """Every kept field's figures, the key column's included if it is declared."""
        return {
            name: (
                FieldStats(overlay.records, overlay.records)
                if name == overlay.schema.key
                else self._present(overlay, name)
            )
            for name in overlay.schema.listed
        }

    def _present(self, overlay: Overlay, field: FieldName) -> FieldStats:
        stats = self._column(overlay.base, field)
        if not overlay.weight:
            return stats
        filled = _filled(overlay.after, field) - _filled(overlay.before, field)
        values, counts = _differences(overlay, field)
        held = _counts_at(overlay.base, field, values)
        new = int(((held == 0) & (counts > 0)).sum())
        lost = int(((held > 0) & (held + counts == 0)).sum())
        return FieldStats(stats.filled + filled, stats.distinct + new - lost)

    def _column(self, view: DatasetView, field: FieldName) -> FieldStats:
        columns = tuple(shard.columns[field] for shard in view.shards)
        held, stats = self._known.get((view.schema.name, field), ((), None))
        same = len(held) == len(columns) and all(
            old is new for old, new in zip(held, columns, strict=True)
        )
        if stats is None or not same:
            filled = sum(len(column.filled) for column in columns)
            stats = FieldStats(filled, distinct_count(view, field))
            self._known[(view.schema.name, field)] = columns, stats
        return stats


def _filled(states: States, field: FieldName) -> int:
    return sum(int(chunk.batch.cells[field].filled.sum()) for chunk in states.chunks)


def _differences(overlay: Overlay, field: FieldName) -> tuple[Array, Counts]:
    """The values of the states, and how much more often each occurs now."""
    parts: list[tuple[Array, Counts]] = []
    for sign, states in ((-1, overlay.before), (1, overlay.after)):
        for chunk in states.chunks:
            values, counts = chunk.shard.columns[field].tally(None)
            parts.append((values, sign * counts))
    return merged([part for part in parts if len(part[0])])


def _counts_at(view: DatasetView, field: FieldName, values: Array) -> Counts:
    """How often each of these ascending values occurs in a view. Cost: a pass over the field."""
    counts = np.zeros(len(values), np.int64)
    if not len(values):
        return counts
    for shard in view.shards:
        column = shard.columns[field]
        if isinstance(column, NumberColumn):
            cells = column.all_cells()
            numbers = cells.numbers[cells.filled]
            places = np.minimum(np.searchsorted(values, numbers), len(values) - 1)
            counts += np.bincount(places[values[places] == numbers], minlength=len(values))
        else:
            codes, held = column.tally(None)
            table = np.zeros(len(column.vocabulary), np.int64)
            table[codes] = held
            counts += table[values]
    return counts
