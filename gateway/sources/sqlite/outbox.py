"""The SQL that captures a table's changes: a thin outbox of keys, and triggers that fill it.

Every statement stands on one line and is valid on Cloudflare D1 too: no function takes more than
32 arguments, no trigger has more than one statement in its body. Nothing here can make a write of
the application fail: a key that can't be said in JSON is written as null.

Pure: texts from the shape of a table.
"""

from collections.abc import Sequence

from gateway.sources.sqlite.table import SqlTable, Unique, literal, quoted

OUTBOX = "_cardinal_outbox"
READERS = "_cardinal_readers"
UPSERT, DELETE = "u", "d"

CREATE_OUTBOX = (
    f"CREATE TABLE IF NOT EXISTS {OUTBOX} (seq INTEGER PRIMARY KEY AUTOINCREMENT,"
    " tbl TEXT NOT NULL, pk TEXT NOT NULL, op TEXT NOT NULL)"
)
"""AUTOINCREMENT, so that a number never comes again after old rows are deleted."""
CREATE_READERS = (
    f"CREATE TABLE IF NOT EXISTS {READERS} (reader TEXT NOT NULL, tbl TEXT NOT NULL,"
    " seq INTEGER NOT NULL, copies INTEGER NOT NULL, PRIMARY KEY (reader, tbl)) WITHOUT ROWID"
)
"""Who follows a table, the last entry each needs no more, and since which copying."""

PAGE = f"SELECT seq, tbl, pk, op FROM {OUTBOX} WHERE seq > ? ORDER BY seq LIMIT ?"  # noqa: S608
WAITING = f"SELECT count(*) FROM {OUTBOX} WHERE seq > ?"  # noqa: S608
LAST = f"SELECT seq FROM sqlite_sequence WHERE name = '{OUTBOX}'"  # noqa: S608
MARKS = f"SELECT tbl, seq, copies FROM {READERS} WHERE reader = ?"  # noqa: S608
MARK = (
    f"INSERT INTO {READERS} (reader, tbl, seq, copies) VALUES (?, ?, ?, ?)"  # noqa: S608
    " ON CONFLICT (reader, tbl) DO UPDATE SET seq = excluded.seq, copies = excluded.copies"
)
TRIGGERS = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ?"
TRIM = (
    f"DELETE FROM {OUTBOX} WHERE seq IN (SELECT o.seq FROM {OUTBOX} o"  # noqa: S608
    f" WHERE o.seq <= ? AND o.seq <= (SELECT min(r.seq) FROM {READERS} r WHERE r.tbl = o.tbl)"
    " ORDER BY o.seq LIMIT ?)"
)
FOLLOWED = f"SELECT 1 FROM {READERS} WHERE tbl = ? LIMIT 1"  # noqa: S608
LEAVE_TABLE = f"DELETE FROM {READERS} WHERE tbl = ?"  # noqa: S608
EMPTY = f"DELETE FROM {OUTBOX} WHERE tbl = ?"  # noqa: S608
LEAVE = f"DELETE FROM {READERS} WHERE reader = ?"  # noqa: S608


def trigger_names(table: str) -> tuple[str, ...]:
    """The names of all triggers that a table may have of us."""
    return tuple(
        f"_cardinal_{table}_{what}"
        for what in ("insert", "update", "delete", "rekey", "replace_insert", "replace_update")
    )


def triggers(table: SqlTable) -> dict[str, str]:
    """The triggers of a table: what creates each, by its name."""
    insert, update, delete, rekey, replace_insert, replace_update = trigger_names(table.name)
    on = f"ON {quoted(table.name)}"
    moved = " OR ".join(
        f"OLD.{quoted(name)} COLLATE BINARY IS NOT NEW.{quoted(name)}" for name in table.key
    )
    made = {
        insert: f"AFTER INSERT {on} BEGIN {_entry(table, 'NEW', UPSERT)}; END",
        update: f"AFTER UPDATE {on} BEGIN {_entry(table, 'NEW', UPSERT)}; END",
        delete: f"AFTER DELETE {on} BEGIN {_entry(table, 'OLD', DELETE)}; END",
        rekey: f"AFTER UPDATE {on} WHEN {moved} BEGIN {_entry(table, 'OLD', DELETE)}; END",
    }
    if table.uniques:
        # REPLACE removes the rows in its way without a word: note them before, look after.
        in_the_way = _in_the_way(table)
        changed = ", ".join(quoted(name) for name in _columns_of(table.uniques))
        made[replace_insert] = f"BEFORE INSERT {on} BEGIN {in_the_way}; END"
        made[replace_update] = f"BEFORE UPDATE OF {changed} {on} BEGIN {in_the_way}; END"
    return {
        name: f"CREATE TRIGGER {quoted(name)} {definition}" for name, definition in made.items()
    }


