"""The far end of a link: which record of the target dataset a value names."""

from collections.abc import Callable

import numpy as np

from indexer.dataset.draft import FindTarget
from indexer.dataset.keys import MISSING, KeyArray, Ordinals, SortedKeys, key_array
from indexer.dataset.view import DatasetView
from indexer.dataset.write import link_values
from indexer.encoding.bits import Mask, mask_of, offsets_of
from indexer.model.ids import KEY_FIELD, FieldName
from indexer.model.schema import LINKABLE, FieldType

_NO_KEYS = SortedKeys(key_array([], FieldType.INT), np.array([], np.int64))


def find_by(target: DatasetView, field: FieldName | None) -> FindTarget:
    """Finds records of ``target`` by key, or by a field that is unique there.

    Values of another type than the target's find nothing, as does a field that is not there or
    is neither an int nor a keyword. Where the field is not unique after
    all, the first record in ordinal order is found. Cost: building it sorts the field once.
    """
    order = target.order if is_key(target, field) else _order_by(target, field)

    return of_type(order.type, order.find)


def of_type(type_: FieldType, find: FindTarget) -> FindTarget:
    """The finder for values of any type: those of another one than the keys' find nothing."""

    def found(values: KeyArray) -> Ordinals:
        if (values.dtype.kind == "i") != (type_ is FieldType.INT):
            return np.full(len(values), MISSING, np.int64)
        return find(values)

    return found


def is_key(target: DatasetView, field: FieldName | None) -> bool:
    """Whether a link to this field of the dataset is one to its keys."""
    if field is None:
        return True
    known = target.schema.field(field)
    return known is not None and known.name == KEY_FIELD


def is_alive(target: DatasetView) -> Callable[[Ordinals], Mask]:
    """Tells which ordinals are live records of ``target``; MISSING and unknown ones are not."""
    size = 1 << target.shard_bits
    masks = [mask_of(shard.live, size) for shard in target.shards]
    # One place more, always false: MISSING (-1) reads it, and so does what lies beyond.
    alive = np.concatenate([*masks, np.zeros(1, np.bool_)])

    def test(ordinals: Ordinals) -> Mask:
        return alive[np.minimum(ordinals, len(alive) - 1)]

    return test


def _order_by(target: DatasetView, field: FieldName | None) -> SortedKeys:
    known = None if field is None else target.schema.field(field)
    if known is None or known.type not in LINKABLE:
        return _NO_KEYS
    values: list[KeyArray] = []
    ordinals: list[Ordinals] = []
    for shard in target.shards:
        column = shard.columns[known.name]
        offsets = offsets_of(column.filled)
        part, _ = link_values(target, known.name, column.cells(offsets))
        values.append(part)
        ordinals.append(offsets + (shard.id << target.shard_bits))
    if not values:
        return _NO_KEYS
    keys, first = np.unique(np.concatenate(values), return_index=True)
    return SortedKeys(keys, np.concatenate(ordinals)[first])
