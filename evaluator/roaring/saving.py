"""Members as files: their ordinals, and beside them their keys as of the same moment."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
from pyroaring import BitMap64

from evaluator.roaring.keys import write_keys
from evaluator.roaring.writing import write_file
from indexer.model.ids import ORDINAL_FIELD


def save_bitmap(path: Path, bitmap: BitMap64) -> int:
    """Write a bitmap; gives how many are in it."""
    write_file(path, [bitmap.serialize()])
    return len(bitmap)


def save_both(path: Path, keys: Path, rows: Iterable[pa.RecordBatch]) -> int:
    """Write the bitmap and the keys of records that come with their ordinals.

    The keys first: a bitmap that is there has its keys beside it. Memory: the bitmap and a batch.
    """
    found = BitMap64()

    def noted() -> Iterator[pa.RecordBatch]:
        nonlocal found
        for batch in rows:
            found |= BitMap64(batch.column(ORDINAL_FIELD).to_numpy())
            yield batch

    write_keys(keys, noted())
    return save_bitmap(path, found)
