"""A disk that fails ends the service, one that is full does not: nothing acknowledged is lost."""

import errno
import os
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import httpx2
import pytest

from indexer import local
from indexer.log.disk import OsDisk
from indexer.store.guard import DiskGuard, GuardLimits
from tests.gateway.front import CALIFORNIA, code_of, opened, settings_for
from tests.gateway.test_process import ANSWERS_WITHIN_S, CARDINAL, ENDS_WITHIN_S, served

FAILS_AT = 9
"""The sync of the log's file that fails, and all after it."""
IN_PROCESS = f"""
import errno, os
from indexer.log.disk import OsDisk
from gateway.cli import main
sync, made = OsDisk.sync, [0]
def failing(self, handle):
    made[0] += 1
    if made[0] >= {FAILS_AT}:
        raise OSError(errno.EIO, os.strerror(errno.EIO))
    sync(self, handle)
OsDisk.sync = failing
main()
"""
"""Where no system call can be made to fail from outside."""


def test_a_failed_sync_ends_the_process_and_loses_nothing(tmp_path: Path) -> None:
    """No change is acknowledged after it; the exit code is an error, and a restart has the rest."""
    people = {"name": "people", "key": "id", "fields": []}
    answers: list[int] = []
    with served(tmp_path, "--no-auth", command=failing(tmp_path / "data")) as service:
        with httpx2.Client(base_url=service.facts["http"], timeout=ANSWERS_WITHIN_S) as client:
            client.post("/api/v1/datasets", json=people)
            try:
                while answers.count(503) < 2:
                    answers.append(client.post(CHANGES, json=upsert(len(answers))).status_code)
            except httpx2.TransportError:
                pass
        ended = service.process.wait(ENDS_WITHIN_S)
    with served(tmp_path, "--no-auth") as again:
        address = again.facts["http"]
        ready = httpx2.get(f"{address}/readyz", timeout=ANSWERS_WITHIN_S).json()
        found = httpx2.get(f"{address}/api/v1/datasets/people", timeout=ANSWERS_WITHIN_S).json()

    acknowledged = answers.count(200)
    assert acknowledged > 0
    assert [200] * acknowledged == answers[:acknowledged]
    assert {503} == set(answers[acknowledged:])
    assert 1 == ended
    # The change that was not acknowledged may be in the log all the same.
    assert found["records"] in (acknowledged, acknowledged + 1)
    assert {"status": "ready", "writable": True} == ready


async def test_a_full_disk_is_told_and_changes_are_taken_again_without_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Questions are answered meanwhile, and no record is there of what was refused."""
    limits = GuardLimits(ballast_bytes=4_096, write_share=0.0, look_every_ms=0.0)
    monkeypatch.setattr(local, "DiskGuard", partial(DiskGuard, limits=limits))
    async with opened(settings_for(tmp_path)) as front:
        await front.fill()
        with monkeypatch.context() as full:
            full.setattr(OsDisk, "write", no_room)
            full.setattr(os, "posix_fallocate", no_room)
            refused = [await front.post("/datasets/people/changes", upsert(key)) for key in (8, 9)]
            counted = await front.post("/datasets/people/count", {"condition": CALIFORNIA})
            told = (await front.client.get("/readyz")).json()
        taken = await front.post("/datasets/people/changes", upsert(7))
        resumed = (await front.client.get("/readyz")).json()
    async with opened(settings_for(tmp_path)) as front:
        found = (await front.get("/datasets/people")).json()

    assert [(503, "disk_full", True)] * 2 == [
        (answer.status_code, code_of(answer), int(answer.headers["Retry-After"]) >= 1)
        for answer in refused
    ]
    assert [200, 2] == [counted.status_code, counted.json()["count"]]
    assert [False, True] == [told["writable"], resumed["writable"]]
    assert [200, 4] == [taken.status_code, found["records"]]


async def test_imports_are_refused_before_changes_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a disk with little room; nothing of the file that came is left."""
    scarce = GuardLimits(
        ballast_bytes=4_096, write_share=0.0, import_share=1.0, counted_bytes_max=2**62
    )
    async with opened(settings_for(tmp_path)) as front:
        await front.fill()
    monkeypatch.setattr(local, "DiskGuard", partial(DiskGuard, limits=scarce))
    async with opened(settings_for(tmp_path)) as front:
        refused = await front.hand_in("people", b"id\n8\n")
        taken = await front.post("/datasets/people/changes", upsert(7))

    assert [(503, "disk_full")] == [(refused.status_code, code_of(refused))]
    assert 200 == taken.status_code
    assert [] == [*(tmp_path / "imports" / "uploads").iterdir()]


CHANGES = "/api/v1/datasets/people/changes"


def upsert(key: int) -> dict[str, object]:
    """One record."""
    return {"changes": [{"op": "upsert", "key": key, "values": {}}]}


def failing(data: Path) -> list[str]:
    """``cardinal`` on a disk whose syncs of the log fail after some."""
    strace = shutil.which("strace")
    if strace is not None and can_trace(strace):
        return [
            strace, "-f", "--quiet=all", "-o", os.devnull,
            "-P", str(data / "log" / f"{1:020}.log"), "-e", "trace=fdatasync",
            "-e", f"inject=fdatasync:error=EIO:when={FAILS_AT}+", *CARDINAL,
        ]  # fmt: skip
    return [sys.executable, "-c", IN_PROCESS]


def can_trace(strace: str) -> bool:
    """Whether this machine lets us: many a container does not."""
    tried = subprocess.run([strace, "-o", os.devnull, "true"], capture_output=True, check=False)
    return tried.returncode == 0


def no_room(*_: object) -> None:
    """What a full disk answers."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
