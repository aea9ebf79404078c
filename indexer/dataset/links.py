"""Which dataset links to which, and what follows when one of them changes.

The first link of a dataset decides in which shard its records live, unless first links lead back
to it: in a circle everybody would move after everybody else, for ever.
"""

from collections.abc import Iterable, Mapping

import numpy as np

from indexer.dataset.keys import MISSING, Ordinals
from indexer.dataset.targets import find_by, is_alive, is_key
from indexer.dataset.view import DatasetView
from indexer.dataset.write import Doubt, Targets, relink
from indexer.encoding.bits import Mask
from indexer.model.ids import DatasetName
from indexer.model.limits import IndexLimits
from indexer.model.schema import Link

Datasets = Mapping[DatasetName, DatasetView]


def targets_of(view: DatasetView, datasets: Datasets) -> Targets:
    """How the links of this dataset are followed among these."""
    links = view.schema.links
    found = {}
    for link in links:
        target = datasets.get(link.to)
        found[link.name] = find_by(target, link.to_field) if target else _nobody
    return Targets(found, links[0].name if links and _leads_away(view, datasets) else None)


def linked(view: DatasetView, datasets: Datasets, limits: IndexLimits) -> DatasetView:
    """The dataset with every link followed that points to nobody yet."""
    datasets = {**datasets, view.schema.name: view}
    for link in view.schema.links:
        view = _relinked(view, link, datasets, _lost, limits)
    return view


def follow(
    datasets: Datasets, before: Datasets, changed: Iterable[DatasetName], limits: IndexLimits
) -> dict[DatasetName, DatasetView]:
    """The datasets that become other ones because ``changed`` are no longer what they were before.

    Records point to their targets again and move beside them; those that link to moved records
    follow. A dataset without a before is not believed: each record that links to it is looked at.
    """
    state = dict(datasets)
    waiting = list(changed)
    followed: set[DatasetName] = set()
    while waiting:
        target = waiting.pop()
        for name, view in list(state.items()):
            again = view
            for link in view.schema.links:
                if link.to == target:
                    again = _followed(again, link, state, before, limits)
            if again is not view:
                state[name] = again
                followed.add(name)
                if again.order is not view.order:
                    waiting.append(name)
    return {name: state[name] for name in followed}


def _followed(
    view: DatasetView, link: Link, datasets: Datasets, before: Datasets, limits: IndexLimits
) -> DatasetView:
    target, old = datasets[link.to], before.get(link.to)
    if old is None:
        return _relinked(view, link, datasets, _all, limits)
    if is_key(target, link.to_field):
        # A record keeps its key, so one that is alive is still the right one.
        if old.order is target.order:
            return view
        return _relinked(view, link, datasets, _lost, limits)
    if old.order is target.order and _same_column(link, old, target):
        return view
    return _relinked(view, link, datasets, _all, limits)


def _relinked(
    view: DatasetView,
    link: Link,
    datasets: Datasets,
    doubt: Doubt,
    limits: IndexLimits,
) -> DatasetView:
    target = datasets.get(link.to)
    if target is None or not view.records:
        return view
    targets = targets_of(view, datasets)
    return relink(view, link, targets, alive=is_alive(target), doubt=doubt, limits=limits)


def _leads_away(view: DatasetView, datasets: Datasets) -> bool:
    """Whether first links, followed from this dataset on, never come back to it."""
    passed: set[DatasetName] = set()
    at: DatasetView | None = view
    while at is not None and at.schema.links and at.schema.name not in passed:
        passed.add(at.schema.name)
        to = at.schema.links[0].to
        if to == view.schema.name:
            return False
        at = datasets.get(to)
    return True


def _same_column(link: Link, old: DatasetView, new: DatasetView) -> bool:
    assert link.to_field is not None, link
    if len(old.shards) != len(new.shards):
        return False
    return all(
        before.columns.get(link.to_field) is after.columns.get(link.to_field)
        for before, after in zip(old.shards, new.shards, strict=True)
    )


def _lost(_targets: Ordinals, alive: Mask) -> tuple[Ordinals, Ordinals]:
    # A record whose target died stays where it is and points to nobody, until somebody is found.
    offsets = np.flatnonzero(~alive)
    return offsets, np.full(len(offsets), MISSING, np.int64)


def _all(targets: Ordinals, _alive: Mask) -> tuple[Ordinals, Ordinals]:
    return np.arange(len(targets)), targets


def _nobody(values: np.ndarray) -> Ordinals:
    return np.full(len(values), MISSING, np.int64)
