"""A service of its own for the browser tests, started as people start it."""

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx2

READY_WITHIN_S = 120
ENDS_WITHIN_S = 30
POLL_S = 0.05
SERVE = ("serve", "--no-auth", "--clock", "manual")
GUARDED = ("serve",)
DEMO = ("demo", "--no-auth")
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Site:
    """Where the service answers, and how to ask it without a browser."""

    url: str
    client: httpx2.Client
    said: Path
    """What it printed and logged so far."""

    def ask(self, method: str, path: str, **more: Any) -> Any:
        """The decoded answer of a route below ``/api/v1``. Fails the test on an error."""
        answer = self.client.request(method, f"/api/v1{path}", **more)
        assert answer.is_success, answer.text
        return answer.json()

    def count(self, dataset: str, condition: object) -> dict[str, Any]:
        """What ``POST /count`` says, with counts for every node."""
        body = {"condition": condition, "per_node": True}
        return dict(self.ask("POST", f"/datasets/{dataset}/count", json=body))

    def load(self, dataset: str, csv: str) -> None:
        """Import a CSV text and wait until it is visible."""
        accepted = self.ask(
            "POST", f"/datasets/{dataset}/imports", files={"file": (f"{dataset}.csv", csv.encode())}
        )
        state = wait_for(lambda: self._ended(accepted["id"]))
        assert state["state"] == "succeeded", state

    def _ended(self, import_id: str) -> dict[str, Any] | None:
        state = dict(self.ask("GET", f"/imports/{import_id}"))
        return None if state["state"] in {"queued", "running"} else state


@contextlib.contextmanager
def serving(folder: Path, *verb: str) -> Iterator[Site]:
    """A running service on free ports with its data in ``folder``; ended afterwards."""
    ready, log = folder / "ready.json", folder / "log"
    command = [sys.executable, "-m", "gateway", *verb, "--data", str(folder / "data")]
    command += ["--host", "127.0.0.1", "--port", "0", "--grpc-port", "0"]
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, "--ready-file", str(ready)], stdout=out, stderr=subprocess.STDOUT
        )
        try:
            url = wait_for(lambda: _address(process, ready, log))
            with httpx2.Client(base_url=url, timeout=READY_WITHIN_S) as client:
                yield Site(url, client, log)
        finally:
            process.terminate()
            process.wait(ENDS_WITHIN_S)


def wait_for(look: Callable[[], Found | None], within_s: float = READY_WITHIN_S) -> Found:
    """What ``look`` finds, looked for until it is not None."""
    until = time.monotonic() + within_s
    while (found := look()) is None:
        assert time.monotonic() < until, f"nothing within {within_s} s"
        time.sleep(POLL_S)
    return found


def _address(process: subprocess.Popen[bytes], ready: Path, log: Path) -> str | None:
    if process.poll() is not None:
        raise AssertionError(f"the service ended: {log.read_text()[-2000:]}")
    if not ready.exists():
        return None
    return str(json.loads(ready.read_text())["http"])
