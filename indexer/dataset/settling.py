"""A view made anew with what changed since, and the changes that came meanwhile put over it."""

from dataclasses import replace
from typing import Any

import numpy as np

from indexer.dataset.draft import with_places
from indexer.dataset.key_page import keys_of
from indexer.dataset.keys import KeyArray, Ordinals, key_array
from indexer.dataset.overlay import GONE, Overlay
from indexer.dataset.shard import Shard
from indexer.dataset.states import States
from indexer.dataset.view import DatasetView
from indexer.encoding.bits import bitmap_of
from indexer.model.limits import IndexLimits
from indexer.model.schema import FieldType


def settled(overlay: Overlay, limits: IndexLimits) -> DatasetView:
    """The base with every change: the same records at the same ordinals, and no overlay.

    Columns in which nothing changed stay the objects they are. Cost: a copy of every other column.
    """
    base = overlay.base
    view = replace(base, next_key=overlay.next_key, updated_at=overlay.updated_at)
    if not len(overlay.ordinals):
        return view
    states, ordinals = overlay.states, overlay.ordinals
    born = _born(overlay)
    alive = states != GONE
    fresh = np.isin(ordinals, born.ordinals, assume_unique=True)
    removed = ordinals[~alive & ~fresh]
    shards = with_places(base, base.shards, overlay.homes, born.keys, born.ordinals, limits)
    owners = ordinals >> base.shard_bits
    for owner in np.flatnonzero(np.bincount(owners)).tolist():
        first, last = np.searchsorted(owners, (owner, owner + 1)).tolist()
        mine = slice(first, last)
        offsets = base.offsets(ordinals[mine])
        shards[owner] = _with_states(
            shards[owner], offsets[alive[mine]], states[mine][alive[mine]], overlay.after
        )
        gone = offsets[~alive[mine]]
        if len(gone):
            shards[owner] = shards[owner].removed(gone)
    order = base.order
    if len(removed):
        order = order.removed(keys_of(base, removed), removed)
    lives = overlay.states_of(born.ordinals) != GONE
    if order.ranked is None and not lives.all():
        order = replace(order, gone=order.gone | bitmap_of(born.ordinals[~lives]))
    order = order.added([shard.keys for shard in shards], born.keys[lives], born.ordinals[lives])
    return replace(view, shards=tuple(shards), order=order)


def rebased(overlay: Overlay, then: Overlay, base: DatasetView) -> Overlay:
    """What changed after ``then``, an earlier state of the overlay, over ``base``, which is it
    settled.
    """
    first = len(then.after)
    was = then.states_of(overlay.ordinals)
    later = np.where(overlay.states == GONE, was != GONE, overlay.states >= first)
    ordinals = overlay.ordinals[later]
    states = overlay.states[later]
    fresh = overlay.created
    new = base.without_place(fresh.ordinals)
    return replace(
        overlay,
        base=base,
        before=overlay.before.since(len(then.before)),
        after=overlay.after.since(first),
        ordinals=ordinals,
        states=np.where(states == GONE, GONE, states - first),
        created=replace(fresh, keys=fresh.keys[new], ordinals=fresh.ordinals[new]),
    )


class _Born:
    """The records that the base does not have, dead ones too: keys by ascending ordinal."""

    def __init__(self, keys: KeyArray, ordinals: Ordinals) -> None:
        self.keys = keys
        self.ordinals = ordinals


def _born(overlay: Overlay) -> _Born:
    after, base = overlay.after, overlay.base
    if not len(after):
        return _Born(key_array([], base.schema.key_type or FieldType.INT), after.ordinals)
    numbers = np.flatnonzero(base.without_place(after.ordinals))
    # A record keeps its key, so any of its states will do.
    ordinals, first = np.unique(after.ordinals[numbers], return_index=True)
    return _Born(after.keys[numbers[first]], ordinals)


def _with_states(shard: Shard, offsets: Ordinals, numbers: Ordinals, states: States) -> Shard:
    if not len(offsets):
        return shard
    batch = states.batch(numbers)
    columns = dict(shard.columns)
    for name, cells in batch.cells.items():
        column: Any = columns[name]
        wanted = np.flatnonzero(column.differs(offsets, cells))
        if len(wanted):
            columns[name] = column.updated(offsets[wanted], cells.pick(wanted))
    shard = replace(shard, columns=columns)
    for link, targets in batch.targets.items():
        if (shard.targets[link][offsets] != targets).any():
            shard = shard.pointed(link, offsets, targets)
    return shard
