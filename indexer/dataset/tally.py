"""How often each value of a field occurs, exactly: the most frequent ones, and how many there are.

Stored forms and codes in, values in stored form out.
"""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indexer.dataset.members import Members
from indexer.dataset.merging import page
from indexer.dataset.parts import Part, Parts, any_view
from indexer.dataset.reading import Counts, Reading, Spread, merged
from indexer.dataset.view import DatasetView
from indexer.encoding.bits import Mask, words_of_mask
from indexer.encoding.coded import FlagColumn
from indexer.encoding.column import Array
from indexer.encoding.number import NumberColumn
from indexer.encoding.text_match import matching_raw
from indexer.encoding.text_order import first_of
from indexer.model.ids import KEY_FIELD, FieldName
from indexer.model.record import Scalar, ValueCount
from indexer.plan.fold import folded
from indexer.plan.nodes import TextMatch


def top_values(
    parts: Parts, field: FieldName, reading: Reading, *, prefix: str, limit: int
) -> tuple[tuple[ValueCount, ...], int]:
    """The ``limit`` most frequent values that start with ``prefix``, and the nulls.

    Among the members; ties by value. Cost: one pass over the field, and one over its distinct
    values where a prefix is given. Raises: UnknownField.
    """
    view = any_view(parts)
    stored = view.known_field(field)
    if stored == KEY_FIELD:
        return _top_keys(parts, prefix, limit), 0
    spread = spread_of(parts, stored, reading)
    values, counts = spread.values, spread.counts
    if prefix and len(values):
        held = _starting(view, stored, values, prefix)
        values, counts = values[held], counts[held]
    return most_frequent(view, stored, values, counts, limit), spread.null


def spread_of(parts: Parts, field: FieldName, reading: Reading) -> Spread:
    """How often each value of a stored field occurs among the records."""
    spreads = [reading.spread(part.view, field, part.members) for part in parts]
    if len(spreads) == 1:
        return spreads[0]
    pairs = [(spread.values, spread.counts) for spread in spreads if len(spread.values)]
    return Spread(*merged(pairs), sum(spread.null for spread in spreads))


def most_frequent(
    view: DatasetView, field: FieldName, values: Array, counts: Counts, limit: int
) -> tuple[ValueCount, ...]:
    """The ``limit`` values with the greatest counts, ties by value."""
    if not limit:
        return ()
    if len(counts) > limit:
        least = np.partition(counts, len(counts) - limit)[len(counts) - limit]
        above = np.flatnonzero(counts > least)
        ties = _first(view, field, values, np.flatnonzero(counts == least), limit - len(above))
        kept = np.concatenate((above, ties))
        values, counts = values[kept], counts[kept]
    pairs = list(zip(_told(view, field, values), counts.tolist(), strict=True))
    pairs.sort(key=lambda pair: (-pair[1], pair[0]))
    return tuple(ValueCount(*pair) for pair in pairs[:limit])


def distinct_count(view: DatasetView, field: FieldName) -> int:
    """How many values (members, for a set) occur among the live records."""
    if field == KEY_FIELD:
        return view.records
    parts = [shard.columns[field].tally(None)[0] for shard in view.shards]
    if len(parts) <= 1:
        return len(parts[0]) if parts else 0
    return len(np.unique(np.concatenate(parts)))


def _first(view: DatasetView, field: FieldName, values: Array, places: Any, limit: int) -> Any:
    """Those of the places whose values are the first ones, in no order."""
    column = view.shards[0].columns[field]
    if isinstance(column, NumberColumn):
        order = np.argpartition(values[places], limit - 1) if len(places) > limit else slice(None)
        return places[order][:limit]
    wanted = first_of(view.vocabularies[field].texts, values[places], limit)
    return places[np.isin(values[places], wanted)]


def _told(view: DatasetView, field: FieldName, values: Array) -> list[Scalar]:
    """The values in stored form."""
    column = view.shards[0].columns[field] if view.shards else None
    if column is None or isinstance(column, NumberColumn):
        return list(values.tolist())
    if isinstance(column, FlagColumn):
        return [bool(code) for code in values.tolist()]
    return column.vocabulary.texts_of(values)


def _starting(view: DatasetView, field: FieldName, values: Array, prefix: str) -> Mask:
    """Which of the values start with the prefix, as people read them."""
    column = view.shards[0].columns[field]
    lookup = TextMatch(field, "starts_with", (folded(prefix),), fold=True)
    if not isinstance(column, NumberColumn):
        return column.vocabulary.matching_table(lookup)[values]
    if values.dtype.kind == "f":
        texts = pa.array([str(value) for value in values.tolist()], pa.large_string())
    else:
        texts = pc.cast(pa.array(values), pa.large_string())
    return matching_raw(texts, lookup)


def _top_keys(parts: Parts, prefix: str, limit: int) -> tuple[ValueCount, ...]:
    if prefix:
        parts = tuple(Part(part.view, _starting_keys(part, prefix)) for part in parts)
    records, _ = page(parts, fields=(), limit=limit, after=None, order=())
    return tuple(ValueCount(record.key, 1) for record in records)


def _starting_keys(part: Part, prefix: str) -> Members:
    lookup = TextMatch(KEY_FIELD, "starts_with", (folded(prefix),), fold=True)
    words = part.members.words.copy()
    for shard in part.view.shards:
        found = matching_raw(shard.key_texts, lookup)
        words[shard.id] &= words_of_mask(found, words.shape[1])
    return Members(words, part.members.shard_bits)
