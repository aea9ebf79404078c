"""A service that dies in the middle of a stream, over and over, and what its records are then."""

import asyncio
import itertools
import json
import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from tests.gateway.test_process import ANSWERS_WITHIN_S, Service, served
from tests.support.debezium import envelope, key_of
from tests.support.patience import eventually
from tests.support.redis_server import RedisServer

STREAM = "killed.public.people"
SOURCE = "/api/v1/sources/killed"
KILLS = 2
WRITTEN_AT_A_TIME = 1_500
KEYS = 400
PEOPLE = {
    "name": "people", "key": "id",
    "fields": [{"name": "state", "type": "keyword"}, {"name": "n", "type": "int"}],
}  # fmt: skip

Rows = dict[int, dict[str, Any]]


def test_records_agree_however_often_the_service_dies(tmp_path: Path, redis: RedisServer) -> None:
    """Kill -9 while it reads: nothing lost, nothing doubled, late entries still known as late."""
    entries, rows = _history(WRITTEN_AT_A_TIME * KILLS + 100)
    written = iter(entries)
    for _ in range(KILLS):
        with _serving(tmp_path) as (service, client):
            _prepare(client, redis)
            before = _entries(client)
            redis.add(STREAM, list(itertools.islice(written, WRITTEN_AT_A_TIME)))
            _wait(client, before + 1)
            service.end(signal.SIGKILL)

    redis.add(STREAM, list(written))
    with _serving(tmp_path) as (_, client):
        _wait(client, len(entries))
        shown, found = _shown(client), _records(client)

    assert rows == found
    assert [0, None, "streaming"] == [shown[name] for name in ("rejected", "error", "state")]
    assert [len(entries)] * 2 == [shown["events"], shown["applied"] + shown["late"]]


@contextmanager
def _serving(folder: Path) -> Iterator[tuple[Service, httpx2.Client]]:
    with (
        served(folder, "--no-auth", "--log-level", "error") as service,
        httpx2.Client(base_url=service.facts["http"], timeout=ANSWERS_WITHIN_S) as client,
    ):
        yield service, client


def _prepare(client: httpx2.Client, redis: RedisServer) -> None:
    """The dataset and its source, the first time."""
    if client.get(SOURCE).status_code == 404:
        assert 201 == client.post("/api/v1/datasets", json=PEOPLE).status_code
        body = {"name": "killed", "kind": "debezium", "dataset": "people",
                "settings": {"url": redis.url, "stream": STREAM}}  # fmt: skip
        assert 201 == client.post("/api/v1/sources", json=body).status_code


def _history(size: int) -> tuple[list[tuple[str, str]], Rows]:
    """Entries of which some come a few places late, and the rows they leave."""
    chance = random.Random(7)
    rows: Rows = {}
    places: list[tuple[int, int, tuple[str, str]]] = []
    for lsn in range(1, size + 1):
        key = chance.randrange(KEYS)
        if key in rows and chance.random() < 0.2:
            old = {"id": key, **rows.pop(key)}
            entry = key_of(id=key), envelope("d", before=old, lsn=lsn)
        else:
            op = "u" if key in rows else "c"
            rows[key] = {"state": chance.choice(["CA", "NY", None]), "n": lsn}
            entry = key_of(id=key), envelope(op, {"id": key, **rows[key]}, lsn=lsn)
        places.append((lsn + chance.randrange(4), lsn, entry))
    return [entry for _, _, entry in sorted(places)], rows


def _wait(client: httpx2.Client, entries: int) -> None:
    """Until it has applied at least so many."""

    async def ask() -> int:
        return _entries(client)

    asyncio.run(eventually(ask, lambda told: told >= entries))


def _shown(client: httpx2.Client) -> dict[str, Any]:
    shown: dict[str, Any] = client.get(SOURCE).json()
    return shown


def _entries(client: httpx2.Client) -> int:
    """How many entries of the stream it has applied."""
    position = _shown(client)["position"]
    return 0 if position is None else int(json.loads(position)[STREAM][1])


def _records(client: httpx2.Client) -> Rows:
    body = {"condition": {"all": []}, "fields": ["state", "n"], "limit": KEYS}
    answer = client.post("/api/v1/datasets/people/members", json=body).json()
    return {item["key"]: item["values"] for item in answer["items"]}
