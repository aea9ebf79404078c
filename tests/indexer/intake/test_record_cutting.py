"""Records and their lines, against the csv module on any text made of the dangerous characters."""

import csv
import io
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from indexer.intake.cells import read_cells
from indexer.intake.options import IntakeLimits
from indexer.intake.records import cut_records
from indexer.intake.stream import ByteStream

Row = tuple[int, tuple[str, ...]]
WIDTH = 2


@settings(deadline=None, max_examples=300)
@given(text=st.text('ab,,""\n\n\r é', max_size=80), block_bytes=st.integers(1, 40))
@example(text='a"b,"c\nd"\n1,2', block_bytes=5)
@example(text='""a"b,"\r\n\r\n"""\n",x\r', block_bytes=3)
def test_records_and_lines_are_those_of_the_csv_module(
    folder: Path, text: str, block_bytes: int
) -> None:
    """Whatever the quotes, line breaks and block size."""
    expected = rows_by_the_csv_module(text)

    rows, wide, is_open = rows_by_intake(folder, text, block_bytes)

    closed = expected[:-1] if is_open else expected
    assert [row for row in closed if len(row[1]) == WIDTH] == rows
    assert [line for line, cells in closed if len(cells) != WIDTH] == wide


def rows_by_intake(folder: Path, text: str, block_bytes: int) -> tuple[list[Row], list[int], bool]:
    """Rows of two cells with their lines, the lines of other rows, is the last quote open."""
    path = folder / "any.csv"
    path.write_bytes(text.encode())
    rows: list[Row] = []
    wide: list[int] = []
    is_open = False
    limits = IntakeLimits(block_bytes=block_bytes)
    with ByteStream(path, limits) as stream:
        for stretch in cut_records(stream, ",", limits):
            block = stretch.block()
            is_open = block.unclosed
            whole = block.without_last() if is_open else block
            cells = read_cells(whole, ",", WIDTH, range(WIDTH))
            values = zip(*(column.to_pylist() for column in cells.columns), strict=True)
            lines = [block.line(int(record)) for record in cells.records]
            rows += [
                (line, tuple(value or "" for value in row))
                for line, row in zip(lines, values, strict=True)
            ]
            wide += [block.line(fault.row) for fault in cells.faults]
    return rows, wide, is_open


def rows_by_the_csv_module(text: str) -> list[Row]:
    """Every row that isn't blank, with the line on which it begins."""
    reader = csv.reader(io.StringIO(text, newline=""))
    rows, line = [], 1
    for cells in reader:
        if cells:
            rows.append((line, tuple(cells)))
        line = reader.line_num + 1
    return rows
