"""From what is published to what is published next. Nothing here is written anywhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from indexer.dataset.applying import changed
from indexer.dataset.catalog import altered, check_schema, empty_view, typed_among
from indexer.dataset.following import by_key_only, must_follow, overlaid_targets
from indexer.dataset.links import follow, linked, targets_of
from indexer.dataset.netting import Outcomes
from indexer.dataset.overlay import Overlay
from indexer.dataset.settling import settled
from indexer.dataset.view import DatasetView
from indexer.model.errors import DatasetExists, TooLarge
from indexer.model.ids import DatasetName, SequenceNo
from indexer.model.limits import IndexLimits
from indexer.model.record import Change, Upsert
from indexer.model.schema import FieldType, Schema
from indexer.published import Published


@dataclass(frozen=True)
class Next:
    """What comes after: the datasets that are other ones, and how many changes did what."""

    published: Published
    touched: tuple[DatasetName, ...]
    outcomes: Outcomes


def created(before: Published, schema: Schema, shard_bits: int, limits: IndexLimits) -> Next:
    """With an empty dataset. Raises: DatasetExists, BadSchema, TooLarge."""
    check_schema(schema, limits)
    schema = typed_among(schema, before.datasets)
    if schema.name in before.datasets:
        raise DatasetExists(f"there is a dataset {schema.name!r} already")
    if len(before.datasets) >= limits.datasets_max:
        raise TooLarge(f"at most {limits.datasets_max} datasets fit in one index")
    return followed(before, {schema.name: empty_view(schema, shard_bits)}, limits)


def with_schema(before: Published, schema: Schema, limits: IndexLimits) -> Next:
    """With another schema of more fields or links. Raises: UnknownDataset, BadSchema."""
    check_schema(schema, limits)
    schema = typed_among(schema, before.datasets)
    view = altered(before.view(schema.name), schema, limits)
    return followed(before, {schema.name: linked(view, before.views(), limits)}, limits)


def applied(
    before: Published,
    name: DatasetName,
    changes: Sequence[Change],
    *,
    now: datetime,
    limits: IndexLimits,
) -> Next:
    """With checked changes to one dataset. Raises: UnknownDataset, UnknownField, TooLarge."""
    if len(changes) > limits.changes_per_batch_max:
        raise TooLarge(f"send at most {limits.changes_per_batch_max:,} changes at a time")
    overlay = _with_key_type(before, name, changes, limits)
    overlays = {each: before.overlay(each) for each in before.datasets}
    by_key = by_key_only(overlay.base, overlays)
    targets = (
        overlaid_targets(overlay.base, {**overlays, name: overlay})
        if by_key
        else targets_of(overlay.base, before.views())
    )
    done = changed(overlay, changes, targets=targets, now=now, limits=limits)
    if not done.touched:
        return Next(before, (), done.outcomes)
    if by_key and not must_follow(overlay, done, overlays):
        later = _one_later(before.with_overlay(name, done.overlay))
        return Next(later, (name,), done.outcomes)
    # Records of other datasets point to somebody else now. Cost: as much as they are large.
    after = followed(before, {name: settled(done.overlay, limits)}, limits)
    return replace(after, outcomes=done.outcomes)


def views_for(before: Published, name: DatasetName) -> dict[DatasetName, DatasetView]:
    """Datasets in one view each: this one, and all others if any are linked."""
    if any(view.schema.links for view in before.datasets.values()):
        return before.views()
    here = {name: before.view(name)} if name in before.datasets else {}
    return {**before.datasets, **here}


def followed(
    before: Published, views: Mapping[DatasetName, DatasetView], limits: IndexLimits
) -> Next:
    """With these views, and with the datasets whose links they change."""
    known = before.views() if any(_linked(before, views)) else dict(before.datasets)
    others = {**views, **follow({**known, **views}, known, views, limits)}
    others |= _retyped(before, others)
    nothing = np.zeros(0, np.uint8)
    return Next(_one_later(before.with_views(others)), tuple(others), nothing)


def _retyped(
    before: Published, views: Mapping[DatasetName, DatasetView]
) -> dict[DatasetName, DatasetView]:
    """Datasets whose formulas are about others that have wider fields now. Raises: BadSchema."""
    held = before.datasets
    if all(name not in held or held[name].schema == view.schema for name, view in views.items()):
        return {}
    datasets = {**held, **views}
    found = {}
    for name, view in datasets.items():
        if all(field.stored for field in view.schema.fields):
            continue
        schema = typed_among(view.schema, datasets)
        if schema != view.schema:
            # What is not stored has no column that would have to change with it.
            whole = views[name] if name in views else before.view(name)
            found[name] = replace(whole, schema=schema)
    return found


def key_type_of(changes: Sequence[Change]) -> FieldType:
    """What the keys decide in a dataset that has none yet."""
    keys = [change.key for change in changes if isinstance(change, Upsert)]
    numbers = all(key is None or isinstance(key, int) for key in keys)
    return FieldType.INT if numbers else FieldType.KEYWORD


def _linked(before: Published, views: Mapping[DatasetName, DatasetView]) -> list[bool]:
    return [bool(view.schema.links) for view in (*before.datasets.values(), *views.values())]


def _one_later(after: Published) -> Published:
    return replace(after, sequence=SequenceNo(after.sequence + 1))


def _view_with_key_type(
    before: Published, name: DatasetName, type_: FieldType, limits: IndexLimits
) -> DatasetView:
    view = before.view(name)
    if view.schema.key_type is not None:
        return view
    return altered(view, replace(view.schema, key_type=type_), limits)


def _with_key_type(
    before: Published, name: DatasetName, changes: Sequence[Change], limits: IndexLimits
) -> Overlay:
    if before.base(name).schema.key_type is not None:
        return before.overlay(name)
    # It has no records yet, so there is nothing to settle.
    return Overlay.over(_view_with_key_type(before, name, key_type_of(changes), limits))
