"""Imports of a process that was killed are carried on by the next one, with one effect each."""

import signal
import time
from pathlib import Path
from typing import Any

import httpx2
import msgspec

from gateway.catalogue.catalogue import Catalogue
from gateway.folder import DataFolder
from gateway.imports.jobs import StoredJob, StoredJobs
from gateway.imports.progress import State
from gateway.imports.runner import PROCESSES_MAX
from gateway.imports.wishes import Wishes
from indexer.model.ids import DatasetName
from tests.gateway.front import NOW, Front, opened, settings_for, until
from tests.gateway.test_process import ANSWERS_WITHIN_S, served

ROWS = 300_000
MANY = b"what\n" + b"".join(b"row %d\n" % (n * 7919 % ROWS) for n in range(ROWS))


def test_an_import_survives_the_death_of_its_process(tmp_path: Path) -> None:
    """Kill -9 while it is read and written; keys are made, so a second effect would show."""
    (tmp_path / "many.csv").write_bytes(MANY)
    with served(tmp_path, "--no-auth") as first, _client(first.facts["http"]) as client:
        imports = [_hand_in(client, tmp_path / "many.csv") for _ in range(2)]
        _wait_for(client, imports[0], lambda seen: seen["rows"] > 0)
        first.end(signal.SIGKILL)

    with served(tmp_path, "--no-auth") as second, _client(second.facts["http"]) as client:
        seen = [_wait_for(client, one, lambda now: now["state"] == "succeeded") for one in imports]
        records = client.get("/api/v1/datasets/many").json()["records"]
        second.end(signal.SIGTERM)

    assert [ROWS, ROWS] == [one["created"] for one in seen]
    assert 2 * ROWS == records
    assert [] == list((tmp_path / "data" / "imports" / "uploads").iterdir())


async def test_an_import_that_was_published_is_not_done_again(tmp_path: Path) -> None:
    """The process died between the index's step and the word that it succeeded."""
    async with opened(settings_for(tmp_path)) as front:
        accepted = (await front.hand_in("log", b"what\nfirst\nsecond\n")).json()["id"]
        await front.ended(accepted)
    _as_if_unfinished(tmp_path, accepted)

    async with opened(settings_for(tmp_path)) as front:
        front.services.imports.resume()
        again = await front.ended(accepted)
        shown = (await front.get("/datasets/log")).json()

    assert ["succeeded", 2, 2] == [again["state"], again["created"], shown["records"]]


async def test_a_queue_is_carried_on_in_its_order(tmp_path: Path) -> None:
    """A clean end leaves what was not done to the next process."""
    async with opened(settings_for(tmp_path)) as front:
        many = b"id,x\n" + b"".join(b"%d,1\n" % n for n in range(200_000))
        ids = [(await front.hand_in("a", many, key="id")).json()["id"]]
        ids += [(await front.hand_in("a", b"id,x\n1,%d\n" % x)).json()["id"] for x in (2, 3)]

    async with opened(settings_for(tmp_path)) as front:
        waiting = (await front.get(f"/imports/{ids[0]}")).json()["state"]
        refused = await front.post(f"/imports/{ids[2]}/cancel")
        front.services.imports.resume()
        ended = [await front.ended(one) for one in ids]
        shown = (await front.get("/datasets/a/records/1")).json()

    assert waiting in ("queued", "running")
    assert 409 == refused.status_code
    assert ["succeeded"] * 3 == [one["state"] for one in ended]
    assert 3 == shown["values"]["x"]


async def test_an_import_that_ends_processes_is_given_up(tmp_path: Path) -> None:
    """After a few of them: else no process could ever stay."""
    async with opened(settings_for(tmp_path)) as front:
        accepted = (await front.hand_in("a", MANY)).json()["id"]
        await _begun(front, accepted)
    for _ in range(PROCESSES_MAX - 1):
        async with opened(settings_for(tmp_path)) as front:
            front.services.imports.resume()
            await _begun(front, accepted)

    async with opened(settings_for(tmp_path)) as front:
        front.services.imports.resume()
        ended = await front.ended(accepted)

    assert ["failed", True] == [ended["state"], "processes have ended" in ended["error"]]
    assert [] == list((tmp_path / "imports" / "uploads").iterdir())


async def _begun(front: Front, accepted: str) -> None:
    runner = front.services.imports
    await until(lambda: runner._jobs[accepted].tally.progress.rows > 0)


def _as_if_unfinished(folder: Path, import_id: str) -> None:
    """Put the job and its upload back, and take the word of its end away."""
    place = DataFolder(folder)
    (place.imports / "uploads" / "file").write_bytes(b"what\nfirst\nsecond\n")
    job = StoredJob(import_id, Wishes(DatasetName("log")), "file", "file.csv", 18, 0)
    StoredJobs(place.imports / "jobs").save(job)
    catalogue = Catalogue.open(place.catalogue)
    known = catalogue.imports.find(import_id)
    assert known is not None
    catalogue.imports.save(msgspec.structs.replace(known, state=State.RUNNING, created=0), NOW)
    catalogue.close()


def _client(address: str) -> httpx2.Client:
    return httpx2.Client(base_url=address, timeout=ANSWERS_WITHIN_S)


def _hand_in(client: httpx2.Client, file: Path) -> str:
    with file.open("rb") as content:
        answer = client.post(
            "/api/v1/datasets/many/imports", files={"file": (file.name, content)},
            data={"options": "{}"},
        )  # fmt: skip
    assert 202 == answer.status_code, answer.text
    accepted: str = answer.json()["id"]
    return accepted


def _wait_for(client: httpx2.Client, import_id: str, holds: Any) -> dict[str, Any]:
    ends = time.monotonic() + ANSWERS_WITHIN_S
    while time.monotonic() < ends:
        seen: dict[str, Any] = client.get(f"/api/v1/imports/{import_id}").json()
        if holds(seen):
            return seen
        assert seen["state"] in ("queued", "running"), seen
    raise AssertionError(seen)
