"""``cardinal capture``: a table of a SQLite file becomes a dataset and is followed from then on.

The following itself is a source like every other, of a running service or of a data folder.
"""

import asyncio
import contextlib
import re
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from gateway.remote import Remote
from gateway.routes import datasets, sources
from gateway.routes.models import DatasetIn
from gateway.routes.source_models import SourceIn
from gateway.services import Services
from gateway.sources.api import StreamInterrupted, StreamStopped
from gateway.sources.sqlite.fields import survey
from gateway.sources.sqlite.file import SqliteFile
from gateway.sources.sqlite.position import read_position
from gateway.sources.sqlite.table import SqlTable
from indexer.model.errors import (
    BadFile,
    BadShape,
    DatasetExists,
    SourceUnavailable,
    UnknownSource,
)
from indexer.model.schema import LINKABLE, Field, FieldType

LOOK_S = 0.1
NAME_MAX = 100
"""Characters of a source's name."""

Document = Mapping[str, Any]
Show = Callable[[Document], None]


@dataclass(frozen=True, slots=True)
class Capture:
    """What is wished for. ``key`` names a unique column to go by instead of the primary key."""

    file: Path
    table: str
    dataset: str
    key: str | None = None

    @property
    def source(self) -> str:
        """The name of the source that does it."""
        plain = f"{self.file.stem}.{self.table}.{self.dataset}"
        return re.sub(r"[^A-Za-z0-9_.-]", "-", plain)[:NAME_MAX]


class Place(Protocol):
    """Where the source is kept and followed; documents as over HTTP, errors as everywhere."""

    async def create_dataset(self, body: Document) -> None:
        """Raises: DatasetExists."""
        ...

    async def source(self, name: str) -> Document:
        """Raises: UnknownSource."""
        ...

    async def add_source(self, body: Document) -> Document:
        """Raises: SourceExists, TooLarge."""
        ...

    async def resume(self, name: str) -> None:
        """Raises: UnknownSource."""
        ...

    async def pause(self, name: str) -> Document:
        """Raises: UnknownSource."""
        ...

    async def remove(self, name: str) -> None:
        """Raises: UnknownSource, SourceUnavailable."""
        ...


async def follow(place: Place, wish: Capture, show: Show) -> None:
    """Capture the table and show how it goes, for ever. Raises: BadFile, BadShape, …."""
    await _begin(place, wish)
    while True:
        await _look(place, wish, show)
        await asyncio.sleep(LOOK_S)


async def catch_up(place: Place, wish: Capture, show: Show) -> Document:
    """Capture the table, read up to what it is now, and pause. Raises: BadFile, BadShape, …."""
    await _begin(place, wish)
    goal = None
    while True:
        document = await _look(place, wish, show)
        if document["state"] == "streaming":
            goal = goal if goal is not None else await _told(_last_entry, wish)
            if _has_read(document, wish.table, goal):
                return await place.pause(wish.source)
        await asyncio.sleep(LOOK_S)


async def remove(place: Place, wish: Capture) -> None:
    """Follow it no more and take our triggers out of the file; the records stay."""
    with contextlib.suppress(UnknownSource):
        await place.remove(wish.source)
    await _told(_clean, wish)


async def _begin(place: Place, wish: Capture) -> None:
    """The dataset, if it has to be made, and the source, if it isn't there yet."""
    table, fields = await _told(_surveyed, wish)
    with contextlib.suppress(DatasetExists):
        await place.create_dataset(_dataset(wish.dataset, table, fields))
    settings: dict[str, object] = {"file": str(wish.file.absolute())}
    if wish.key is not None:
        settings["keys"] = {wish.table: wish.key}
    body = {
        "name": wish.source, "kind": "sqlite", "tables": {wish.table: wish.dataset},
        "add_fields": True, "settings": settings,
    }  # fmt: skip
    try:
        there = await place.source(wish.source)
    except UnknownSource:
        await place.add_source(body)
        return
    if any(there[name] != body[name] for name in ("kind", "tables", "settings")):
        raise BadShape(f"there is another source named {wish.source}: remove it first")
    if there["state"] in ("paused", "failed"):
        await place.resume(wish.source)


