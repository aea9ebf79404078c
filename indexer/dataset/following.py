"""Links among datasets some of which have changes over them."""

from collections.abc import Mapping

import numpy as np

from indexer.dataset.applying import Changed
from indexer.dataset.keys import MISSING, KeyArray
from indexer.dataset.links import targets_of
from indexer.dataset.overlay import Overlay
from indexer.dataset.targets import is_alive, is_key, of_type
from indexer.dataset.view import DatasetView
from indexer.dataset.write import Targets, link_values
from indexer.encoding.bits import mask_of
from indexer.encoding.cells import AnyCells
from indexer.model.ids import KEY_FIELD, DatasetName
from indexer.model.schema import Link

Overlays = Mapping[DatasetName, Overlay]


def overlaid_targets(view: DatasetView, overlays: Overlays) -> Targets:
    """How the links of this dataset are followed among these, all of them to keys."""
    bases = {name: overlay.base for name, overlay in overlays.items()}
    plain = targets_of(view, bases)
    found = dict(plain.find)
    for link in view.schema.links:
        target = overlays.get(link.to)
        if target is not None:
            found[link.name] = of_type(target.base.order.type, target.find)
    return Targets(found, plain.placing)


def by_key_only(view: DatasetView, overlays: Overlays) -> bool:
    """Whether every link of the dataset, and every one to it, is to keys."""
    name = view.schema.name
    links = [(view, link) for link in view.schema.links]
    links += [
        (overlay.base, link)
        for overlay in overlays.values()
        for link in overlay.schema.links
        if link.to == name
    ]
    for _, link in links:
        target = (
            view if link.to == name else overlays[link.to].base if link.to in overlays else None
        )
        if target is not None and not is_key(target, link.to_field):
            return False
    return True


def must_follow(before: Overlay, done: Changed, overlays: Overlays) -> bool:
    """Whether records of other datasets point to somebody else after these changes.

    That is so only when a record got an ordinal for whose key somebody has been waiting, or whose
    key had another record before. Cost: none without new records; else one pass over the links to
    them.
    """
    if not len(done.newcomers):
        return False
    name = before.schema.name
    # Records may have come that link to those that came with them.
    followers = [
        each for each in {**overlays, name: done.overlay}.values() if _links_to(each, name)
    ]
    if not followers:
        return False
    if (before.base.order.find(done.newcomers) != MISSING).any():
        return True
    if _meet(before.after.keys, done.newcomers):
        return True
    return any(
        _waits(follower, link, before, done.newcomers)
        for follower in followers
        for link in follower.schema.links
        if link.to == name
    )


def _links_to(overlay: Overlay, name: DatasetName) -> bool:
    return any(link.to == name for link in overlay.schema.links)


def _waits(follower: Overlay, link: Link, target: Overlay, keys: KeyArray) -> bool:
    """Whether some record names one of these keys and points to nobody."""
    alive = is_alive(target.base)
    for shard in follower.base.shards:
        loose = ~alive(shard.targets[link.name]) & mask_of(shard.live, shard.size)
        offsets = np.flatnonzero(loose)
        if not len(offsets):
            continue
        field = follower.base.known_field(link.field)
        if field == KEY_FIELD:
            values = shard.keys.at(offsets)
        else:
            values = _values(follower.base, link, shard.columns[field].cells(offsets))
        if _meet(values, keys):
            return True
    loose_states = np.flatnonzero(follower.after.targets(link.name) == MISSING)
    if not len(loose_states):
        return False
    if follower.base.known_field(link.field) == KEY_FIELD:
        return _meet(follower.after.keys[loose_states], keys)
    cells = follower.after.cells(follower.base.known_field(link.field), loose_states)
    return _meet(_values(follower.base, link, cells), keys)


def _values(view: DatasetView, link: Link, cells: AnyCells) -> KeyArray:
    values, filled = link_values(view, view.known_field(link.field), cells)
    return values[filled]


def _meet(values: KeyArray, keys: KeyArray) -> bool:
    if values.dtype.kind != keys.dtype.kind:
        return False
    if keys.dtype.kind == "i":
        return bool(np.isin(keys, values).any())
    # numpy looks at texts up to their first NUL only.
    return not set(keys.tolist()).isdisjoint(values.tolist())
