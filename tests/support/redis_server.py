"""A real Redis for tests: on loopback, on a free port, in a folder that goes with the test."""

import contextlib
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from tests.support.debian import program

STARTS_WITHIN_S = 30.0


@dataclass
class RedisServer:
    """One server process; its data outlives it in its folder."""

    folder: Path
    port: int
    flags: tuple[str, ...] = ()
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """Where it is."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it and wait until it answers. Every command is on disk before it is answered."""
        self.process = subprocess.Popen(
            [program("redis-server", "redis-server"), "--port", str(self.port), "--bind",
             "127.0.0.1", "--dir", str(self.folder), "--appendonly", "yes", "--appendfsync",
             "always", "--save", "", "--loglevel", "warning", *self.flags],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        end = time.monotonic() + STARTS_WITHIN_S
        with self.client() as client:
            while time.monotonic() < end:
                with contextlib.suppress(RedisError):
                    if client.ping():
                        return
                time.sleep(0.01)
        raise AssertionError("Redis did not start")

    def kill(self) -> None:
        """As a power cut would."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def client(self) -> Redis:
        """A client, to be closed."""
        return Redis(port=self.port, password=self._password(), protocol=2)

    def last_id(self, stream: str) -> str:
        """The id of the stream's newest entry."""
        with self.client() as client:
            newest = client.xrevrange(stream, count=1)
        return str(newest[0][0].decode())

    def add(self, stream: str, entries: Sequence[tuple[str, str]]) -> None:
        """Write entries as the sink does by default: a key and a value each."""
        with self.client() as client:
            pipe = client.pipeline(transaction=False)
            for key, value in entries:
                pipe.xadd(stream, {key: value})
            pipe.execute()

    def _password(self) -> str | None:
        found = dict(zip(self.flags[::2], self.flags[1::2], strict=True))
        return found.get("--requirepass")


@contextlib.contextmanager
def redis_server(folder: Path, *flags: str) -> Iterator[RedisServer]:
    """A running server, killed at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    server = RedisServer(folder, _free_port(), flags)
    server.start()
    try:
        yield server
    finally:
        server.kill()


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
