"""What a load changed, so that it can be put back: the states of its records before and after.

Created records are known by their keys. Of changed ones both states are kept, in the fields that
changed; of removed ones the state before. Putting back goes by values: a field that no longer
holds what the load put there belongs to somebody else by now, and stays.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa

from indexer.dataset.draft import Draft
from indexer.dataset.keys import MISSING, KeyArray, Ordinals, key_array
from indexer.dataset.rows import Rows
from indexer.dataset.view import DatasetView
from indexer.dataset.write import Targets, Written, put, take_out
from indexer.encoding.arrays import array_of
from indexer.encoding.bits import Mask
from indexer.encoding.cells import AnyCells, cells_of_arrow, joined_cells
from indexer.model.errors import CannotRollBack
from indexer.model.ids import KEY_FIELD, FieldName
from indexer.model.limits import BATCH_ROWS_MAX, IndexLimits
from indexer.model.schema import Field, Schema

BEFORE, AFTER = "before:", "after:"
"""What a field's name in a batch begins with."""

Batches = Iterable[pa.RecordBatch]


@dataclass(frozen=True)
class Undo:
    """What a load did, batch by batch, each made as it is taken: ``_key`` and fields.

    ``created`` has keys only; ``changed`` has both states of the fields that changed in any of
    its records; ``removed`` has the state before, whole. ``schema`` is the dataset's after it.
    """

    schema: Schema
    created: Batches
    changed: Batches
    removed: Batches


def undo_of(before: DatasetView, after: DatasetView, keys: KeyArray) -> Undo:
    """What became of the records of these distinct keys. Both views have one schema.

    Cost: finding the keys; then a pass over the fields of those that are there in both views.
    """
    held, holds = before.order.find(keys), after.order.find(keys)
    was, now = held != MISSING, holds != MISSING
    both = np.flatnonzero(was & now)
    return Undo(
        schema=after.schema,
        created=_keys_only(keys[now & ~was]),
        changed=_changed(before, after, keys[both], held[both], holds[both]),
        removed=_whole(before, keys[was & ~now], held[was & ~now]),
    )


def put_back(
    view: DatasetView, undo: Undo, *, targets: Targets, now: datetime, limits: IndexLimits
) -> Written:
    """The dataset without what the load did, as far as it still holds.

    Created records go, changed fields that still hold the load's value and records that are still
    gone come back: they count as deleted, updated and created. All else counts as unchanged.
    Raises: CannotRollBack when a field has another type by now.
    """
    _check_types(view, undo)
    done = Written(view)
    for batch in undo.created:
        done = _sum(done, take_out(done.view, _keys_of(view, batch), now=now, limits=limits))
    for batch in undo.changed:
        rows = _still_held(done.view, batch, limits)
        written = put(done.view, rows, targets=targets, now=now, limits=limits)
        others = batch.num_rows - len(rows)
        done = _sum(done, replace(written, unchanged=written.unchanged + others))
    for batch in undo.removed:
        rows = _still_gone(done.view, batch)
        written = put(done.view, rows, targets=targets, now=now, limits=limits)
        others = batch.num_rows - len(rows)
        done = _sum(done, replace(written, unchanged=written.unchanged + others))
    return done


def _check_types(view: DatasetView, undo: Undo) -> None:
    for field in undo.schema.given:
        now = view.schema.field(field.name)
        if now is None or (now.type, now.scale) != (field.type, field.scale):
            raise CannotRollBack(f"field {field.name!r} has got another type since that import")


def _keys_only(keys: KeyArray) -> Iterator[pa.RecordBatch]:
    for part in _parts(len(keys)):
        yield pa.record_batch([_arrow_keys(keys[part])], [KEY_FIELD])


def _changed(
    before: DatasetView, after: DatasetView, keys: KeyArray, held: Ordinals, holds: Ordinals
) -> Iterator[pa.RecordBatch]:
    fields = _touched(before, after)
    for part in _parts(len(keys)):
        differs = {
            field.name: _differs(before, after, field.name, held[part], holds[part])
            for field in fields
        }
        places = np.flatnonzero(
            np.any([*differs.values(), np.zeros(len(keys[part]), bool)], axis=0)
        )
        if not len(places):
            continue
        arrays, names = [_arrow_keys(keys[part][places])], [str(KEY_FIELD)]
        for field in fields:
            if differs[field.name].any():
                for side, view, ordinals in ((BEFORE, before, held), (AFTER, after, holds)):
                    arrays.append(_array(view, field, ordinals[part][places]))
                    names.append(side + field.name)
        yield pa.record_batch(arrays, names)


