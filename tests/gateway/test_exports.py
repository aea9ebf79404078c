"""Exports of D1 and SQLite: every row of them, and nothing that they would like to do."""

import csv
import gzip
import random
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import structlog

from gateway.cli import main
from gateway.d1.export import Export, ExportedTable, read_export
from gateway.d1.sandbox import Sandbox
from gateway.d1.statements import cut_statements
from indexer.intake.options import IntakeLimits
from indexer.intake.stream import ByteStream
from indexer.model.errors import BadFile, TooLarge

LIMITS = IntakeLimits()
TEXTS = ["", "plain", "it's", 'say "x"', "a;b", "-- no", "/* no", "two\nlines", "cr\r", "ü😀",
         "[x]", "`", "007", "NULL", "x,y", "\\u0041"]  # fmt: skip
D1 = """PRAGMA defer_foreign_keys=TRUE;
CREATE TABLE IF NOT EXISTS "d1_migrations"( id INTEGER PRIMARY KEY, name TEXT UNIQUE );
INSERT INTO "d1_migrations" ("id","name") VALUES(1,'0001_first.sql');
CREATE TABLE _cf_KV (key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID;
CREATE TABLE people (
  id INTEGER PRIMARY KEY, -- the key; of all
  name TEXT NOT NULL DEFAULT (lower('A')), spent DECIMAL(9, 2), vip BOOLEAN CHECK (vip IN (0, 1)),
  born TEXT, half REAL GENERATED ALWAYS AS (spent / 2) VIRTUAL, photo BLOB
);
INSERT INTO "people" ("id","name","spent","vip","born","photo")
  VALUES(1,'it''s; a',12.5,1,'2024-02-29',X'00');
INSERT INTO people VALUES(2,replace('two\\nlines','\\n',char(10)),0.1,0,NULL,NULL),
  (3,unistr('\\u00fc\\\\'),3,NULL,'2024-03-01',X'01');
CREATE TABLE pairs (a TEXT, b INT, v, PRIMARY KEY (a, b)) WITHOUT ROWID;
INSERT INTO pairs VALUES('x|y',1,'p'),('x',2,5);
CREATE TRIGGER t AFTER INSERT ON people BEGIN
  INSERT INTO people VALUES(9,'no',1,1,NULL,NULL); DELETE FROM people; END;
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('people',3);
CREATE UNIQUE INDEX i ON people(name);
"""


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Export]:
    """Reads an export of this text."""

    def reading(text: str | bytes, *wanted: str, limits: IntakeLimits = LIMITS) -> Export:
        path = tmp_path / "export.sql"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        folder = tmp_path / "made"
        folder.mkdir()
        return read_export(path, folder, limits, wanted)

    return reading


def cells_of(table: ExportedTable) -> list[dict[str, str]]:
    """The cells of a table's file, as texts."""
    with table.file.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_an_export_of_d1_is_read_as_it_is_meant(read: Callable[..., Export]) -> None:
    """Its own tables are passed over; shapes tell the types; triggers don't run."""
    export = read(D1)

    people, pairs = export.tables
    assert ["people", "id", 0] == [people.name, people.key, export.rejects]
    assert {"id": "int", "name": "keyword", "spent": "decimal", "vip": "bool", "born": "date"} == {
        name: kind.value for name, kind in people.types.items()
    }
    assert [
        ["1", "it's; a", "12.50", "true", "2024-02-29"],
        ["2", "two\nlines", "0.10", "false", ""],
        ["3", "ü\\", "3", "", "2024-03-01"],
    ] == [list(row.values()) for row in cells_of(people)]
    assert ["key", ["x\\|y|1", "x|2"]] == [pairs.key, [row["key"] for row in cells_of(pairs)]]


def test_only_the_named_table_is_read(read: Callable[..., Export]) -> None:
    """Also one that is passed over else; one that isn't there is said."""
    export = read(D1, "d1_migrations")

    assert [["1", "0001_first.sql"]] == [list(row.values()) for row in cells_of(*export.tables)]


