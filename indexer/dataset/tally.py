"""How often each value of a field occurs, exactly."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from indexer.dataset.members import Members
from indexer.dataset.pages import by_key
from indexer.dataset.reading import Reading
from indexer.dataset.view import DatasetView
from indexer.encoding.coded import FlagColumn
from indexer.encoding.number import NumberColumn
from indexer.model.ids import KEY_FIELD, FieldName
from indexer.model.record import Scalar, ValueCount

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Spread:
    """Distinct values (codes, for coded families), how often each occurs, and the nulls."""

    values: npt.NDArray[Any]
    counts: Counts
    null: int


def top_values(
    view: DatasetView,
    field: FieldName,
    members: Members,
    reading: Reading,
    *,
    prefix: str,
    limit: int,
) -> tuple[tuple[ValueCount, ...], int]:
    """The ``limit`` most frequent values that start with ``prefix``, and the nulls.

    Among the members; ties by value. Cost: one pass over the field, then one Python step per
    distinct value where a prefix is given. Raises: UnknownField.
    """
    stored = view.known_field(field)
    if stored == KEY_FIELD:
        return _top_keys(view, members, prefix, limit), 0
    spread = spread_of(view, stored, members, reading)
    values, counts = spread.values, spread.counts
    if prefix:
        wanted = prefix.casefold()
        texts = told(view, stored, values)
        kept = [
            place for place, text in enumerate(texts) if str(text).casefold().startswith(wanted)
        ]
        values, counts = values[kept], counts[kept]
    return most_frequent(view, stored, values, counts, limit), spread.null


def spread_of(view: DatasetView, field: FieldName, members: Members, reading: Reading) -> Spread:
    """Each value of a stored field among the members. Stored counts serve where all are in."""
    parts = []
    null = 0
    for shard in view.shards:
        column, size = shard.columns[field], members.of_shard(shard.id)
        if size == len(shard.live):
            values, counts = column.tally(None)
            filled = len(column.filled)
        elif size:
            values, counts, filled = reading.tally(column, members.words[shard.id])
        else:
            continue
        parts.append((values, counts))
        null += size - filled
    if not parts:
        return Spread(np.array([], np.int64), np.array([], np.int64), null)
    return Spread(*_merged(parts), null)


def distinct_count(view: DatasetView, field: FieldName) -> int:
    """How many values (members, for a set) occur among the live records."""
    if field == KEY_FIELD:
        return view.records
    parts = [shard.columns[field].tally(None)[0] for shard in view.shards]
    if len(parts) <= 1:
        return len(parts[0]) if parts else 0
    return len(np.unique(np.concatenate(parts)))


def told(view: DatasetView, field: FieldName, values: Any) -> list[Scalar]:
    """The values in stored form."""
    column = view.shards[0].columns[field] if view.shards else None
    if column is None or isinstance(column, NumberColumn):
        return list(values.tolist())
    if isinstance(column, FlagColumn):
        return [bool(code) for code in values.tolist()]
    return [column.vocabulary.text(code) for code in values.tolist()]


def most_frequent(
    view: DatasetView, field: FieldName, values: Any, counts: Counts, limit: int
) -> tuple[ValueCount, ...]:
    """The ``limit`` values with the greatest counts, ties by value."""
    if len(counts) > limit > 0:
        least = np.partition(counts, len(counts) - limit)[len(counts) - limit]
        candidates = np.flatnonzero(counts >= least)
        values, counts = values[candidates], counts[candidates]
    pairs = list(zip(told(view, field, values), counts.tolist(), strict=True))
    pairs.sort(key=lambda pair: (-pair[1], pair[0]))
    return tuple(ValueCount(*pair) for pair in pairs[:limit])


def _merged(parts: list[tuple[Any, Counts]]) -> tuple[Any, Counts]:
    values, owners = np.unique(np.concatenate([part[0] for part in parts]), return_inverse=True)
    counts = np.zeros(len(values), np.int64)
    np.add.at(counts, owners, np.concatenate([part[1] for part in parts]))
    return values, counts


def _top_keys(
    view: DatasetView, members: Members, prefix: str, limit: int
) -> tuple[ValueCount, ...]:
    ordinals = by_key(view, members, view.records if prefix else limit, None)
    keys = [record.key for record in view.read(ordinals, [])]
    wanted = prefix.casefold()
    kept = [key for key in keys if str(key).casefold().startswith(wanted)]
    return tuple(ValueCount(key, 1) for key in kept[:limit])
