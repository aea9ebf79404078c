"""A real ``cardinal serve`` over customers, and how benchmarks talk to it.

Processes of this machine over loopback, the data folder on disk: what a service costs, all of it.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.command import Asked

API = "/api/v1/datasets/customers"
ENDS_WITHIN_S = 600
ANSWERS_WITHIN_S = 600
KEPT_S = 2.0
"""A connection that was idle for longer is made anew: the service lets idle ones go."""


@dataclass(frozen=True, slots=True)
class Service:
    """A process that serves at ``address`` (host and port), ``ready_s`` after it was started."""

    process: "subprocess.Popen[str]"
    address: str
    ready_s: float

    def kill(self) -> None:
        """End it as a power cut would, but for what the system still writes."""
        self.process.kill()
        self.process.wait(ENDS_WITHIN_S)

    def cpu_s(self) -> float:
        """Processor time it has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        user, system = int(fields[11]), int(fields[12])
        return (user + system) / os.sysconf("SC_CLK_TCK")


@contextmanager
def folder_of(asked: Asked) -> Iterator[Path]:
    """A data folder that holds the customers as one snapshot, beside the benchmarks' own data."""
    file = asked.data.customers()
    with TemporaryDirectory(prefix="served-", dir=asked.root) as made:
        folder = Path(made)
        asked.report(f"loading {asked.rows:,} customers")
        subprocess.run(
            [sys.executable, "-m", "benchmarks.fill_folder", str(folder), str(file)],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        yield folder


@contextmanager
def serving(folder: Path) -> Iterator[Service]:
    """A service over the folder, once it is ready; killed at the end if it still runs."""
    ready = folder / "ready.json"
    ready.unlink(missing_ok=True)
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway", "serve", "--data", str(folder), "--host", "127.0.0.1",
         "--port", "0", "--grpc-port", "0", "--no-auth", "--log-level", "warning",
         "--ready-file", str(ready)],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        if not process.stdout.readline():
            raise RuntimeError("the service ended before it was ready")
        ready_s = time.perf_counter() - started
        yield Service(process, json.loads(ready.read_text())["http"].rpartition("/")[2], ready_s)
    finally:
        process.kill()
        process.communicate()


class Caller:
    """One connection, kept while it is used, over which one request after the other is made."""

    def __init__(self, address: str) -> None:
        self._connection = HTTPConnection(address, timeout=ANSWERS_WITHIN_S)
        self._used = time.perf_counter()

    def close(self) -> None:
        """Let the connection go."""
        self._connection.close()

    def post(self, path: str, body: bytes) -> Any:
        """The answer's document. Raises: RuntimeError unless it is a good one."""
        return self._asked("POST", path, body)

    def get(self, path: str) -> Any:
        """Likewise; None where there is nothing."""
        return self._asked("GET", path, None)

    def timed(self, path: str, body: bytes) -> float:
        """Milliseconds until the answer to a POST was read."""
        started = time.perf_counter()
        self.post(path, body)
        return (time.perf_counter() - started) * 1e3

    def _asked(self, method: str, path: str, body: bytes | None) -> Any:
        if time.perf_counter() - self._used > KEPT_S:
            self._connection.close()
        self._connection.request(method, path, body, {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        document = json.loads(answer.read())
        self._used = time.perf_counter()
        if answer.status == 404 and method == "GET":
            return None
        if answer.status != 200:
            raise RuntimeError(f"{method} {path}: {answer.status}, {document}")
        return document


@contextmanager
def calling(service: Service) -> Iterator[Caller]:
    """A caller of the service, closed at the end."""
    with closing(Caller(service.address)) as caller:
        yield caller


def percentile(times: Sequence[float], share: float) -> float:
    """The value that this share of the times doesn't exceed."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