@pytest.mark.parametrize("packed", [False, True])
def test_every_row_of_a_database_comes_out_again(read: Callable[..., Export], packed: bool) -> None:
    """Whatever texts and numbers are in it, in blocks of any size."""
    dice = random.Random(5)
    rows = [
        (number, dice.choice(TEXTS), dice.choice([None, 1, -(2**63), 0.1, 1e300, *TEXTS]))
        for number in range(3_000)
    ]
    with closing(sqlite3.connect(":memory:")) as app:
        app.execute('CREATE TABLE "odd ""t"" " ([a;b] INTEGER PRIMARY KEY, "it\'s" TEXT, c)')
        app.executemany('INSERT INTO "odd ""t"" " VALUES (?, ?, ?)', rows)
        text = "\n".join(app.iterdump()).encode()
    limits = IntakeLimits(block_bytes=dice.choice([101, 5_000]))

    [table] = read(gzip.compress(text) if packed else text, limits=limits).tables

    assert 'odd "t" ' == table.name
    found = [tuple(row.values()) for row in cells_of(table)]
    assert [(str(a), b, "" if c is None else str(c)) for a, b, c in rows] == found


HOSTILE: Mapping[str, str] = {
    "a query": "INSERT INTO t SELECT 1;",
    "another table": "INSERT INTO t SELECT name FROM sqlite_schema;",
    "a function": "INSERT INTO t VALUES(load_extension('x'));",
    "a blob of room": "INSERT INTO t VALUES(zeroblob(1000000000));",
    "randomness": "INSERT INTO t VALUES(hex(randomblob(10)));",
    "a subquery": "INSERT INTO t VALUES((SELECT count(*) FROM t));",
    "recursion": "INSERT INTO t WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM r)"
                 " SELECT n FROM r;",
    "no SQL": "INSERT INTO t VALUES(1,,2);",
    "too many": "INSERT INTO t VALUES(1,2);",
    "a NUL": "INSERT INTO t VALUES('\0');",
    "conflict": "INSERT INTO t VALUES(1) ON CONFLICT DO UPDATE SET a = 5;",
    "returning": "INSERT INTO t VALUES(1) RETURNING (SELECT 1 FROM t);",
}  # fmt: skip


@pytest.mark.parametrize("attack", HOSTILE)
def test_nothing_but_literal_rows_is_taken(read: Callable[..., Export], attack: str) -> None:
    """The statement is told by its line, the others count."""
    rows = "CREATE TABLE t (a);\nINSERT INTO t VALUES(1);\n{}\nINSERT INTO t VALUES(2);"
    text = rows.format(HOSTILE[attack])

    export = read(text)

    told = [(export.rejects, export.rejected)]
    harmless = {name: ["1", "1", "2"] for name in ("a query", "conflict")}
    assert harmless.get(attack, ["1", "2"]) == [row["a"] for row in cells_of(*export.tables)]
    assert ([(0, ())] if attack in harmless else [(1, (3,))]) == told


def test_what_reaches_outside_is_passed_over(read: Callable[..., Export], tmp_path: Path) -> None:
    """ATTACH, pragmas, views and the like are no rows."""
    outside = tmp_path / "outside.db"
    text = (
        f"ATTACH '{outside}' AS o;\nPRAGMA journal_mode=WAL;\nVACUUM INTO '{outside}';\n"
        "CREATE TABLE t (a);\nCREATE VIEW v AS SELECT 1;\nINSERT INTO t VALUES(1);\nSELECT 1;"
        "CREATE VIRTUAL TABLE f USING fts5(x);\nCREATE TABLE f_data(a);\nCREATE TABLE o.u(a);"
    )

    export = read(text)

    assert ["t"] == [table.name for table in export.tables]
    assert not outside.exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "CREATE TABLE t (a);\nINSERT INTO t VALUES(1);\nINSERT INTO t VALUES('x",
            "line 3: it is cut",
        ),
        ("CREATE TABLE t (a);\nROLLBACK; -- due to errors", "line 2: the export was given up"),
        ("CREATE TABLE t (a);\n\nUPDATE t SET a = 1;", "line 3: the export changes a table"),
        ("INSERT INTO t VALUES(1);", "line 1: rows of a table that was never made"),
        ("CREATE TABLE t AS SELECT 1;", "line 1: this CREATE TABLE can't be read"),
        ("CREATE TABLE t (a JSON PRIMARY KEY AUTO_INCREMENT);", "is it SQLite's"),
        ("a,b\n1,2\n;", "no CREATE TABLE in this file"),
    ],
)
def test_an_export_that_cannot_be_read_says_where(
    read: Callable[..., Export], text: str, said: str
) -> None:
    """And what to do about it."""
    with pytest.raises(BadFile, match=said):
        read(text)


