"""Records as Arrow batches: keys and columns, in ordinal order."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from indexer.dataset.keys import Ordinals
from indexer.dataset.members import Members
from indexer.dataset.view import DatasetView
from indexer.intake.arrow_types import arrow_type
from indexer.model.errors import BadShape
from indexer.model.ids import KEY_FIELD, FieldName, SequenceNo
from indexer.model.limits import BATCH_ROWS_MAX

AS_OF = b"as_of"
"""The key under which a batch's schema holds its sequence."""


def batches(
    view: DatasetView,
    members: Members,
    *,
    fields: Sequence[FieldName],
    batch_rows: int,
    as_of: SequenceNo,
) -> Iterator[pa.RecordBatch]:
    """The members, made as they are taken; at least one batch. Raises: UnknownField, BadShape."""
    if not 1 <= batch_rows <= BATCH_ROWS_MAX:
        raise BadShape(f"ask for 1 to {BATCH_ROWS_MAX:,} records a batch")
    schema = _schema(view, fields, as_of)
    ordinals = members.ordinals()
    for start in range(0, max(1, len(ordinals)), batch_rows):
        part = ordinals[start : start + batch_rows]
        yield _batch(view, part, fields, schema)


def _schema(view: DatasetView, fields: Sequence[FieldName], as_of: SequenceNo) -> Any:
    keys = [pa.field(KEY_FIELD, pa.int64() if view.order.type == "int" else pa.string())]
    for name in fields:
        view.known_field(name)
        field = view.schema.field(name)
        assert field is not None, name
        keys.append(pa.field(name, arrow_type(field)))
    return pa.schema(keys, metadata={AS_OF: str(as_of).encode()})


def _batch(
    view: DatasetView, ordinals: Ordinals, fields: Sequence[FieldName], schema: Any
) -> pa.RecordBatch:
    records = view.read(np.asarray(ordinals), fields)
    columns = [pa.array([record.key for record in records], schema.types[0])]
    columns += [
        pa.array([record.values[name] for record in records], type_)
        for name, type_ in zip(fields, schema.types[1:], strict=True)
    ]
    return pa.record_batch(columns, schema=schema)
