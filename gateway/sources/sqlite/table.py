"""What a table of a SQLite file looks like: its columns, and which of them tell its rows apart."""

import re
import sqlite3
from dataclasses import dataclass
from zlib import crc32

from gateway.sources.api import StreamStopped

PARAMETERS_MAX = 90
"""Bound values of one statement; Cloudflare D1 takes 100."""
KEY_COLUMNS_MAX = 30
"""Columns that together identify a row; a function on D1 takes 32 arguments."""

_WORDS_OF = {
    "integer": ("INT",),
    "text": ("CHAR", "CLOB", "TEXT"),
    "blob": ("BLOB",),
    "real": ("REAL", "FLOA", "DOUB"),
}
"""SQLite's own rules of affinity, in its order; what none fits is numeric."""
_HIDDEN_OF_VIRTUAL = 1


@dataclass(frozen=True, slots=True)
class SqlColumn:
    """A column and the type it was declared with; ``affinity`` is SQLite's reading of that."""

    name: str
    declared: str

    @property
    def affinity(self) -> str:
        """integer, text, blob, real or numeric."""
        return affinity_of(self.declared)


@dataclass(frozen=True, slots=True)
class Unique:
    """Columns of which no two rows have equal values, with the collation each is compared by."""

    columns: tuple[str, ...]
    collations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SqlTable:
    """One table. ``key`` identifies its rows; ``uniques`` are the other sets that would."""

    name: str
    columns: tuple[SqlColumn, ...]
    key: tuple[str, ...]
    uniques: tuple[Unique, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its columns, in declared order."""
        return tuple(column.name for column in self.columns)

    @property
    def shape(self) -> int:
        """Another number where the columns are others: rows have values that nobody was told."""
        return crc32("\0".join(self.names).encode())

    @property
    def key_places(self) -> tuple[int, ...]:
        """Where the columns of the key are among all."""
        return tuple(self.names.index(name) for name in self.key)


def affinity_of(declared: str) -> str:
    """How SQLite treats values of a column that is declared so.

    >>> [affinity_of(text) for text in ("BIGINT", "varchar(20)", "", "DOUBLE", "DECIMAL(8,2)")]
    ['integer', 'text', 'blob', 'real', 'numeric']
    """
    upper = declared.upper()
    if not upper.strip():
        return "blob"
    return next(
        (kind for kind, words in _WORDS_OF.items() if any(word in upper for word in words)),
        "numeric",
    )


def quoted(name: str) -> str:
    """A name as an identifier of SQL.

    >>> quoted('a "b" c')
    '"a ""b"" c"'
    """
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as a literal of SQL.

    >>> literal("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


def read_table(file: sqlite3.Connection, name: str, key: str | None = None) -> SqlTable:
    """The table as it is now; ``key`` names a unique column to go by, None its primary key.

    Raises: StreamStopped where there is no such table, or nothing tells its rows apart.
    """
    _check_is_table(file, name)
    shape = file.execute(f"PRAGMA table_xinfo({quoted(name)})").fetchall()
    columns = tuple(
        SqlColumn(column, declared)
        for _, column, declared, _, _, _, hidden in shape
        if hidden != _HIDDEN_OF_VIRTUAL
    )
    ranked = sorted((place, column) for _, column, _, _, _, place, _ in shape if place)
    primary = tuple(column for _, column in ranked)
    uniques = _uniques(file, name, primary, dict(_declared(shape)))
    chosen = _key(name, primary, uniques, {column.name for column in columns}, key)
    others = tuple(unique for unique in uniques if unique.columns != chosen)
    return SqlTable(name, columns, chosen, others)


def _declared(shape: list[tuple[object, ...]]) -> list[tuple[str, str]]:
    return [(str(row[1]), str(row[2])) for row in shape]


def _check_is_table(file: sqlite3.Connection, name: str) -> None:
    found = file.execute(
        "SELECT type, sql FROM sqlite_schema WHERE name = ? AND type IN ('table', 'view')", (name,)
    ).fetchone()
    if found is None:
        raise StreamStopped(f"the file has no table '{name}'")
    if found[0] == "view" or re.match(r"\s*CREATE\s+VIRTUAL", found[1], re.IGNORECASE):
        raise StreamStopped(
            f"'{name}' is no ordinary table, so triggers can't watch it: capture the tables it"
            " is made from"
        )


def _uniques(
    file: sqlite3.Connection, name: str, primary: tuple[str, ...], declared: dict[str, str]
) -> tuple[Unique, ...]:
    """The primary key and every unique index over whole columns of all rows."""
    found: dict[tuple[str, ...], Unique] = {}
    if len(primary) == 1 and declared[primary[0]].upper() == "INTEGER":
        # The rowid itself: it has no index of its own.
        found[primary] = Unique(primary, ("BINARY",))
    for _, index, unique, _, partial in file.execute(f"PRAGMA index_list({quoted(name)})"):
        parts = file.execute(f"PRAGMA index_xinfo({quoted(index)})").fetchall()
        keyed = [part for part in parts if part[5]]
        if unique and not partial and all(part[2] is not None for part in keyed):
            columns = tuple(part[2] for part in keyed)
            found[columns] = Unique(columns, tuple(part[4] for part in keyed))
    if primary and primary not in found:
        found[primary] = Unique(primary, ("BINARY",) * len(primary))
    return tuple(found.values())


def _key(
    table: str,
    primary: tuple[str, ...],
    uniques: tuple[Unique, ...],
    columns: set[str],
    wished: str | None,
) -> tuple[str, ...]:
    if wished is None or primary == (wished,):
        if not primary:
            raise StreamStopped(
                f"'{table}' has no primary key: name a unique column that identifies its rows,"
                " such as --key email"
            )
        if len(primary) > KEY_COLUMNS_MAX:
            raise StreamStopped(f"the key of '{table}' has over {KEY_COLUMNS_MAX} columns")
        return primary
    if wished not in columns:
        raise StreamStopped(f"'{table}' has no column '{wished}'")
    if not any(unique.columns == (wished,) for unique in uniques):
        raise StreamStopped(
            f"'{wished}' of '{table}' is not unique: put a unique index on it, or go by the"
            " primary key"
        )
    return (wished,)
