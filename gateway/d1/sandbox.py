"""A SQLite file that is thrown away: it learns tables' shapes and takes literal rows, no more.

What a statement may do is asked of SQLite's own authorizer, not of its text: no query, no
attaching, no pragma, no function beyond those that spell a text. Constraints, triggers and
defaults of the export are left out.
"""

import re
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from gateway.d1.statements import Statement
from gateway.sources.sqlite.table import SqlColumn, SqlTable, quoted
from indexer.model.errors import BadFile, TooLarge

STATEMENTS_MAX = 20_000
"""Rows are put in by so many statements at a time."""
BLOCK_BYTES = 4 << 20
TEXT_BYTES_MAX = 16 << 20
GROWTH_MAX = 4
"""The rows may take so many times the room that their text took."""
GRACE_BYTES = 64 << 20
REJECTS_KEPT_MAX = 1_000
_SPELLING = frozenset({"replace", "char", "unistr"})
_SHAPING = frozenset({
    sqlite3.SQLITE_CREATE_TABLE, sqlite3.SQLITE_CREATE_INDEX, sqlite3.SQLITE_INSERT,
    sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_TRANSACTION, sqlite3.SQLITE_REINDEX,
})  # fmt: skip
_FAULTS = (sqlite3.Error, sqlite3.Warning, ValueError)
"""Of a statement: no SQL, more than is allowed, no UTF-8, a NUL inside."""
_ESCAPE = re.compile(
    r"\\(?:(\\)|\+([0-9A-Fa-f]{6})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([0-9A-Fa-f]{4}))"
)
_ROWIDS = ("rowid", "_rowid_", "oid")


class Sandbox:
    """Takes the statements of one export, of ``export_bytes``. Not for two threads at once."""

    def __init__(self, path: Path, export_bytes: int) -> None:
        self.path = path
        self.rejected: list[int] = []
        """Lines of the first statements that gave no row."""
        self.rejects = 0
        self._tables: dict[str, SqlTable] = {}
        self._keys: dict[str, tuple[str, ...]] = {}
        self._rows = sqlite3.connect(path, isolation_level=None)
        self._rows.execute("PRAGMA journal_mode = MEMORY")
        self._rows.execute("PRAGMA synchronous = OFF")
        room = (GROWTH_MAX * export_bytes + GRACE_BYTES) // 4096
        self._rows.execute(f"PRAGMA max_page_count = {room}")
        self._rows.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, TEXT_BYTES_MAX)
        self._rows.create_function("unistr", 1, _unistr, deterministic=True)
        self._waiting: list[Statement] = []
        self._waiting_bytes = 0

    def close(self) -> None:
        """Let go of the file."""
        self._rows.close()

    @property
    def tables(self) -> dict[str, SqlTable]:
        """By name, every table that was made. Its rows are told apart by their rowids."""
        return dict(self._tables)

    def key_of(self, table: str) -> tuple[str, ...]:
        """The columns of a table's primary key, as it was declared."""
        return self._keys[table]

    def create(self, name: str, statement: Statement) -> None:
        """Learn a table from its CREATE TABLE. Raises: BadFile."""
        if name in self._tables:
            return
        shape = _shape(name, statement)
        columns = tuple(SqlColumn(str(row[1]), str(row[2])) for row in shape if not row[6])
        self._keys[name] = tuple(str(row[1]) for row in sorted(shape, key=_rank) if row[5])
        taken = {column.name.lower() for column in columns}
        rowid = next((each for each in _ROWIDS if each not in taken), None)
        if rowid is None or not columns:
            raise BadFile(f"line {statement.line}: the table {name!r} has no column, or none to"
                          " tell its rows by")  # fmt: skip
        self._tables[name] = SqlTable(name, columns, (rowid,), ())
        kinds = {"blob": "", "numeric": "NUMERIC"}
        parts = ", ".join(
            f"{quoted(column.name)} {kinds.get(column.affinity, column.affinity)}"
            for column in columns
        )
        self._put_waiting()
        self._rows.execute(f"CREATE TABLE {quoted(name)} ({parts})")

    def insert(self, statement: Statement) -> None:
        """Take the rows of an INSERT, sooner or later. Raises: TooLarge."""
        self._waiting.append(statement)
        self._waiting_bytes += len(statement.text)
        if len(self._waiting) >= STATEMENTS_MAX or self._waiting_bytes >= BLOCK_BYTES:
            self._put_waiting()

    def finish(self) -> None:
        """Take what is left. Raises: TooLarge."""
        self._put_waiting()

    def _put_waiting(self) -> None:
        statements, self._waiting, self._waiting_bytes = self._waiting, [], 0
        if not statements:
            return
        self._rows.set_authorizer(_only_rows)
        try:
            self._rows.executescript(_script(statements))
        except _FAULTS:
            # One of them is at fault: take the others one by one.
            if self._rows.in_transaction:
                self._rows.execute("ROLLBACK TO block")
                self._rows.execute("RELEASE block")
            self._put_each(statements)
        finally:
            self._rows.set_authorizer(None)

    def _put_each(self, statements: Sequence[Statement]) -> None:
        for statement in statements:
            try:
                self._rows.execute(statement.text.decode())
            except _FAULTS as fault:
                if "full" in str(fault):
                    raise TooLarge(
                        f"line {statement.line}: the rows take over {GROWTH_MAX} times the room of"
                        " the export; split it"
                    ) from None
                self.rejects += 1
                if len(self.rejected) < REJECTS_KEPT_MAX:
                    self.rejected.append(statement.line)


def _script(statements: Sequence[Statement]) -> str:
    rows = b"".join(statement.text for statement in statements).decode()
    return f"SAVEPOINT block;{rows}RELEASE block;"


def _shape(name: str, statement: Statement) -> list[tuple[object, ...]]:
    """The columns as SQLite describes them, from a database of its own."""
    learning = sqlite3.connect(":memory:", isolation_level=None)
    try:
        learning.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, TEXT_BYTES_MAX)
        learning.set_authorizer(_only_shapes)
        learning.execute(statement.text.decode())
        learning.set_authorizer(None)
        shape: list[tuple[object, ...]] = learning.execute(
            f"PRAGMA table_xinfo({quoted(name)})"
        ).fetchall()
    except _FAULTS:
        message = f"line {statement.line}: this CREATE TABLE can't be read: is it SQLite's?"
        raise BadFile(message) from None
    finally:
        learning.close()
    return shape


def _only_shapes(action: int, *_: str | None) -> int:
    return sqlite3.SQLITE_OK if action in _SHAPING else sqlite3.SQLITE_DENY


def _only_rows(action: int, one: str | None, two: str | None, *_: str | None) -> int:
    """SELECT is what SQLite says of several rows of VALUES; nothing can be read by it."""
    match action:
        case sqlite3.SQLITE_SELECT | sqlite3.SQLITE_SAVEPOINT:
            allowed = True
        case sqlite3.SQLITE_INSERT:
            allowed = one is not None and not one.startswith("sqlite_")
        case sqlite3.SQLITE_FUNCTION:
            allowed = two in _SPELLING
        case _:
            allowed = False
    return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY


def _rank(row: tuple[object, ...]) -> int:
    return int(str(row[5]))


def _unistr(text: str | float | bytes | None) -> str | float | bytes | None:
    """SQLite's own function of this name, which older versions lack."""
    return _ESCAPE.sub(_spelled, text) if isinstance(text, str) else text


def _spelled(found: re.Match[str]) -> str:
    slash, *codes = found.groups()
    return slash or chr(int(next(code for code in codes if code), 16))
