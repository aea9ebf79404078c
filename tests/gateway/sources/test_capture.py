"""Databases followed by a real service: what people type, and what a kill -9 may not spoil."""

import json
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Self

import httpx2
import pytest
import structlog

from gateway.cli import main
from tests.gateway.test_process import Service, served
from tests.support.postgres import PostgresServer, running_postgres

WITHIN_S = 60
VIP = '{"field": "vip", "op": "is", "value": true}'
QUICK = ("--no-auth", "--source-retry-s", "0.1")
TABLE = (
    "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, spent DECIMAL(9, 2), vip BOOLEAN,"
    " seen DATETIME, photo BLOB)"
)
ROWS = [
    (1, "Ann", 12.5, 1, "2024-02-29 10:00:00", b"\0"),
    (2, "Bob", None, 0, None, None),
    (3, None, 3, None, "2024-03-01", None),
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """An application's file with one table of three rows."""
    path = tmp_path / "app.db"
    with closing(sqlite3.connect(path)) as app, app:
        app.execute(TABLE)
        app.executemany("INSERT INTO people VALUES (?, ?, ?, ?, ?, ?)", ROWS)
    return path


class Asked:
    """A running service, asked over HTTP."""

    def __init__(self, service: Service) -> None:
        self.address = service.facts["http"]
        self._client = httpx2.Client(base_url=f"{self.address}/api/v1", timeout=WITHIN_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, path: str) -> Any:
        """The document of a GET."""
        return self._client.get(path).json()

    def post(self, path: str, body: object = None) -> Any:
        """The document of a POST that succeeds."""
        answer = self._client.post(path, content=json.dumps(body) if body is not None else None)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def records(self, dataset: str) -> dict[Any, dict[str, Any]]:
        """All records by key, without nulls; nothing where there is no dataset."""
        answer = self._client.post(
            f"/datasets/{dataset}/members", content=json.dumps({"condition": {"all": []}})
        )
        if answer.status_code == 404:
            return {}
        return {
            item["key"]: {
                name: value for name, value in item["values"].items() if value is not None
            }
            for item in answer.json()["items"]
        }

    def until(self, holds: Callable[["Asked"], bool]) -> None:
        """Ask until it holds."""
        end = time.monotonic() + WITHIN_S
        while not holds(self):
            assert time.monotonic() < end, self.get("/sources")


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def cardinal(capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Runs the command line in this process: its exit code and what it printed."""

    def run(*arguments: object) -> tuple[int, str, str]:
        code = 0
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as ended:
            code = int(ended.code or 0)
        return code, *capsys.readouterr()

    yield run
    structlog.reset_defaults()


def test_a_table_is_captured_into_a_folder(cardinal: Run, tmp_path: Path, file: Path) -> None:
    """Once is enough for a copy; once more brings what changed; nothing is left at the end."""
    data = ("--data", tmp_path / "data")
    named = ("capture", "sqlite", file, "--table", "people", "--into", "folk", *data)

    _, first, _ = cardinal(*named, "--once")
    _, counted, _ = cardinal("count", "folk", VIP, *data)
    with closing(sqlite3.connect(file)) as app, app:
        app.execute("DELETE FROM people WHERE id = 1")
        app.execute("INSERT INTO people (id, vip) VALUES (8, 1), (9, 1)")
    _, second, _ = cardinal(*named, "--once", "--json")
    _, again, _ = cardinal("count", "folk", VIP, *data)
    removed = cardinal(*named, "--remove")

    assert "people to folk: paused; 3 rows and changes read, 0 rejected\n" == first
    assert ["1\n", "2\n"] == [counted, again]
    assert ["paused", 0] == [json.loads(second)[name] for name in ("state", "rejected")]
    assert (0, "", "") == removed
    with closing(sqlite3.connect(file)) as app:
        left = app.execute("SELECT name FROM sqlite_schema WHERE name LIKE '%cardinal%'").fetchall()
    assert [] == left


def test_a_service_follows_a_captured_table(tmp_path: Path, file: Path) -> None:
    """It shows on GET /sources, survives kill -9 of the command and of the service."""
    with served(tmp_path, "--no-auth") as service, Asked(service) as asked:
        command = subprocess.Popen(
            [sys.executable, "-m", "gateway", "capture", "sqlite", str(file), "--table", "people",
             "--into", "folk", "--connect", asked.address],
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            asked.until(lambda it: len(it.records("folk")) == 3)
        finally:
            command.kill()
            command.wait()
        schema = {field["name"]: field["type"] for field in asked.get("/datasets/folk")["fields"]}
        records = asked.records("folk")
        asked.until(lambda it: it.get("/sources")["items"][0]["state"] == "streaming")
        [source] = asked.get("/sources")["items"]
        with closing(sqlite3.connect(file)) as app, app:
            app.execute("UPDATE people SET name = 'Anna' WHERE id = 1")
        asked.until(lambda it: it.records("folk")[1]["name"] == "Anna")
        service.end(signal.SIGKILL)

    with closing(sqlite3.connect(file)) as app, app:
        app.execute("DELETE FROM people WHERE id = 2")
        app.execute("UPDATE people SET id = 30 WHERE id = 3")
    with served(tmp_path, "--no-auth") as service, Asked(service) as asked:
        asked.until(lambda it: set(it.records("folk")) == {1, 30})
        asked.until(lambda it: it.get("/sources")["items"][0]["lag"]["entries"] == 0)

    assert {
        "id": "int", "name": "keyword", "spent": "decimal", "vip": "bool", "seen": "timestamp",
    } == schema  # fmt: skip
    assert {
        "id": 1, "name": "Ann", "spent": "12.50", "vip": True, "seen": "2024-02-29T10:00:00Z",
    } == records[1]  # fmt: skip
    assert ["app.people.folk", "sqlite", "streaming", None] == [
        source[name] for name in ("name", "kind", "state", "error")
    ]


def test_what_cannot_be_captured_is_one_sentence(cardinal: Run, tmp_path: Path, file: Path) -> None:
    """A wrong name, or a file that is none."""
    data = ("--data", tmp_path / "data", "--once")
    asked = ("--table", "x", "--into", "y", *data)

    wrong = cardinal("capture", "sqlite", file, *asked)
    none = cardinal("capture", "sqlite", file.with_name("no"), *asked)

    assert (2, "", "cardinal: the file has no table 'x'\n") == wrong
    assert [2, True] == [none[0], none[2].startswith("cardinal: there is no file")]


def test_a_row_that_does_not_fit_is_told(tmp_path: Path, file: Path) -> None:
    """By table and column, never by value; the others go on."""
    with served(tmp_path, "--no-auth") as service, Asked(service) as asked:
        asked.post("/datasets", {
            "name": "folk", "key": "id",
            "fields": [{"name": "id", "type": "int"}, {"name": "name", "type": "int"},
                       {"name": "photo", "type": "keyword"}],
        })  # fmt: skip
        with closing(sqlite3.connect(file)) as app, app:
            app.execute("UPDATE people SET name = '17' WHERE id = 2")
        asked.post("/sources", {
            "name": "s", "kind": "sqlite", "tables": {"people": "folk"},
            "settings": {"file": str(file), "poll_ms": 1},
        })  # fmt: skip
        asked.until(lambda it: it.get("/sources/s")["events"] == 3)
        source, records = asked.get("/sources/s"), asked.records("folk")

    assert {2: {"id": 2, "name": 17}, 3: {"id": 3}} == records
    assert 1 == source["rejected"]
    [error] = source["errors"]
    assert ["people", "'name' is an int: give a whole number"] == [
        error["table"], error["message"],
    ]  # fmt: skip


def histories(dice: random.Random, rows: int) -> Iterator[str]:
    """What an application does to its rows."""
    again = "ON CONFLICT (id) DO UPDATE SET name = 'again'"
    while True:
        key = dice.randrange(rows)
        free = f"NOT EXISTS (SELECT 1 FROM people p WHERE p.id = {rows + key})"
        yield dice.choice([
            f"INSERT INTO people (id, name) VALUES ({key}, 'n') {again}",
            f"UPDATE people SET name = 'some {key}' WHERE id < {key}",
            f"DELETE FROM people WHERE id = {key}",
            f"UPDATE people SET id = {rows} + id WHERE id = {key} AND {free}",
        ])  # fmt: skip


def test_postgresql_is_followed_over_kills_of_either_side(tmp_path: Path) -> None:
    """Kill -9 of the service while it streams, of the server while it writes; the rows agree."""
    todo = histories(random.Random(7), 40)
    with running_postgres() as postgres:
        postgres.do(
            "CREATE TABLE people (id int PRIMARY KEY, name text)",
            "INSERT INTO people SELECT n, 'old' FROM generate_series(1, 3000) n",
        )
        with served(tmp_path, *QUICK) as service, Asked(service) as asked:
            asked.post("/sources", postgres_source(postgres))
            write(postgres, todo, 30)
            asked.until(lambda it: it.get("/sources/pg")["applied"] > 0)
            service.end(signal.SIGKILL)
        with served(tmp_path, *QUICK) as service, Asked(service) as asked:
            write(postgres, todo, 30)
            asked.until(lambda it: it.get("/sources/pg")["applied"] > 0)
            postgres.stop(signal.SIGQUIT)
            postgres.start()
            write(postgres, todo, 30)
            service.end(signal.SIGKILL)
        write(postgres, todo, 30)
        expected = dict(postgres.ask("SELECT id, name FROM people WHERE id < 100"))
        with served(tmp_path, *QUICK) as service, Asked(service) as asked:
            asked.until(lambda it: small(it) == expected)
            asked.until(lambda it: it.get("/sources/pg")["state"] == "streaming")
            source = asked.get("/sources/pg")

    assert expected
    assert ["postgres", "streaming", 0] == [
        source["kind"], source["state"], source["rejected"],
    ]  # fmt: skip
    assert source["lag"]["bytes"] is not None


def write(postgres: PostgresServer, todo: Iterator[str], steps: int) -> None:
    """Some transactions of the application."""
    for _ in range(steps):
        postgres.do(next(todo))


def small(asked: Asked) -> Mapping[Any, Any]:
    """The names of the first records, by key."""
    body = {"condition": {"field": "id", "op": "lt", "value": 100}, "limit": 200}
    answer = httpx2.post(f"{asked.address}/api/v1/datasets/people/members",
                         content=json.dumps(body), timeout=WITHIN_S)  # fmt: skip
    if answer.status_code != 200:
        return {}
    return {item["key"]: item["values"]["name"] for item in answer.json()["items"]}


def postgres_source(postgres: PostgresServer) -> dict[str, Any]:
    """What to POST to /sources."""
    return {
        "name": "pg", "kind": "postgres", "tables": {"people": "people"}, "add_fields": True,
        "settings": {"url": postgres.url()},
    }  # fmt: skip