def test_a_statement_that_never_ends_is_too_large(read: Callable[..., Export]) -> None:
    """Long before all of a large file is in memory."""
    limits = IntakeLimits(block_bytes=1_000, record_bytes_max=5_000)

    with pytest.raises(TooLarge, match="statement on line 2"):
        read("CREATE TABLE t (a);\nINSERT INTO t VALUES('" + "x" * 10_000, limits=limits)


def test_rows_that_unfold_to_much_are_too_large(
    read: Callable[..., Export], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A few bytes of replace() can mean megabytes."""
    monkeypatch.setattr("gateway.d1.sandbox.GRACE_BYTES", 1 << 20)
    bomb = (
        "replace(replace(replace('aaaaaaaaaa','a','bbbbbbbbbb'),'b','cccccccccc'),'c','" + "d" * 999
    )
    text = "CREATE TABLE t (a);" + f"INSERT INTO t VALUES({bomb}'));\n" * 40

    with pytest.raises(TooLarge, match="times the room"):
        read(text)


def test_no_statement_is_run_that_would_leave_the_sandbox(tmp_path: Path) -> None:
    """What our reading of the text lets through, SQLite's authorizer stops."""
    path = tmp_path / "text.sql"
    path.write_text("CREATE TABLE t (a);")
    with ByteStream(path, LIMITS) as stream:
        [create] = cut_statements(stream, LIMITS)
    outside = tmp_path / "outside"
    with closing(Sandbox(tmp_path / "rows.db", 0)) as sandbox:
        sandbox.create("t", create)
        for text in (f"ATTACH '{outside}' AS o;", "DROP TABLE t;", "PRAGMA user_version = 3;",
                     "DELETE FROM t;", "RELEASE block;", "INSERT INTO t VALUES(1);"):  # fmt: skip
            sandbox.insert(type(create)(1, text.encode()))
        sandbox.finish()
        rejects = sandbox.rejects

    assert [5, False] == [rejects, outside.exists()]


@pytest.fixture
def cardinal(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., tuple[int, str, str]]]:
    """Runs the command line in this process."""

    def run(*arguments: Any) -> tuple[int, str, str]:
        code = 0
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as ended:
            code = int(ended.code or 0)
        return code, *capsys.readouterr()

    yield run
    structlog.reset_defaults()


def test_an_export_is_loaded_from_the_command_line(
    cardinal: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    """One table into any dataset, or all into datasets of their names."""
    file = tmp_path / "shop.sql"
    file.write_text(D1.replace("('x',2,5)", "('x',X'00',5)").replace("b INT, v", "b INT, w BLOB"))
    data = ("--data", tmp_path / "data")

    unnamed = cardinal("load", file, "--into", "folk", *data)
    one = cardinal("load", file, "--into", "folk", "--table", "people", *data)
    every = cardinal("migrate", "d1", file, *data)
    count = cardinal("count", "people", '{"field": "vip", "op": "is", "value": true}', *data)

    assert [2, True] == [unnamed[0], "--table: people, pairs" in unnamed[2]]
    assert (0, "folk: 3 rows read; 3 created\n") == one[:2]
    assert (0, "people: 3 rows read; 3 created\npairs: 1 rows read; 1 created\n") == every[:2]
    assert "pairs: 1 rows left out: 'b' holds a blob\n" in every[2]
    assert "1\n" == count[1]
