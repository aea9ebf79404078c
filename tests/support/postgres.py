"""A real PostgreSQL server on loopback, of an ordinary user, in a folder of its own."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2

from tests.support.debian import copied_program, program

PACKAGE = "postgresql"
NOBODY = 65_534
OWNER = "owner"
STARTS_WITHIN_S = 60
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "wal_level": "logical",
    "max_wal_senders": "10",
    "max_replication_slots": "40",
    # A killed server loses nothing that the machine still holds, so no test waits for disks.
    "fsync": "off",
    "shared_buffers": "16MB",
    "jit": "off",
    "autovacuum": "off",
    "logging_collector": "off",
}


class PostgresServer:
    """One server. It can be killed and started again on the same data and port."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self._data = folder / "data"
        self._log = folder / "log"
        self._settings = {**SETTINGS, **settings}
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        initdb = [str(_program("initdb", folder)), "-D", str(self._data), "-U", OWNER]
        flags = ["--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"]
        subprocess.run(
            [*initdb, *flags], check=True, capture_output=True, cwd=folder, **_as_ordinary()
        )
        self._postgres = str(_program("postgres", folder))

    def start(self) -> None:
        """Start, and wait until it answers."""
        flags = [
            part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")
        ]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [self._postgres, "-D", str(self._data), "-p", str(self.port), *flags],
                stdout=log, stderr=log, cwd=self._data, **_as_ordinary(),
            )  # fmt: skip
        ready = self._data / "postmaster.pid"
        for _ in range(STARTS_WITHIN_S * 50):
            if ready.exists() and "ready" in ready.read_text():
                return
            try:
                self._process.wait(0.02)
            except subprocess.TimeoutExpired:
                continue
            break
        raise AssertionError(self._log.read_text())

    def stop(self, number: int = signal.SIGINT) -> None:
        """End it: at once but cleanly, or by another signal."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(STARTS_WITHIN_S)
            self._process = None

    def url(self, database: str = "postgres", user: str = OWNER) -> str:
        """How a driver gets there."""
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def do(self, *statements: str, database: str = "postgres", user: str = OWNER) -> None:
        """Statements, each on its own."""
        with closing(psycopg2.connect(self.url(database, user))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)

    def ask(self, query: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with closing(psycopg2.connect(self.url(database))) as asked, asked.cursor() as cursor:
            cursor.execute(query)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


@contextmanager
def running_postgres(**settings: str) -> Iterator[PostgresServer]:
    """A server that is gone at the end, with all its data."""
    # Not below pytest's folders: those are for the user who runs the tests alone.
    folder = Path(tempfile.mkdtemp(prefix="cardinal-postgres-"))
    try:
        if os.getuid() == 0:
            os.chown(folder, NOBODY, NOBODY)
        server = PostgresServer(folder, **settings)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


def _as_ordinary() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    root = os.getuid() == 0
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if root else {}


def _program(name: str, folder: Path) -> Path:
    """A program that the server's user may start: below a closed home it is copied out first."""
    found = program(PACKAGE, name).resolve()
    if os.getuid() or all(parent.stat().st_mode & 0o001 for parent in found.parents):
        return found
    return copied_program(PACKAGE, name, folder)
