"""Customers and purchases as CSV: null is an empty cell, the empty set a quoted one."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from benchmarks.data.customers import LIST_SEPARATOR
from benchmarks.peers.frames import pl

TIME_FORMAT = "%Y-%m-%dT%H:%M:%S"


def write_csv(path: Path, records: Iterator[pa.RecordBatch], columns: Sequence[str]) -> None:
    """These columns, with a header."""
    with path.open("wb") as file:
        for place, batch in enumerate(records):
            frame = pl.DataFrame(pl.from_arrow(batch)).select(columns)
            lists = [name for name, kind in frame.schema.items() if isinstance(kind, pl.List)]
            frame = frame.with_columns(pl.col(name).list.join(LIST_SEPARATOR) for name in lists)
            frame.write_csv(file, include_header=not place, datetime_format=TIME_FORMAT)