def _whole(view: DatasetView, keys: KeyArray, ordinals: Ordinals) -> Iterator[pa.RecordBatch]:
    fields = view.schema.given
    names = [KEY_FIELD, *(BEFORE + field.name for field in fields)]
    for part in _parts(len(keys)):
        arrays = [_array(view, field, ordinals[part]) for field in fields]
        yield pa.record_batch([_arrow_keys(keys[part]), *arrays], names)


def _touched(before: DatasetView, after: DatasetView) -> list[Field]:
    """Fields with a column that is not the same object in both views."""
    pairs = list(zip(before.shards, after.shards, strict=False))
    return [
        field
        for field in after.schema.given
        if any(old.columns[field.name] is not new.columns[field.name] for old, new in pairs)
        or len(before.shards) != len(after.shards)
    ]


def _differs(
    before: DatasetView, after: DatasetView, field: FieldName, held: Ordinals, holds: Ordinals
) -> Mask:
    differs = np.zeros(len(held), np.bool_)
    cells: Any = _cells(before, field, held)
    for shard, places in after.split(holds):
        column: Any = shard.columns[field]
        differs[places] = column.differs(after.offsets(holds[places]), cells.pick(places))
    return differs


def _cells(view: DatasetView, field: FieldName, ordinals: Ordinals) -> AnyCells:
    """The cells at these ordinals, at least one, in their order."""
    split = view.split(ordinals)
    parts: list[Any] = [
        shard.columns[field].cells(view.offsets(ordinals[places])) for shard, places in split
    ]
    joined: Any = joined_cells(parts)
    back = np.argsort(np.concatenate([places for _, places in split]), kind="stable")
    cells: AnyCells = joined.pick(back)
    return cells


def _array(view: DatasetView, field: Field, ordinals: Ordinals) -> Any:
    cells = _cells(view, field.name, ordinals)
    return array_of(field, cells, view.vocabularies[field.name])


def _still_held(view: DatasetView, batch: pa.RecordBatch, limits: IndexLimits) -> Rows:
    """The states before, of the fields that hold what the load put there."""
    keys = _keys_of(view, batch)
    ordinals = view.order.find(keys)
    there = np.flatnonzero(ordinals != MISSING)
    draft = Draft(view, limits)
    cells: dict[FieldName, tuple[Ordinals, AnyCells]] = {}
    for name in _names(batch, AFTER):
        put_there: Any = _given(view, batch, AFTER + name, name)
        was: Any = _given(view, batch, BEFORE + name, name)
        other = draft.differs(name, ordinals[there], put_there.pick(there))
        places = there[~other]
        cells[name] = places, was.pick(places)
    wanted = np.unique(np.concatenate([there[:0], *(places for places, _ in cells.values())]))
    spots = np.full(len(keys), MISSING, np.int64)
    spots[wanted] = np.arange(len(wanted))
    return Rows(
        keys[wanted], {name: (spots[places], part) for name, (places, part) in cells.items()}
    )


def _still_gone(view: DatasetView, batch: pa.RecordBatch) -> Rows:
    """The whole states before, of the records that nobody has created since."""
    keys = _keys_of(view, batch)
    gone = np.flatnonzero(view.order.find(keys) == MISSING)
    cells: dict[FieldName, tuple[Ordinals, AnyCells]] = {}
    for name in _names(batch, BEFORE):
        part: Any = _given(view, batch, BEFORE + name, name)
        cells[name] = np.arange(len(gone)), part.pick(gone)
    return Rows(keys[gone], cells)


def _given(view: DatasetView, batch: pa.RecordBatch, column: str, name: FieldName) -> AnyCells:
    field = view.schema.field(name)
    assert field is not None, "its type is checked"
    return cells_of_arrow(field, batch.column(column), view.vocabularies[name])


def _names(batch: pa.RecordBatch, side: str) -> list[FieldName]:
    found = [name for name in batch.schema.names if name.startswith(side)]
    return [FieldName(name.removeprefix(side)) for name in found]


def _keys_of(view: DatasetView, batch: pa.RecordBatch) -> KeyArray:
    return key_array(batch.column(KEY_FIELD).to_numpy(zero_copy_only=False), view.order.type)


def _arrow_keys(keys: KeyArray) -> Any:
    if keys.dtype.kind == "i":
        return pa.array(keys)
    return pa.array(keys.astype(object), pa.string())


def _parts(count: int) -> list[slice]:
    return [
        slice(start, min(start + BATCH_ROWS_MAX, count))
        for start in range(0, count, BATCH_ROWS_MAX)
    ]


def _sum(done: Written, more: Written) -> Written:
    return Written(
        more.view,
        created=done.created + more.created,
        updated=done.updated + more.updated,
        unchanged=done.unchanged + more.unchanged,
        deleted=done.deleted + more.deleted,
    )
