"""Per-field figures of a dataset, remembered while its columns stay the same objects."""

from typing import Any

from indexer.api import FieldStats
from indexer.dataset.tally import distinct_count
from indexer.dataset.view import DatasetView
from indexer.model.ids import DatasetName, FieldName


class Figures:
    """Fill and distinct counts. Safe to share between reader threads: a lost race only
    computes a figure twice. Holds one entry per dataset and field.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[DatasetName, FieldName], tuple[tuple[Any, ...], FieldStats]] = {}

    def of(self, view: DatasetView) -> dict[FieldName, FieldStats]:
        """Every field's figures, the key column's included if it is declared."""
        return {
            field.name: (
                FieldStats(view.records, view.records)
                if field.name == view.schema.key
                else self._column(view, field.name)
            )
            for field in view.schema.fields
        }

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
