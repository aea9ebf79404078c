"""The tables of an export, each as a CSV file with the type of every column."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from gateway.d1.sandbox import Sandbox
from gateway.d1.statements import Verb, cut_statements
from gateway.sources import cells
from gateway.sources.api import StreamInterrupted
from gateway.sources.sqlite.fields import survey
from gateway.sources.sqlite.file import SqliteFile, SqlRow, SqlValue
from gateway.sources.sqlite.table import SqlTable
from indexer.intake.options import IntakeLimits
from indexer.intake.stream import ByteStream
from indexer.model.errors import BadFile, TooLarge
from indexer.model.schema import LINKABLE, Field, FieldType

PAGE_ROWS = 10_000
TABLES_MAX = 1_000
OURS = ("_cf_", "_cardinal_", "sqlite_", "d1_migrations")
"""Tables whose names begin so hold nothing of the application's."""
_SHADOWS = ("_data", "_idx", "_content", "_docsize", "_config", "_segments", "_segdir", "_stat",
            "_node", "_parent", "_rowid")  # fmt: skip
"""How the tables behind a virtual table are named after it."""
_MADE_KEYS = ("key", "row_key", *(f"key_{number}" for number in range(2, 100)))


@dataclass(frozen=True, slots=True)
class ExportedTable:
    """A table of an export. ``key`` is None where nothing identifies its rows."""

    name: str
    file: Path
    key: str | None
    types: Mapping[str, FieldType]
    left_out: Mapping[str, int]
    """By reason, rows that no record can hold."""


@dataclass(frozen=True, slots=True)
class Export:
    """What an export holds. ``rejected`` are the lines of the first INSERTs that gave no row."""

    tables: tuple[ExportedTable, ...]
    rejects: int
    rejected: tuple[int, ...]


def read_export(
    path: Path, folder: Path, limits: IntakeLimits, wanted: Collection[str] = ()
) -> Export:
    """Read an export into CSV files below a folder: the wanted tables, all where none is named.

    Memory: some blocks. Disk: about three times the export's size. Raises: BadFile with the line
    that is wrong, TooLarge.
    """
    sandbox = Sandbox(folder / "rows.db", path.stat().st_size)
    with closing(sandbox):
        with ByteStream(path, limits) as stream:
            _read(stream, sandbox, limits, frozenset(wanted))
        tables = sandbox.tables
        _check_found(tables, wanted)
        keys = {name: sandbox.key_of(name) for name in tables}
    with closing(SqliteFile(sandbox.path)) as rows:
        made = tuple(
            _written(rows, table, keys[name], folder / f"table-{place}.csv")
            for place, (name, table) in enumerate(tables.items())
        )
    return Export(made, sandbox.rejects, tuple(sandbox.rejected))


def _read(
    stream: ByteStream, sandbox: Sandbox, limits: IntakeLimits, wanted: frozenset[str]
) -> None:
    virtual: set[str] = set()
    for statement in cut_statements(stream, limits):
        verb, table = statement.meaning()
        if verb is Verb.CREATE_VIRTUAL:
            virtual.add(table)
        if verb is Verb.ROLLBACK:
            raise BadFile(
                f"line {statement.line}: the export was given up (ROLLBACK), so it is incomplete:"
                " export it again"
            )
        if not _is_wanted(table, wanted, virtual):
            continue
        match verb:
            case Verb.CREATE:
                if len(sandbox.tables) >= TABLES_MAX:
                    raise TooLarge(f"the export has over {TABLES_MAX} tables: name one")
                sandbox.create(table, statement)
            case Verb.INSERT:
                if table not in sandbox.tables:
                    raise BadFile(f"line {statement.line}: rows of a table that was never made")
                sandbox.insert(statement)
            case Verb.CHANGE:
                raise BadFile(
                    f"line {statement.line}: the export changes a table after it was filled; only"
                    " CREATE TABLE and INSERT are read: export it again"
                )
            case _:
                pass
    sandbox.finish()


