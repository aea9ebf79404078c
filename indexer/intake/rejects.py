"""The rejects file: one line per rejected row, to be mended and loaded again."""

import csv
from collections.abc import Iterable
from typing import TextIO

from indexer.intake.outcome import Reject

REJECTS_HEADER = ("line", "column", "reason", "raw")


class RejectsWriter:
    """Writes rejects as CSV to a text file opened with ``newline=""``, header first."""

    def __init__(self, out: TextIO) -> None:
        self._rows = csv.writer(out)
        self._rows.writerow(REJECTS_HEADER)

    def write(self, rejects: Iterable[Reject]) -> None:
        """Append these rejects."""
        self._rows.writerows((r.line, r.column or "", r.reason, r.raw) for r in rejects)
