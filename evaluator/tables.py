"""Tables as files, so that what a notebook holds is loaded as any file is."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from indexer.model.errors import BadFile


@contextmanager
def as_file(source: Any) -> Iterator[Path]:
    """The file itself, or a Parquet file of a table for as long as it is needed.

    Raises: BadFile where it is neither a path nor gives an Arrow stream.
    """
    if isinstance(source, str | Path):
        yield Path(source)
        return
    try:
        table = pa.RecordBatchReader.from_stream(source)
    except (TypeError, AttributeError) as fault:
        raise BadFile("give a path, or a table of Arrow, pandas or polars") from fault
    with tempfile.TemporaryDirectory(prefix="cardinal-") as folder:
        path = Path(folder) / "table.parquet"
        try:
            with pq.ParquetWriter(path, table.schema) as out:
                for batch in table:
                    out.write_batch(batch)
        except pa.ArrowException as fault:
            raise BadFile("this table can't be read") from fault
        yield path