def rows_query(table: SqlTable, keys: int) -> str:
    """Selects the rows of so many keys, whose columns are bound one after another."""
    columns = ", ".join(quoted(name) for name in table.names)
    if len(table.key) == 1:
        marks = ", ".join("?" * keys)
        where = f"{quoted(table.key[0])} IN ({marks})"
    else:
        # One search of the index for each: a list of row values would read the whole table.
        one = " AND ".join(f"{quoted(name)} = ?" for name in table.key)
        where = " OR ".join([f"({one})"] * keys)
    return f"SELECT {columns} FROM {quoted(table.name)} WHERE {where}"  # noqa: S608


def copy_query(table: SqlTable, *, first: bool) -> str:
    """Selects the next rows in the order of the key, after a bound key unless they are the first.

    The last bound value is how many. Rows without a key are left out.
    """
    columns = ", ".join(quoted(name) for name in table.names)
    return f"SELECT {columns} {_in_order(table, first=first)} LIMIT ?"


def numbered_query(table: SqlTable, *, first: bool) -> str:
    """``copy_query`` of a table whose key is its rowid, which is selected before the columns."""
    names = ", ".join(quoted(name) for name in (*table.key, *table.names))
    return f"SELECT {names} {_in_order(table, first=first)} LIMIT ?"


def last_key_query(table: SqlTable, *, first: bool) -> str:
    """Selects the key so many rows further on: the last bound value says how many less one."""
    columns = ", ".join(quoted(name) for name in table.key)
    return f"SELECT {columns} {_in_order(table, first=first)} LIMIT 1 OFFSET ?"


def _in_order(table: SqlTable, *, first: bool) -> str:
    names = [quoted(name) for name in table.key]
    conditions = [f"typeof({name}) IN ('integer', 'text')" for name in names]
    if not first:
        conditions.append(f"({', '.join(names)}) > ({', '.join('?' * len(names))})")
    return f"FROM {quoted(table.name)} WHERE {' AND '.join(conditions)} ORDER BY {', '.join(names)}"


def _entry(table: SqlTable, row: str, op: str) -> str:
    return (
        f"INSERT INTO {OUTBOX} (tbl, pk, op)"  # noqa: S608
        f" VALUES ({literal(table.name)}, {_key_of(table, row)}, '{op}')"
    )


def _in_the_way(table: SqlTable) -> str:
    meets = " OR ".join(
        "("
        + " AND ".join(
            f"t.{quoted(name)} = NEW.{quoted(name)} COLLATE {collation}"
            for name, collation in zip(unique.columns, unique.collations, strict=True)
        )
        + ")"
        for unique in table.uniques
    )
    return (
        f"INSERT INTO {OUTBOX} (tbl, pk, op) SELECT {literal(table.name)},"  # noqa: S608
        f" {_key_of(table, 't')}, '{UPSERT}' FROM {quoted(table.name)} t WHERE {meets}"
    )


def _key_of(table: SqlTable, row: str) -> str:
    """The key's values as a JSON array; null for what is neither a whole number nor text."""
    parts = ", ".join(
        f"CASE WHEN typeof({row}.{quoted(name)}) IN ('integer', 'text')"
        f" THEN {row}.{quoted(name)} END"
        for name in table.key
    )
    return f"json_array({parts})"


def _columns_of(uniques: Sequence[Unique]) -> list[str]:
    return list(dict.fromkeys(name for unique in uniques for name in unique.columns))
