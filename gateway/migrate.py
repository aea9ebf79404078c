"""Exports of D1 and SQLite on the command line: unpacked into files that can be loaded."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from gateway.d1.export import Export, ExportedTable, read_export
from indexer.intake.options import IntakeLimits
from indexer.model.errors import BadFile

ENDINGS = (".sql", ".sql.gz")
NAMES_SHOWN_MAX = 20

Say = Callable[[str], None]


def is_export(file: Path) -> bool:
    """Whether a file is SQL, by its name."""
    return file.name.lower().endswith(ENDINGS)


@contextmanager
def unpacked(file: Path, tables: Sequence[str], say: Say) -> Iterator[tuple[ExportedTable, ...]]:
    """The tables of an export as files that last as long as the block; all if none is named.

    What was left out is said in sentences. Raises: BadFile, TooLarge.
    """
    if not file.is_file():
        raise BadFile(f"{file} can't be read: there is no such file")
    with tempfile.TemporaryDirectory(prefix="cardinal-export-") as folder:
        export = read_export(file, Path(folder), IntakeLimits(), tables)
        for sentence in remarks(export):
            say(sentence)
        yield export.tables


def only_table(file: Path, table: str | None, tables: Sequence[ExportedTable]) -> ExportedTable:
    """The one table that is meant. Raises: BadFile where it has to be named."""
    if table is None and len(tables) > 1:
        names = ", ".join(one.name for one in tables[:NAMES_SHOWN_MAX])
        raise BadFile(f"{file.name} has several tables, name one with --table: {names}")
    return tables[0]


def remarks(export: Export) -> Iterator[str]:
    """What a person should know of rows that are not there."""
    for table in export.tables:
        for reason, rows in table.left_out.items():
            yield f"{table.name}: {rows:,} rows left out: {reason}"
    if export.rejects:
        yield (
            f"{export.rejects:,} INSERT statements can't be read, the first on line"
            f" {export.rejected[0]}: they are no plain rows, or don't fit their table"
        )
