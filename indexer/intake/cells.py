"""A block of delimited records as one string column per column of the file.

An unquoted empty cell is null, a quoted one is the empty text; no other word is null.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv
from numpy.typing import NDArray

from indexer.intake.assemble import Fault
from indexer.intake.records import BAD_TEXT, RecordBlock


class _InvalidRow(Protocol):
    """What the Arrow parser tells about a row of the wrong width; ``number`` counts from 1."""

    number: int
    expected_columns: int
    actual_columns: int


@dataclass(frozen=True, slots=True)
class Cells:
    """The wanted columns of a block. ``records[i]`` is the block's record that row i is."""

    columns: tuple[pa.Array, ...]
    records: NDArray[np.int64]
    faults: tuple[Fault, ...]


def read_cells(block: RecordBlock, delimiter: str, width: int, wanted: Sequence[int]) -> Cells:
    """The cells of the wanted columns (by place); records that are no text or too wide apart."""
    return _without_bad(_all_cells(block, delimiter, width, wanted), block)


def _all_cells(block: RecordBlock, delimiter: str, width: int, wanted: Sequence[int]) -> Cells:
    if len(block) == 0:
        empty = pa.array([], pa.string())
        return Cells(tuple(empty for _ in wanted), np.zeros(0, np.int64), ())
    faults: list[Fault] = []

    def skip(row: _InvalidRow) -> str:
        faults.append(_wrong_width(row))
        return "skip"

    names = [str(place) for place in range(width)]
    # Without a column to convert Arrow would forget how many rows there are.
    included = [str(place) for place in wanted] or names[:1]
    table = arrow_csv.read_csv(
        pa.BufferReader(block.data),
        read_options=arrow_csv.ReadOptions(
            use_threads=False, block_size=len(block.data) + 1, column_names=names
        ),
        parse_options=arrow_csv.ParseOptions(
            delimiter=delimiter, newlines_in_values=True, invalid_row_handler=skip
        ),
        convert_options=arrow_csv.ConvertOptions(
            check_utf8=False,
            column_types={name: pa.string() for name in included},
            include_columns=included,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
    assert table.num_rows + len(faults) == len(block), (table.num_rows, len(faults), len(block))
    records = np.arange(len(block), dtype=np.int64)
    if faults:
        records = np.delete(records, [fault.row for fault in faults])
    columns = tuple(_one_chunk(table.column(str(place))) for place in wanted)
    return Cells(columns, records, tuple(faults))


def _without_bad(cells: Cells, block: RecordBlock) -> Cells:
    bad = block.bad_records
    if not len(bad):
        return cells
    kept = np.isin(cells.records, bad, invert=True)
    columns = tuple(column.filter(pa.array(kept)) for column in cells.columns)
    known = set(bad.tolist())
    faults = [fault for fault in cells.faults if fault.row not in known]
    faults += [Fault(record, None, BAD_TEXT) for record in known]
    faults.sort(key=lambda fault: fault.row)
    return Cells(columns, cells.records[kept], tuple(faults))


def _wrong_width(row: _InvalidRow) -> Fault:
    code = "too_few" if row.actual_columns < row.expected_columns else "too_many"
    reason = f"{code}_columns: {row.actual_columns} instead of {row.expected_columns}"
    return Fault(row.number - 1, None, reason)


def _one_chunk(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
