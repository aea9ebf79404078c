"""A batch of single changes, folded into rows.

Each change is weighed against the state the ones before it left, so a batch means the same as
its changes sent one by one; only the net effect is then written.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from indexer.dataset.keys import MISSING, Ordinals, key_array, made_keys
from indexer.dataset.rows import Rows
from indexer.dataset.view import DatasetView
from indexer.dataset.write import Targets, Written, put, take_out
from indexer.encoding.cells import AnyCells, cells_of_values
from indexer.model.ids import FieldName, RecordKey
from indexer.model.limits import IndexLimits
from indexer.model.record import Change, Delete, Upsert, Value
from indexer.model.schema import FieldType

State = dict[FieldName, Value]


@dataclass
class _Fold:
    """One key's state while changes go over it. ``now`` is None while there is no record."""

    before: State | None
    now: State | None
    reborn: bool = False
    """Deleted and created again: nothing of the old record may stay."""


def apply_changes(
    view: DatasetView,
    changes: Sequence[Change],
    *,
    targets: Targets,
    now: datetime,
    limits: IndexLimits,
) -> Written:
    """Apply checked changes in order. Counts are of changes, not of records.

    Cost: one Python step per change, one vectorised step per field and shard touched.
    """
    changes, next_key = _with_keys(view, changes)
    view = replace(view, next_key=next_key)
    folds = _folds(view, changes)
    tally = {"created": 0, "updated": 0, "deleted": 0, "unchanged": 0}
    for change in changes:
        assert change.key is not None
        tally[_fold(folds[change.key], change)] += 1
    view = _written(view, folds, targets=targets, now=now, limits=limits)
    return Written(view, **tally)


def _with_keys(view: DatasetView, changes: Sequence[Change]) -> tuple[list[Change], int]:
    keyed: list[Change] = []
    next_key = view.next_key
    for change in changes:
        if isinstance(change, Upsert) and change.key is None:
            keyed.append(Upsert(int(made_keys(next_key, 1)[0]), change.values))
            next_key += 1
            continue
        if isinstance(change, Upsert) and isinstance(change.key, int):
            next_key = max(next_key, change.key + 1)
        keyed.append(change)
    return keyed, next_key


def _folds(view: DatasetView, changes: Sequence[Change]) -> dict[RecordKey, _Fold]:
    keys = list(dict.fromkeys(change.key for change in changes if change.key is not None))
    touched = {name for change in changes if isinstance(change, Upsert) for name in change.values}
    ordinals = view.find(keys)
    there = np.flatnonzero(ordinals != MISSING)
    records = view.read(ordinals[there], sorted(touched))
    folds: dict[RecordKey, _Fold] = {key: _Fold(None, None) for key in keys}
    for record in records:
        folds[record.key] = _Fold(dict(record.values), dict(record.values))
    return folds


def _fold(fold: _Fold, change: Change) -> str:
    match change:
        case Delete():
            if fold.now is None:
                return "unchanged"
            fold.now = None
            fold.reborn = fold.before is not None
            return "deleted"
        case Upsert(values=values):
            if fold.now is None:
                fold.now = dict(values)
                return "created"
            same = all(fold.now.get(name) == value for name, value in values.items())
            fold.now.update(values)
            return "unchanged" if same else "updated"


def _written(
    view: DatasetView,
    folds: dict[RecordKey, _Fold],
    *,
    targets: Targets,
    now: datetime,
    limits: IndexLimits,
) -> DatasetView:
    type_ = view.schema.key_type or FieldType.INT
    gone = [
        key
        for key, fold in folds.items()
        if fold.before is not None and (fold.now is None or fold.reborn)
    ]
    if gone:
        view = take_out(view, key_array(gone, type_), now=now, limits=limits).view
    written = {key: fold.now for key, fold in folds.items() if fold.now is not None}
    if not written:
        return view
    cells: dict[FieldName, tuple[Ordinals, AnyCells]] = {}
    names = {name for state in written.values() for name in state}
    for field in view.schema.columns:
        if field.name in names:
            named = [
                (place, state[field.name])
                for place, state in enumerate(written.values())
                if field.name in state
            ]
            places = np.array([place for place, _ in named], np.int64)
            values = [value for _, value in named]
            cells[field.name] = (
                places,
                cells_of_values(field, values, view.vocabularies[field.name]),
            )
    rows = Rows(key_array(list(written), type_), cells)
    return put(view, rows, targets=targets, now=now, limits=limits).view