def _is_wanted(table: str, wanted: frozenset[str], virtual: set[str]) -> bool:
    if wanted:
        return table in wanted
    shadow = any(table == name + ending for name in virtual for ending in _SHADOWS)
    return bool(table) and not shadow and table not in virtual and not table.startswith(OURS)


def _check_found(tables: Mapping[str, SqlTable], wanted: Collection[str]) -> None:
    missing = [name for name in wanted if name not in tables]
    if missing:
        raise BadFile(f"the export has no table {missing[0]!r}")
    if not tables:
        raise BadFile("there is no CREATE TABLE in this file: is it an export of D1 or SQLite?")


def _written(rows: SqliteFile, table: SqlTable, key: tuple[str, ...], file: Path) -> ExportedTable:
    """The table's rows as CSV: a null is an empty cell, an empty text a quoted one."""
    try:
        fields = survey(rows, table)
        names = [name for name in table.names if name in fields]
        made = next(name for name in _MADE_KEYS if name not in names) if len(key) > 1 else None
        writer = _Writer(table, [fields[name] for name in names], key if made else ())
        with file.open("w", encoding="utf-8", errors="surrogateescape", newline="") as out:
            out.write(",".join(map(_quoted, [*((made,) if made else ()), *names])) + "\n")
            for page in _pages(rows, table):
                out.writelines(writer.lines(page))
    except StreamInterrupted as fault:
        raise BadFile(f"the rows of {table.name!r} can't be read again: {fault}") from None
    only = key[0] if len(key) == 1 and key[0] in fields else None
    types = {name: fields[name].type for name in names}
    if only is not None and types[only] not in LINKABLE:
        types[only] = FieldType.KEYWORD
    if made is not None:
        types[made] = FieldType.KEYWORD
    return ExportedTable(table.name, file, made or only, types, writer.left_out)


def _pages(rows: SqliteFile, table: SqlTable) -> Iterator[list[SqlRow]]:
    after: int | None = None
    while page := rows.numbered(table, after, PAGE_ROWS):
        last = page[-1][0]
        assert isinstance(last, int), table.name
        after = last
        yield [row[1:] for row in page]


class _Writer:
    """Rows to lines of CSV; what can't be one is counted by its reason."""

    def __init__(self, table: SqlTable, fields: list[Field], joined: tuple[str, ...]) -> None:
        self.left_out: dict[str, int] = {}
        self._joined = [table.names.index(name) for name in joined]
        self._cells = [(table.names.index(each.name), _cell_of(each)) for each in fields]

    def lines(self, rows: list[SqlRow]) -> Iterator[str]:
        """A line for every row that can be a record."""
        for row in rows:
            try:
                parts = [
                    "" if (value := row[place]) is None else cell(value)
                    for place, cell in self._cells
                ]
            except _LeftOut as reason:
                self.left_out[str(reason)] = self.left_out.get(str(reason), 0) + 1
                continue
            if self._joined:
                parts.insert(0, _joined_key([row[place] for place in self._joined]))
            yield ",".join(parts) + "\n"


class _LeftOut(Exception):
    """A row that no record can hold, and why."""


def _cell_of(field: Field) -> Callable[[SqlValue], str]:
    """How a value of a field is written; raises _LeftOut."""
    is_plain = field.type in (FieldType.INT, FieldType.FLOAT, FieldType.KEYWORD)

    def cell(value: SqlValue) -> str:
        if isinstance(value, str):
            if "\0" in value:
                raise _LeftOut(f"'{field.name}' holds a NUL character")
            return _quoted(value)
        if isinstance(value, bytes):
            raise _LeftOut(f"'{field.name}' holds a blob")
        if is_plain:
            return repr(value)
        meant = cells.fit(field, value)
        return str(meant).lower() if isinstance(meant, bool) else str(meant)

    return cell


def _joined_key(values: list[SqlValue]) -> str:
    """Several columns as one text, as a change stream joins them; empty if a part is missing."""
    if not all(isinstance(value, str | int) for value in values):
        return ""
    return _quoted("|".join(str(v).replace("\\", "\\\\").replace("|", "\\|") for v in values))


def _quoted(text: str) -> str:
    doubled = text.replace('"', '""') if '"' in text else text
    return f'"{doubled}"'
