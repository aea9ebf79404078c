"""The rejects file, as a spreadsheet would read it."""

import csv
import io

from indexer.intake.outcome import Reject
from indexer.intake.rejects import RejectsWriter


def test_rejects_are_written_so_that_the_raw_row_survives() -> None:
    """Quotes, delimiters and line breaks in it included."""
    rejects = (
        Reject(4, "age", "wrong_type: not an int", 'a,"x\r\ny",7'),
        Reject(9, None, "too_few_columns: 1 instead of 2", ""),
    )
    out = io.StringIO(newline="")

    writer = RejectsWriter(out)
    writer.write(rejects[:1])
    writer.write(rejects[1:])

    assert [
        ["line", "column", "reason", "raw"],
        ["4", "age", "wrong_type: not an int", 'a,"x\r\ny",7'],
        ["9", "", "too_few_columns: 1 instead of 2", ""],
    ] == list(csv.reader(io.StringIO(out.getvalue(), newline="")))