async def _look(place: Place, wish: Capture, show: Show) -> Document:
    document = await place.source(wish.source)
    show(document)
    if document["state"] == "failed":
        raise SourceUnavailable(f"{wish.source}: {document['error']}")
    return document


def _has_read(document: Document, table: str, goal: int) -> bool:
    position = document["position"]
    place = read_position(position) if position else None
    return place is not None and table in place.done and place.seq >= goal


def _surveyed(wish: Capture) -> tuple[SqlTable, Mapping[str, Field]]:
    with closing(SqliteFile(wish.file)) as file:
        table = file.table(wish.table, wish.key)
        return table, survey(file, table)


def _last_entry(wish: Capture) -> int:
    with closing(SqliteFile(wish.file)) as file:
        return file.last_entry()


def _clean(wish: Capture) -> None:
    with closing(SqliteFile(wish.file)) as file:
        if not file.is_followed(wish.table):
            file.remove(wish.table)


async def _told(work: Callable[[Capture], Any], wish: Capture) -> Any:
    """The work in a thread; what is wrong with the file, as a sentence for who named it."""
    try:
        return await asyncio.to_thread(work, wish)
    except (StreamInterrupted, StreamStopped) as fault:
        raise BadFile(str(fault)) from None


def _dataset(name: str, table: SqlTable, fields: Mapping[str, Field]) -> Document:
    """A dataset for the table: its key is that of the table, several columns joined in one."""
    made = [_field(field) for field in fields.values()]
    if len(table.key) > 1:
        key = next(word for word in ("key", "row_key", *_numbered()) if word not in table.names)
        return {"name": name, "key": key, "fields": made}
    [key] = table.key
    kind = fields[key].type if key in fields and fields[key].type in LINKABLE else FieldType.KEYWORD
    others = [field for field in made if field["name"] != key]
    return {"name": name, "key": key, "fields": [{"name": key, "type": kind.value}, *others]}


def _numbered() -> list[str]:
    return [f"key_{number}" for number in range(2, 100)]


def _field(field: Field) -> dict[str, object]:
    made: dict[str, object] = {"name": field.name, "type": field.type.value}
    return {**made, "scale": field.scale} if field.type is FieldType.DECIMAL else made


class RemotePlace:
    """A running service, which must be able to open the file under the same path."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    async def create_dataset(self, body: Document) -> None:
        """See ``Place``."""
        await self._ask("POST", "/datasets", body)

    async def source(self, name: str) -> Document:
        """See ``Place``."""
        return await self._ask("GET", f"/sources/{quote(name)}")

    async def add_source(self, body: Document) -> Document:
        """See ``Place``."""
        return await self._ask("POST", "/sources", body)

    async def resume(self, name: str) -> None:
        """See ``Place``."""
        await self._ask("POST", f"/sources/{quote(name)}/resume")

    async def pause(self, name: str) -> Document:
        """See ``Place``."""
        return await self._ask("POST", f"/sources/{quote(name)}/pause")

    async def remove(self, name: str) -> None:
        """See ``Place``."""
        await self._ask("DELETE", f"/sources/{quote(name)}")

    async def _ask(self, method: str, path: str, body: object = None) -> Document:
        return await asyncio.to_thread(self._remote.ask, method, path, body)


class LocalPlace:
    """A data folder that is open in this process."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def create_dataset(self, body: Document) -> None:
        """See ``Place``."""
        await datasets.create_dataset(DatasetIn.model_validate(body), self._services)

    async def source(self, name: str) -> Document:
        """See ``Place``."""
        return (await sources.show_source(name, self._services)).model_dump(mode="json")

    async def add_source(self, body: Document) -> Document:
        """See ``Place``."""
        wanted = SourceIn.model_validate(body)
        return (await sources.create_source(wanted, self._services)).model_dump(mode="json")

    async def resume(self, name: str) -> None:
        """See ``Place``."""
        await sources.resume_source(name, self._services)

    async def pause(self, name: str) -> Document:
        """See ``Place``."""
        return (await sources.pause_source(name, self._services)).model_dump(mode="json")

    async def remove(self, name: str) -> None:
        """See ``Place``."""
        await sources.remove_source(name, self._services)
