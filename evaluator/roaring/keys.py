"""Files that tell the keys of ordinals: what a batch job lays beside its bitmaps.

Columns ``ordinal`` (uint32) and ``key``, in no order; Parquet where the name ends in ``.parquet``,
else an Arrow IPC file. An ordinal is never given to another record, so the keys of a dataset fit
every bitmap that was made of it before: but for records that were removed between the two.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyroaring import BitMap64

from indexer.model.errors import BadFile
from indexer.model.ids import KEY_FIELD, ORDINAL_FIELD

ORDINAL, KEY, AS_OF = "ordinal", "key", b"as_of"
PARQUET = ".parquet"


def write_keys(path: Path, batches: Iterable[pa.RecordBatch]) -> int:
    """Write the keys of records that come with their ordinals; gives how many.

    The batches are those of ``indexer.api.Index.rows`` with the field ``_ordinal``; their sequence
    stays in the file's metadata under ``as_of``. The file is whole or not there. Memory: a batch.
    """
    beside = path.with_name(f".{path.name}.part")
    count, writer = 0, None
    try:
        for batch in batches:
            shown = _shown(batch)
            writer = writer or _writer(beside, shown.schema, parquet=path.suffix == PARQUET)
            writer.write_batch(shown)
            count += shown.num_rows
        assert writer is not None, "there is at least one batch"
        writer.close()
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return count


def keys_of(bitmap: BitMap64, path: Path) -> Iterator[pa.RecordBatch]:
    """The ordinals of the bitmap with their keys, in the order of the file of keys.

    Memory: the bitmap, and a batch of the file. Raises: BadFile where the file is none, and at the
    end where it has no key for some of the bitmap.
    """
    found = 0
    try:
        for batch in _batches(path):
            held = _held(bitmap, batch.column(ORDINAL))
            found += held.true_count
            if held.true_count:
                yield batch.filter(held)
    except (OSError, pa.ArrowException, KeyError) as fault:
        raise BadFile("the file of keys can't be read") from fault
    if found != len(bitmap):
        raise BadFile(
            f"{len(bitmap) - found:,} members have no key in the file of keys: make both at once"
        )


def as_of(path: Path) -> int:
    """The sequence at which a file of keys was written. Raises: BadFile."""
    try:
        metadata = _schema(path).metadata or {}
        return int(metadata[AS_OF])
    except (OSError, pa.ArrowException, KeyError, ValueError) as fault:
        raise BadFile("the file of keys can't be read") from fault


def _shown(batch: pa.RecordBatch) -> Any:
    columns = [batch.column(ORDINAL_FIELD), batch.column(KEY_FIELD)]
    types = [pa.field(ORDINAL, pa.uint32()), pa.field(KEY, columns[1].type)]
    return pa.record_batch(columns, schema=pa.schema(types, metadata=batch.schema.metadata))


def _writer(path: Path, schema: Any, *, parquet: bool) -> Any:
    return pq.ParquetWriter(path, schema) if parquet else pa.ipc.new_file(str(path), schema)


def _batches(path: Path) -> Iterator[pa.RecordBatch]:
    if path.suffix == PARQUET:
        with pq.ParquetFile(path) as file:
            yield from file.iter_batches(columns=[ORDINAL, KEY])
        return
    with pa.memory_map(str(path)) as source:
        reader = pa.ipc.open_file(source)
        for place in range(reader.num_record_batches):
            yield reader.get_batch(place)


def _schema(path: Path) -> Any:
    if path.suffix == PARQUET:
        return pq.read_schema(path)
    with pa.memory_map(str(path)) as source:
        return pa.ipc.open_file(source).schema


def _held(bitmap: BitMap64, told: Any) -> Any:
    """Which of these ordinals are in the bitmap."""
    ordinals = told.to_numpy()
    inside = bitmap & BitMap64(ordinals)
    return pa.array(np.isin(ordinals, np.array(inside.to_array(), ordinals.dtype)))
