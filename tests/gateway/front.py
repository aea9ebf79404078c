"""A whole gateway in this process, over a real index, and a client that talks to it."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2

from gateway.access import Role
from gateway.app import create_app
from gateway.compose import embedded
from gateway.pages import WebFiles
from gateway.services import Services
from gateway.settings import Settings
from indexer.model.switches import Switches
from indexer.runtime.clock import ManualClock
from tests.support.patience import patiently

API = "/api/v1"
HOME = "http://127.0.0.1"
NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
ENDS = ("succeeded", "failed", "cancelled")
POLLS_MAX = 10_000

PEOPLE: Mapping[str, Any] = {
    "name": "people",
    "key": "id",
    "time_zone": "Europe/Berlin",
    "fields": [
        {"name": "id", "type": "int"},
        {"name": "state", "type": "keyword", "label": "State"},
        {"name": "spent", "type": "decimal", "scale": 2},
        {"name": "born", "type": "date"},
        {"name": "seen", "type": "timestamp"},
        {"name": "tags", "type": "set"},
        {"name": "vip", "type": "bool"},
        {"name": "score", "type": "float"},
    ],
}
RECORDS: Mapping[int, Mapping[str, Any]] = {
    1: {"state": "CA", "spent": "12.50", "born": "1990-02-03", "tags": ["b", "a"], "vip": True},
    2: {"state": "NY", "spent": "3.10", "seen": "2025-05-30T08:00:00Z", "score": 1.5},
    3: {"state": "CA", "seen": "2025-01-01T00:00:00.25Z", "tags": []},
}
CALIFORNIA = {"field": "state", "op": "is", "value": "CA"}


@dataclass(frozen=True, slots=True)
class Front:
    """The parts of a gateway and somebody outside of it."""

    services: Services
    client: httpx2.AsyncClient

    async def get(self, path: str, **given: Any) -> httpx2.Response:
        """GET below the API's prefix."""
        return await self.client.get(API + path, **given)

    async def post(self, path: str, body: object = None, **given: Any) -> httpx2.Response:
        """POST a JSON document below the API's prefix."""
        return await self.client.post(API + path, content=json.dumps(body), **given)

    async def patch(self, path: str, body: object) -> httpx2.Response:
        """PATCH with a JSON document below the API's prefix."""
        return await self.client.patch(API + path, content=json.dumps(body))

    async def fill(self) -> None:
        """Make ``people`` and its three records."""
        assert 201 == (await self.post("/datasets", PEOPLE)).status_code
        changes = [{"op": "upsert", "key": key, "values": RECORDS[key]} for key in RECORDS]
        answer = await self.post("/datasets/people/changes", {"changes": changes})
        assert [] == answer.json()["rejected"]

    async def load(
        self, dataset: str, file: bytes, *, name: str = "file.csv", **options: object
    ) -> dict[str, Any]:
        """Import a file and wait for its end."""
        answer = await self.hand_in(dataset, file, name=name, **options)
        assert 202 == answer.status_code, answer.text
        return await self.ended(answer.json()["id"])

    async def hand_in(
        self, dataset: str, file: bytes, *, name: str = "file.csv", **options: object
    ) -> httpx2.Response:
        """Upload a file with its options."""
        return await self.client.post(
            f"{API}/datasets/{dataset}/imports",
            files={"file": (name, file)},
            data={"options": json.dumps(options)},
        )

    async def ended(self, import_id: str) -> dict[str, Any]:
        """An import once it has ended."""
        for turn in range(POLLS_MAX):
            seen: dict[str, Any] = (await self.get(f"/imports/{import_id}")).json()
            if seen["state"] in ENDS:
                return seen
            await patiently(turn)
        raise AssertionError(f"the import is still {seen['state']}")

    async def ended_erasure(self, erasure_id: str) -> dict[str, Any]:
        """An erasure once it has ended."""
        for turn in range(POLLS_MAX):
            seen: dict[str, Any] = (await self.get(f"/erasures/{erasure_id}")).json()
            if seen["state"] == "succeeded":
                return seen
            await patiently(turn)
        raise AssertionError("the erasure goes on and on")

    def token(self, role: Role) -> dict[str, str]:
        """The headers of somebody with that role."""
        made = self.services.catalogue.tokens.create(
            role=role.word, name="somebody", now=self.services.clock.now(),
            new_secret=self.services.new_secret,
        )  # fmt: skip
        return {"Authorization": f"Bearer {made}"}


async def until(holds: Callable[[], bool]) -> None:
    """Let others work until it holds; give up after very many turns."""
    for turn in range(POLLS_MAX):
        if holds():
            return
        await patiently(turn)
    raise AssertionError("it never came to hold")


def settings_for(folder: Path, **given: Any) -> Settings:
    """Settings that touch nothing outside of ``folder``."""
    return Settings(**{"data": folder, "auth": False, "shard_bits": 16, **given})


@asynccontextmanager
async def opened(settings: Settings, dist: Path | None = None) -> AsyncIterator[Front]:
    """A gateway that stands still at ``NOW``, closed at the end."""
    services = await embedded(settings, ManualClock(NOW), switches=Switches())
    files = WebFiles(settings.data / "no-dist" if dist is None else dist)
    transport = httpx2.ASGITransport(app=create_app(services, files))
    try:
        await services.sources.start()
        async with httpx2.AsyncClient(transport=transport, base_url=HOME) as client:
            yield Front(services, client)
    finally:
        await services.close()


def code_of(answer: httpx2.Response) -> str:
    """The error code of an answer, whose body must be the one error shape."""
    error = answer.json()["error"]
    assert {"code", "message", "problems"} == set(error), error
    code: str = error["code"]
    return code


def paths_of(answer: httpx2.Response) -> list[tuple[str, str]]:
    """Code and path of every problem of an answer."""
    return [(one["code"], one["path"]) for one in answer.json()["error"]["problems"]]
