"""The first of some records in key order."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from indexer.dataset.keys import KeyArray, Ordinals, key_array
from indexer.dataset.members import Members
from indexer.dataset.shard import Shard
from indexer.dataset.view import DatasetView
from indexer.encoding.bits import Mask
from indexer.model.ids import RecordKey

STRIDE = 65_536
"""Keys looked through at a time."""

FEW_MAX = 16_384
"""The keys of so few records are fetched and sorted; more are met soon on the way through all."""

Group = Members | Ordinals
"""Some records: as words, or as ascending ordinals."""


def by_key(view: DatasetView, group: Group, limit: int, after: RecordKey | None) -> Ordinals:
    """The first ``limit`` of the group in key order whose key is greater than ``after``.

    Cost: a sort of few keys, or one pass over all keys up to the page's end.
    """
    if len(group) <= FEW_MAX:
        return _among_few(view, group, limit, after)
    found: list[Ordinals] = [np.array([], np.int64)]
    held = _mask(view, group)
    for start in range(view.order.after(after), view.order.places, STRIDE):
        # A dead record may be among them, and is in no group.
        ordinals = view.order.between(start, start + STRIDE)
        inside = group.holds(ordinals) if isinstance(group, Members) else held[ordinals]
        found.append(ordinals[inside][:limit])
        limit -= len(found[-1])
        if not limit:
            break
    return np.concatenate(found)


def parts_of(view: DatasetView, group: Group) -> Iterator[tuple[Shard, Ordinals]]:
    """The offsets of the group in each shard that has some, both ascending."""
    if isinstance(group, Members):
        for shard in view.shards:
            offsets = group.offsets(shard.id)
            if len(offsets):
                yield shard, offsets
        return
    firsts = np.arange(len(view.shards) + 1) << view.shard_bits
    ends = np.searchsorted(group, firsts)
    for shard, low, high in zip(view.shards, ends, ends[1:], strict=False):
        if low < high:
            yield shard, view.offsets(group[low:high])


def keys_of(view: DatasetView, group: Group) -> KeyArray:
    """The keys of the group, by ordinal."""
    parts = [shard.keys.at(offsets) for shard, offsets in parts_of(view, group)]
    return np.concatenate(parts) if parts else key_array([], view.order.type)


def _among_few(view: DatasetView, group: Group, limit: int, after: RecordKey | None) -> Ordinals:
    ordinals = group.ordinals() if isinstance(group, Members) else group
    keys = keys_of(view, group)
    if after is not None:
        # A scalar of the array's own dtype: numpy takes a bare str for another type.
        bound: Any = np.array(after, keys.dtype)
        later = keys > bound
        keys, ordinals = keys[later], ordinals[later]
    return ordinals[np.argsort(keys, kind="stable")[:limit]]


def _mask(view: DatasetView, group: Group) -> Mask:
    if isinstance(group, Members):
        return np.zeros(0, np.bool_)
    held = np.zeros(len(view.shards) << view.shard_bits, np.bool_)
    held[group] = True
    return held
