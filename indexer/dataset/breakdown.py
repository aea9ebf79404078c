"""How some records spread over a field: its most frequent values, or bins of equal width."""

from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np

from indexer.dataset.members import Members
from indexer.dataset.pages import by_key
from indexer.dataset.reading import Reading
from indexer.dataset.tally import Spread, most_frequent, spread_of
from indexer.dataset.view import DatasetView
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
    view: DatasetView,
    field: FieldName,
    members: Members,
    reading: Reading,
    *,
    limit: int,
    bins: int | None,
) -> tuple[Items, int, int]:
    """Items, nulls and others, as ``indexer.api.Index.breakdown`` says. Raises as it does."""
    stored = view.known_field(field)
    if bins is not None and not 1 <= bins <= BINS_MAX:
        raise BadShape(f"ask for 1 to {BINS_MAX:,} bins")
    described = view.schema.field(field)
    assert described is not None, "its name is known"
    if bins is not None and described.type in BINNED:
        spread = _numbers(view, stored, members, reading)
        items = binned(spread, bins)
        return items, spread.null, int(spread.counts.sum()) - sum(item.count for item in items)
    if stored == KEY_FIELD:
        found = by_key(view, members, limit, None)
        values = tuple(ValueCount(record.key, 1) for record in view.read(found, []))
        return values, 0, len(members) - len(values)
    spread = spread_of(view, stored, members, reading)
    top = most_frequent(view, stored, spread.values, spread.counts, limit)
    return top, spread.null, int(spread.counts.sum()) - sum(item.count for item in top)


def binned(spread: Spread, bins: int) -> tuple[BinCount, ...]:
    """At most ``bins`` bins of equal width over the finite values."""
    finite = np.isfinite(spread.values)
    values, counts = spread.values[finite], spread.counts[finite]
    if not len(values):
        return ()
    edges = _edges(values.min().item(), values.max().item(), bins)
    if len(edges) == 1:
        return (BinCount(edges[0], edges[0], int(counts.sum())),)
    owners = np.searchsorted(np.array(edges[1:-1], values.dtype), values, "right")
    sums = np.zeros(len(edges) - 1, np.int64)
    np.add.at(sums, owners, counts)
    return tuple(
        BinCount(low, high, int(count))
        for (low, high), count in zip(pairwise(edges), sums, strict=True)
    )


def _edges(low: Any, high: Any, bins: int) -> list[Any]:
    """From ``low`` to ``high``, ascending, without repeats."""
    first, width = Fraction(low), Fraction(high) - Fraction(low)
    exact = [first + width * place / bins for place in range(bins + 1)]
    if isinstance(low, float):
        return sorted({float(edge) for edge in exact})
    return sorted({-((-edge).__floor__()) for edge in exact})


def _numbers(view: DatasetView, field: FieldName, members: Members, reading: Reading) -> Spread:
    if field != KEY_FIELD:
        return spread_of(view, field, members, reading)
    parts = [shard.keys[members.offsets(shard.id)] for shard in view.shards]
    keys = np.concatenate(parts) if parts else np.array([], np.int64)
    return Spread(keys, np.ones(len(keys), np.int64), 0)
