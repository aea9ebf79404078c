"""How often each value of a field occurs, exactly."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from indexer.dataset.view import DatasetView
from indexer.encoding.bits import offsets_of
from indexer.encoding.coded import FlagColumn
from indexer.encoding.number import NumberColumn
from indexer.model.ids import KEY_FIELD, FieldName
from indexer.model.record import Scalar, ValueCount
from indexer.plan.program import Program

Counts = npt.NDArray[np.int64]


def top_values(
    view: DatasetView, field: FieldName, program: Program, *, prefix: str, limit: int
) -> tuple[tuple[ValueCount, ...], int]:
    """The ``limit`` most frequent values that start with ``prefix``, and the nulls.

    Among the program's records; ties by value. Cost: the program, one pass over the field, then one
    Python step per distinct value where a prefix is given. Raises: UnknownField.
    """
    stored = view.known_field(field)
    if stored == KEY_FIELD:
        return _top_keys(view, program, prefix, limit), 0
    members = view.members(program)
    values, counts = _merged(view, stored, members)
    texts = _texts(view, stored, values)
    if prefix:
        wanted = prefix.casefold()
        kept = [
            place for place, text in enumerate(texts) if str(text).casefold().startswith(wanted)
        ]
        values, counts = values[kept], counts[kept]
        texts = [texts[place] for place in kept]
    order = _most_frequent(texts, counts, limit)
    return tuple(ValueCount(texts[place], int(counts[place])) for place in order), _nulls(
        view, stored, members
    )


def distinct_count(view: DatasetView, field: FieldName) -> int:
    """How many values (members, for a set) occur among the live records."""
    if field == KEY_FIELD:
        return view.records
    parts = [shard.columns[field].tally(None)[0] for shard in view.shards]
    if len(parts) <= 1:
        return len(parts[0]) if parts else 0
    return len(np.unique(np.concatenate(parts)))


def _nulls(view: DatasetView, field: FieldName, members: dict[int, BitMap]) -> int:
    return sum(
        members[shard.id].difference_cardinality(shard.columns[field].filled)
        for shard in view.shards
    )


def _merged(view: DatasetView, field: FieldName, members: dict[int, BitMap]) -> tuple[Any, Counts]:
    parts = [
        shard.columns[field].tally(
            None if members[shard.id] == shard.live else offsets_of(members[shard.id])
        )
        for shard in view.shards
    ]
    if not parts:
        return np.array([], np.int64), np.array([], np.int64)
    values, owners = np.unique(np.concatenate([part[0] for part in parts]), return_inverse=True)
    counts = np.zeros(len(values), np.int64)
    np.add.at(counts, owners, np.concatenate([part[1] for part in parts]))
    return values, counts


def _texts(view: DatasetView, field: FieldName, values: Any) -> list[Scalar]:
    column = view.shards[0].columns[field] if view.shards else None
    if column is None or isinstance(column, NumberColumn):
        return list(values.tolist())
    if isinstance(column, FlagColumn):
        return [bool(code) for code in values.tolist()]
    return [column.vocabulary.text(code) for code in values.tolist()]


def _most_frequent(values: Sequence[Scalar], counts: Counts, limit: int) -> list[int]:
    if len(counts) > limit > 0:
        least = np.partition(counts, len(counts) - limit)[len(counts) - limit]
        candidates = np.flatnonzero(counts >= least).tolist()
    else:
        candidates = list(range(len(counts)))
    candidates.sort(key=lambda place: (-int(counts[place]), values[place]))
    return candidates[:limit]


def _top_keys(
    view: DatasetView, program: Program, prefix: str, limit: int
) -> tuple[ValueCount, ...]:
    ordinals, _ = view.page(program, view.records if prefix else limit, None)
    keys = [record.key for record in view.read(ordinals, [])]
    wanted = prefix.casefold()
    kept = [key for key in keys if str(key).casefold().startswith(wanted)]
    return tuple(ValueCount(key, 1) for key in kept[:limit])
