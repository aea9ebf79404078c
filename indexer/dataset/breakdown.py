"""How some records spread over a field: its most frequent values, or bins of equal width."""

from fractions import Fraction
from itertools import pairwise
from math import ceil
from typing import Any

import numpy as np

from indexer.dataset.key_page import keys_of, parts_of
from indexer.dataset.merging import page
from indexer.dataset.parts import Part, Parts, any_view, size_of
from indexer.dataset.reading import Reading
from indexer.dataset.tally import most_frequent, spread_of
from indexer.encoding.column import Array
from indexer.model.errors import BadShape
from indexer.model.ids import KEY_FIELD, FieldName
from indexer.model.limits import BINS_MAX
from indexer.model.record import BinCount, ValueCount
from indexer.model.schema import FieldType

BINNED = (
    FieldType.INT, FieldType.DECIMAL, FieldType.FLOAT, FieldType.DATE, FieldType.TIMESTAMP,
)  # fmt: skip
"""Types that can be told in bins."""

Items = tuple[ValueCount, ...] | tuple[BinCount, ...]


def breakdown(
    parts: Parts, field: FieldName, reading: Reading, *, limit: int, bins: int | None
) -> tuple[Items, int, int]:
    """Items, nulls and others, as ``indexer.api.Index.breakdown`` says. Raises as it does."""
    view, size = any_view(parts), size_of(parts)
    stored = view.known_field(field)
    if bins is not None and not 1 <= bins <= BINS_MAX:
        raise BadShape(f"ask for 1 to {BINS_MAX:,} bins")
    described = view.schema.field(field)
    assert described is not None, "its name is known"
    if bins is not None and described.type in BINNED:
        numbers = [each for part in parts for each in _numbers(part, stored)]
        items = _binned(numbers, bins, reading)
        filled = sum(map(len, numbers))
        return items, size - filled, filled - sum(item.count for item in items)
    if stored == KEY_FIELD:
        found, _ = page(parts, fields=(), limit=limit, after=None, order=())
        values = tuple(ValueCount(record.key, 1) for record in found)
        return values, 0, size - len(values)
    spread = spread_of(parts, stored, reading)
    top = most_frequent(view, stored, spread.values, spread.counts, limit)
    return top, spread.null, int(spread.counts.sum()) - sum(item.count for item in top)


def _binned(parts: list[Array], bins: int, reading: Reading) -> tuple[BinCount, ...]:
    """At most ``bins`` bins of equal width over the finite numbers."""
    parts = [finite for part in parts if len(finite := _finite(part))]
    if not parts:
        return ()
    low = min(part.min().item() for part in parts)
    edges = _edges(low, max(part.max().item() for part in parts), bins)
    if len(edges) == 1:
        return (BinCount(low, low, sum(map(len, parts))),)
    kind = np.float64 if isinstance(low, float) else np.int64
    counts = np.zeros(len(edges) - 1, np.int64)
    for part in parts:
        counts += reading.binned(part.astype(kind, copy=False), np.array(edges, kind))
    return tuple(
        BinCount(low, high, count)
        for (low, high), count in zip(pairwise(edges), counts.tolist(), strict=True)
    )


def _edges(low: Any, high: Any, bins: int) -> list[Any]:
    """From ``low`` to ``high``, ascending, without repeats."""
    first, width = Fraction(low), Fraction(high) - Fraction(low)
    exact = [first + width * place / bins for place in range(bins + 1)]
    return sorted({float(edge) if isinstance(low, float) else ceil(edge) for edge in exact})


def _finite(numbers: Array) -> Array:
    return numbers[np.isfinite(numbers)] if numbers.dtype.kind == "f" else numbers


def _numbers(part: Part, field: FieldName) -> list[Array]:
    """The members' numbers, shard by shard."""
    if field == KEY_FIELD:
        return [keys_of(part.view, part.members)]
    cells: list[Any] = [
        shard.columns[field].cells(offsets) for shard, offsets in parts_of(part.view, part.members)
    ]
    return [each.numbers[each.filled] for each in cells]
