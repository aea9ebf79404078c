"""Records as Arrow batches: keys and columns, in ordinal order, a few at a time."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from indexer.dataset.key_page import parts_of
from indexer.dataset.keys import KeyArray, Ordinals
from indexer.dataset.members import Members
from indexer.dataset.parts import Part, Parts
from indexer.dataset.view import DatasetView
from indexer.encoding.arrays import array_of, text_bytes
from indexer.intake.arrow_types import arrow_type
from indexer.model.errors import BadShape
from indexer.model.ids import KEY_FIELD, ORDINAL_FIELD, FieldName, SequenceNo
from indexer.model.limits import BATCH_BYTES_MAX, BATCH_ROWS_MAX
from indexer.model.schema import Field, FieldType

AS_OF = b"as_of"
"""The key under which a batch's schema holds its sequence."""


def batches(
    parts: Parts, *, fields: Sequence[FieldName], batch_rows: int, as_of: SequenceNo
) -> Iterator[pa.RecordBatch]:
    """The records part by part, each batch made as it is taken; at least one, perhaps empty.

    Memory: one batch, and 8 bytes for each place of one shard. Raises, at once: UnknownField,
    BadShape.
    """
    if not 1 <= batch_rows <= BATCH_ROWS_MAX:
        raise BadShape(f"ask for 1 to {BATCH_ROWS_MAX:,} records a batch")
    shown = [_field(parts[0].view, name) for name in (KEY_FIELD, *fields)]
    types = [
        pa.field(name, pa.uint32() if field is None else arrow_type(field))
        for name, field in zip((KEY_FIELD, *fields), shown, strict=True)
    ]
    schema = pa.schema(types, metadata={AS_OF: str(as_of).encode()})
    filled = [part for part in parts if len(part.members)] or parts[:1]
    return (
        batch
        for part in filled
        for ordinals in _parts(part.view, part.members, batch_rows)
        for batch in _made(part, ordinals, shown, schema)
    )


def _field(view: DatasetView, name: FieldName) -> Field | None:
    """The field; None stands for ordinals."""
    if name == ORDINAL_FIELD and view.schema.field(name) is None:
        return None
    view.known_field(name)
    field = view.schema.field(name)
    assert field is not None, "its name is known"
    return field


def _parts(view: DatasetView, members: Members, batch_rows: int) -> Iterator[Ordinals]:
    """The ordinals in parts of that many, but for the last one; one at least."""
    held = np.array([], np.int64)
    made = 0
    for shard, offsets in parts_of(view, members):
        held = np.concatenate((held, offsets + (shard.id << view.shard_bits)))
        whole = len(held) - len(held) % batch_rows
        for start in range(0, whole, batch_rows):
            yield held[start : start + batch_rows]
            made += 1
        held = held[whole:]
    if len(held) or not made:
        yield held


def _made(
    part: Part, ordinals: Ordinals, fields: Sequence[Field | None], schema: Any
) -> Iterator[pa.RecordBatch]:
    """The records in one batch, or in several where their texts are long."""
    view = part.view
    places = list(parts_of(view, ordinals))
    stored = [field for field in fields if field is not None and field.name != KEY_FIELD]
    cells: dict[FieldName, list[Any]] = {
        field.name: [shard.columns[field.name].cells(offsets) for shard, offsets in places]
        for field in stored
    }
    size = sum(
        text_bytes(each, view.vocabularies[field.name]) for field in stored for each in
        cells[field.name]
    )  # fmt: skip
    if size > BATCH_BYTES_MAX and len(ordinals) > 1:
        half = len(ordinals) // 2
        yield from _made(part, ordinals[:half], fields, schema)
        yield from _made(part, ordinals[half:], fields, schema)
        return
    arrays = {
        field.name: [array_of(field, each, view.vocabularies[field.name]) for each in
                     cells[field.name]]
        for field in stored
    }  # fmt: skip
    arrays[KEY_FIELD] = [_keys(view, shard.keys.at(offsets)) for shard, offsets in places]
    columns = [
        _numbers(part, ordinals) if field is None
        else pa.concat_arrays(arrays[field.name]) if places
        else pa.array([], arrow_type(field))
        for field in fields
    ]  # fmt: skip
    yield pa.record_batch(columns, schema=schema)


def _numbers(part: Part, places: Ordinals) -> Any:
    told = places if part.ordinals is None else part.ordinals[places]
    return pa.array(told.astype(np.uint32))


def _keys(view: DatasetView, keys: KeyArray) -> Any:
    if view.order.type is FieldType.INT:
        return pa.array(keys)
    return pa.array(keys.astype(object), pa.string())
