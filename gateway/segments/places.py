"""Where the command line finds segments: in a data folder, or at a running service."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol
from urllib.parse import quote, urlencode

import msgspec

from evaluator.roaring.writing import pieces
from gateway.access import LOCAL
from gateway.bodies import shaped
from gateway.local import opened
from gateway.remote import Remote
from gateway.routes.segment_models import SegmentIn
from gateway.routes.segments import draft_of
from gateway.segments.asking import reference
from gateway.segments.form import condition_json
from gateway.segments.listing import Choice
from gateway.segments.showing import page_of, whole_document
from gateway.settings import Settings

Document = dict[str, Any]
Show = Callable[[list[Any]], None]
PAGE = 1_000


class SegmentsPlace(Protocol):
    """What can be done with segments anywhere; documents are those of the HTTP answers."""

    async def all(self, asked: Mapping[str, str | None]) -> list[Document]:
        """All that are asked for by dataset, tag and text, sorted."""
        ...

    async def show(self, segment: str) -> Document:
        """One of them."""
        ...

    async def create(self, body: Document) -> Document:
        """A new one."""
        ...

    async def remove(self, segment: str) -> None:
        """Forget one."""
        ...

    async def members(self, segment: str, show: Show) -> None:
        """Show the keys of all members, some at a time."""
        ...

    async def bitmap(self, segment: str) -> bytes:
        """The members as a bitmap."""
        ...


class LocalSegments:
    """Those of a data folder, opened for each thing that is done."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def all(self, asked: Mapping[str, str | None]) -> list[Document]:
        """See ``SegmentsPlace``."""
        choice = Choice(
            asked["q"], asked["tag"], dataset=asked["dataset"], sort=asked["sort"] or "name"
        )
        async with opened(self._settings) as services:
            kept = services.segments.kept
            limit = max(1, len(kept.all()))
            found, _ = await page_of(choice, kept, services.evaluator, limit=limit)
        return found

    async def show(self, segment: str) -> Document:
        """See ``SegmentsPlace``."""
        async with opened(self._settings) as services:
            kept = services.segments.kept
            return await whole_document(kept.find(segment), kept, services.evaluator)

    async def create(self, body: Document) -> Document:
        """See ``SegmentsPlace``."""
        draft = draft_of(shaped(SegmentIn, body))
        async with opened(self._settings) as services:
            made = await services.segments.create(draft, LOCAL.name)
            return await whole_document(made, services.segments.kept, services.evaluator)

    async def remove(self, segment: str) -> None:
        """See ``SegmentsPlace``."""
        async with opened(self._settings) as services:
            await services.segments.remove(segment)

    async def members(self, segment: str, show: Show) -> None:
        """See ``SegmentsPlace``."""
        async with opened(self._settings) as services:
            found, after = services.segments.kept.find(segment), None
            while True:
                page = await services.evaluator.members(
                    found.dataset, reference(found), fields=(), limit=PAGE, after=after
                )
                show([record.key for record in page.records])
                after = page.next_after
                if after is None:
                    return

    async def bitmap(self, segment: str) -> bytes:
        """See ``SegmentsPlace``."""
        async with opened(self._settings) as services:
            found = services.segments.kept.find(segment)
            members = await services.evaluator.bitmaps(found.dataset, reference(found))
        return b"".join(pieces(members))


class RemoteSegments:
    """Those of a service."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    async def all(self, asked: Mapping[str, str | None]) -> list[Document]:
        """See ``SegmentsPlace``."""
        found: list[Document] = []
        told = {name: value for name, value in asked.items() if value is not None}
        while True:
            page = self._remote.ask("GET", f"/segments?{urlencode({**told, 'limit': PAGE})}")
            found += page["items"]
            if page["next_cursor"] is None:
                return found
            told["cursor"] = page["next_cursor"]

    async def show(self, segment: str) -> Document:
        """See ``SegmentsPlace``."""
        return self._remote.ask("GET", _path(segment))

    async def create(self, body: Document) -> Document:
        """See ``SegmentsPlace``."""
        if "condition" in body:
            body = {**body, "condition": msgspec.Raw(condition_json(body["condition"]))}
        return self._remote.ask("POST", "/segments", body)

    async def remove(self, segment: str) -> None:
        """See ``SegmentsPlace``."""
        self._remote.ask("DELETE", _path(segment))

    async def members(self, segment: str, show: Show) -> None:
        """See ``SegmentsPlace``."""
        told: dict[str, Any] = {"limit": PAGE}
        while True:
            page = self._remote.ask("GET", f"{_path(segment)}/members?{urlencode(told)}")
            show(page["items"])
            if page["next_cursor"] is None:
                return
            told["cursor"] = page["next_cursor"]

    async def bitmap(self, segment: str) -> bytes:
        """See ``SegmentsPlace``."""
        return self._remote.fetch(f"{_path(segment)}/bitmap")


def _path(segment: str) -> str:
    return f"/segments/{quote(segment, safe='')}"
