"""A view without a trace of what no live record has: texts, numbers and keys of the dead.

A removed record's cells are null already. What is left of it are the texts that only it had, its
key, which stays at its offset, and the number from which a column counts.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from indexer.dataset.keys import KeyArray, Keys, Ordinals, key_array, keys_of
from indexer.dataset.shard import Shard
from indexer.dataset.view import DatasetView
from indexer.encoding.bits import mask_of
from indexer.encoding.cells import AnyColumn
from indexer.encoding.number import NumberColumn
from indexer.encoding.vocabulary import Vocabulary
from indexer.model.ids import FieldName, RecordKey
from indexer.model.schema import FieldType

_CODED = frozenset({FieldType.KEYWORD, FieldType.TEXT, FieldType.SET})


def cleansed(view: DatasetView) -> DatasetView:
    """The same records at the same ordinals, with the same codes; answers stay as they are.

    Cost: a pass over every column and the texts; another order of the keys only where the
    blanked ones can't be kept ascending.
    """
    vocabularies = {
        field.name: _of_the_living(view, field.name)
        if field.type in _CODED
        else view.vocabularies[field.name]
        for field in view.schema.columns
    }
    keys = _Blanking(view).all()
    shards = tuple(
        replace(
            shard,
            keys=mine,
            columns={
                name: _cleansed_column(column, vocabularies[name], view.vocabularies[name])
                for name, column in shard.columns.items()
            },
        )
        for shard, mine in zip(view.shards, keys, strict=True)
    )
    order = replace(view.order, shards=tuple(keys))
    if order.ranked is None and len(order.gone):
        order = order.checked()
    return replace(view, shards=shards, order=order, vocabularies=vocabularies)


def _of_the_living(view: DatasetView, field: FieldName) -> Vocabulary:
    vocabulary = view.vocabularies[field]
    dead = np.ones(len(vocabulary), np.bool_)
    for shard in view.shards:
        column: Any = shard.columns[field]
        codes, counts = column.tally(None)
        dead[codes[counts > 0]] = False
    return vocabulary.without(np.flatnonzero(dead).astype(np.int32))


def _cleansed_column(column: AnyColumn, fresh: Vocabulary, held: Vocabulary) -> AnyColumn:
    if isinstance(column, NumberColumn):
        if column.lanes.dtype.kind == "f":
            return column
        made = NumberColumn.of(column.all_cells())
        # The least number is where a column counts from, so it may be that of a dead record.
        return column if (made.base, made.unit) == (column.base, column.unit) else made
    return column if fresh is held else replace(column, vocabulary=fresh)


@dataclass
class _Blanking:
    """Gives the dead keys that tell nothing and, if keys ascend, still do.

    Each gets the key of the last live record before it, and how far it is from that one. That is
    never more than the key it had, so the next live one stays greater.
    """

    view: DatasetView
    last: RecordKey | None = None
    since: int = 0
    """Dead records that came after the last live one in the shards so far."""

    def all(self) -> list[Keys]:
        """Every shard's keys."""
        if self.view.order.ranked is not None:
            return [_plain(shard) for shard in self.view.shards]
        return [self._ascending(shard) for shard in self.view.shards]

    def _ascending(self, shard: Shard) -> Keys:
        keys, size = shard.keys, shard.size
        alive = mask_of(shard.live, size)
        living = np.where(alive, np.arange(size), -1)
        last_live = int(living.max(initial=-1))
        found = keys
        if len(shard.live) < size:
            dead = np.flatnonzero(~alive)
            found = self._blanked(keys, dead, np.maximum.accumulate(living)[dead])
        if last_live < 0:
            self.since += size
        else:
            (self.last,) = keys.at(np.array([last_live])).tolist()
            self.since = size - 1 - last_live
        return found

    def _blanked(self, keys: Keys, dead: Ordinals, before: Ordinals) -> Keys:
        """``before``: the live offset before each dead one, -1 for none in this shard."""
        inside = before >= 0
        ranks = np.where(inside, dead - before, dead + 1 + self.since)
        whole = keys.all().copy()
        if keys.type is FieldType.INT:
            # Sums wrap around like lanes do; a key that is no int64 is never the result.
            start = np.full(len(dead), self._first_int(), np.uint64)
            start[inside] = keys.at(before[inside]).view(np.uint64)
            whole[dead] = (start + ranks.astype(np.uint64)).view(np.int64)
        else:
            first = "" if self.last is None else str(self.last)
            starts = [first] * len(dead)
            texts = keys.at(before[inside]).tolist()
            for place, text in zip(np.flatnonzero(inside).tolist(), texts, strict=True):
                starts[place] = text
            whole[dead] = _marked(starts, ranks.tolist())
        return keys_of(whole)

    def _first_int(self) -> int:
        """What the dead at a shard's beginning count from, as an unsigned word."""
        start = self._before_all() if self.last is None else int(self.last)
        return start % 2**64

    def _before_all(self) -> int:
        dead = 0
        for shard in self.view.shards:
            if shard.live:
                first = shard.live.min()
                (key,) = shard.keys.at(np.array([first])).tolist()
                return int(key) - (dead + first) - 1
            dead += shard.size
        return -1


def _plain(shard: Shard) -> Keys:
    """Keys that are in no order: the dead get one that is there already, or nothing."""
    size = shard.size
    if len(shard.live) == size:
        return shard.keys
    dead = np.flatnonzero(~mask_of(shard.live, size))
    whole = shard.keys.all().copy()
    if shard.keys.type is FieldType.KEYWORD:
        whole[dead] = ""
    else:
        whole[dead] = whole[shard.live.min()] if shard.live else 0
    return keys_of(whole)


def _marked(starts: list[str], ranks: list[int]) -> KeyArray:
    marked = [f"{start}\x01{rank:08x}" for start, rank in zip(starts, ranks, strict=True)]
    return key_array(marked, FieldType.KEYWORD)
