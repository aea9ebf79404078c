"""A real ``cardinal serve``: how it starts, what it tells, how it ends."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc
import httpx2
import pytest
from grpc_health.v1 import health_pb2

from gateway.serve import bound

CARDINAL = (sys.executable, "-m", "gateway")
ENDS_WITHIN_S = 60
ANSWERS_WITHIN_S = 60


@dataclass(frozen=True, slots=True)
class Service:
    """A process that serves, and what it said on its first lines."""

    process: "subprocess.Popen[str]"
    lines: list[str]
    ready: Path

    @property
    def facts(self) -> dict[str, str]:
        """The ready file."""
        facts: dict[str, str] = json.loads(self.ready.read_text())
        return facts

    def end(self, number: int) -> int:
        """Send a signal and wait; the exit code."""
        self.process.send_signal(number)
        return self.process.wait(ENDS_WITHIN_S)


@contextmanager
def served(
    folder: Path, *flags: str, lines: int = 1, command: Sequence[str] = CARDINAL
) -> Iterator[Service]:
    """``cardinal serve`` on free ports, once it has said where it is."""
    ready = folder / "ready.json"
    process = subprocess.Popen(
        [*command, "serve", "--data", str(folder / "data"), "--port", "0",
         "--grpc-port", "0", "--shard-bits", "16", "--ready-file", str(ready), *flags],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        yield Service(process, [process.stdout.readline() for _ in range(lines)], ready)
    finally:
        process.kill()
        process.communicate()


def test_a_service_tells_where_it_is_and_ends_cleanly(tmp_path: Path) -> None:
    """The ready file names both servers; data survives a restart; SIGTERM and Ctrl-C exit 0."""
    people = {"name": "people", "key": "id", "fields": []}
    with served(tmp_path, "--no-auth") as first:
        facts = first.facts
        with httpx2.Client(base_url=facts["http"], timeout=ANSWERS_WITHIN_S) as client:
            ready = client.get("/readyz").status_code
            created = client.post("/api/v1/datasets", json=people).status_code
        health = _health(facts["grpc"])
        terminated = first.end(signal.SIGTERM)
        left = first.ready.exists()

    with served(tmp_path, "--no-auth") as second:
        kept = httpx2.get(f"{second.facts['http']}/api/v1/datasets", timeout=ANSWERS_WITHIN_S)
        interrupted = second.end(signal.SIGINT)

    assert {"http", "grpc", "pid"} == set(facts)
    assert [first.process.pid, f"Cardinal is at {facts['http']}\n"] == [
        facts["pid"],
        first.lines[0],
    ]
    assert [200, 201, health_pb2.HealthCheckResponse.SERVING] == [ready, created, health]
    assert ["people"] == [item["name"] for item in kept.json()["items"]]
    assert [0, 0, False] == [terminated, interrupted, left]


async def test_a_small_answer_waits_for_no_other() -> None:
    """Nagle's algorithm is off on every connection, or answers take 40 ms over a kept one."""
    off = asyncio.get_running_loop().create_future()

    def connected(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held = writer.get_extra_info("socket")
        off.set_result(held.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    with bound("127.0.0.1", 0, "--port") as listener:
        async with await asyncio.start_server(connected, sock=listener):
            _, leaving = await asyncio.open_connection(*listener.getsockname()[:2])
            found = await off
            leaving.close()

    assert 1 == found


def test_a_service_prints_a_link_that_signs_in(tmp_path: Path) -> None:
    """Once, and nobody else gets in."""
    with served(tmp_path, lines=2) as service:
        link = service.lines[1].rsplit(" ", 1)[1].strip()
        with httpx2.Client(base_url=service.facts["http"], timeout=ANSWERS_WITHIN_S) as client:
            before = client.get("/api/v1/session").status_code
            client.get(link)
            after = client.get("/api/v1/session").json()
        again = httpx2.get(link, timeout=ANSWERS_WITHIN_S).status_code

    assert [401, "admin", 401] == [before, after["role"], again]


def test_the_command_line_works_on_a_running_service(tmp_path: Path) -> None:
    """``--connect`` loads and counts with the same words; a taken port is one sentence."""
    file = tmp_path / "people.csv"
    file.write_text("id,state\n1,CA\n2,NY\n")
    with served(tmp_path, "--no-auth") as service:
        address = service.facts["http"]
        loaded = _cardinal("load", str(file), "--into", "people", "--key", "id",
                           "--connect", address)  # fmt: skip
        counted = _cardinal("count", "people", '{"field": "state", "op": "is", "value": "CA"}',
                            "--json", "--connect", address)  # fmt: skip
        wrong = _cardinal("count", "people", '{"field": "x", "op": "is_set"}',
                          "--connect", address)  # fmt: skip
        explained = _cardinal("explain", "people", '{"field": "state", "op": "is", "value": "CA"}',
                              "--key", "2", "--json", "--connect", address)  # fmt: skip

    assert [0, "people: 2 rows read; 2 created\n"] == [loaded.returncode, loaded.stdout]
    assert [1, 2] == [json.loads(counted.stdout)[name] for name in ("count", "total")]
    assert [False, "NY"] == [json.loads(explained.stdout)[name] for name in ("holds", "value")]
    assert [2, True] == [wrong.returncode, wrong.stderr.startswith("cardinal: ")]


@pytest.mark.parametrize("flag", ["--port", "--grpc-port"])
def test_a_taken_port_is_one_sentence(tmp_path: Path, flag: str) -> None:
    """Which names the flag to choose another with; nothing is left running."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        other = {"--port": "--grpc-port", "--grpc-port": "--port"}[flag]
        ended = _cardinal(
            "serve", "--no-auth", "--log-level", "error", "--data", str(tmp_path / "data"),
            flag, str(taken.getsockname()[1]), other, "0",
        )  # fmt: skip

    assert [2, 1] == [ended.returncode, ended.stderr.count("\n")]
    assert flag in ended.stderr


def _cardinal(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "gateway", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=ENDS_WITHIN_S, check=False
    )


def _health(address: str) -> int:
    with grpc.insecure_channel(address) as channel:
        check = channel.unary_unary(
            "/grpc.health.v1.Health/Check",
            request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
            response_deserializer=health_pb2.HealthCheckResponse.FromString,
        )
        status: int = check(
            health_pb2.HealthCheckRequest(), timeout=ANSWERS_WITHIN_S, wait_for_ready=True
        ).status
    return status
