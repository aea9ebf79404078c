"""Segments: made, found, shown, changed, removed."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from gateway.access import Caller, Needs, Role, ServicesDep, needs
from gateway.bodies import Asks, MayRead, takes
from gateway.documents import reply
from gateway.routes.asking import turn
from gateway.routes.paging import cursor_in_list, place_in_list
from gateway.routes.segment_models import (
    DuplicateIn,
    SegmentIn,
    SegmentOut,
    SegmentPatch,
    SegmentsOut,
)
from gateway.segments.book import Draft, Edit
from gateway.segments.listing import Choice, Place
from gateway.segments.segment import Segment, Status
from gateway.segments.showing import page_of, whole_document
from gateway.services import Services
from indexer.model.errors import BadShape, Problem
from indexer.model.ids import DatasetName

PAGE_DEFAULT = 100

router = APIRouter(tags=["Segments"])
Editor = Annotated[Caller, Depends(Needs(Role.ANALYST))]
SHOWN: dict[int | str, dict[str, Any]] = {200: {"model": SegmentOut}}
MADE: dict[int | str, dict[str, Any]] = {201: {"model": SegmentOut}}


@dataclass(frozen=True)
class Wanted:
    """The parameters of a list of segments."""

    q: Annotated[str | None, Query(description="Looked for in names, descriptions, fields")] = None
    tag: str | None = None
    owner: str | None = None
    dataset: str | None = None
    field: Annotated[str | None, Query(description="Named by the condition")] = None
    status: str | None = None
    sort: str = "name"
    limit: Annotated[int, Query(ge=1)] = PAGE_DEFAULT
    cursor: str | None = None


@router.post("/segments", status_code=201, dependencies=[needs(Role.ANALYST)],
             responses=MADE, openapi_extra=takes(SegmentIn))  # fmt: skip
async def create_segment(
    body: Annotated[SegmentIn, Depends(Asks(SegmentIn))], services: ServicesDep, caller: Editor
) -> Response:
    """Save a condition, or a list of keys, under a name."""
    async with turn(services, None):
        made = await services.segments.create(draft_of(body), caller.name)
        return await shown(made, services, status=201)


@router.get("/segments", dependencies=[needs(Role.VIEWER)],
            responses={200: {"model": SegmentsOut}})  # fmt: skip
async def list_segments(wanted: Annotated[Wanted, Depends()], services: ServicesDep) -> Response:
    """Segments with their sizes; ``sort`` by name, created_at, modified_at or size."""
    async with turn(services, None):
        return reply(await _page(wanted, services))


@router.get("/segments/{segment_id}", dependencies=[needs(Role.VIEWER)],
            responses=SHOWN)  # fmt: skip
async def show_segment(segment_id: str, services: ServicesDep) -> Response:
    """One segment with its definition."""
    async with turn(services, None):
        return await shown(services.segments.kept.find(segment_id), services)


@router.patch("/segments/{segment_id}", dependencies=[needs(Role.ANALYST)],
              responses=SHOWN, openapi_extra=takes(SegmentPatch))  # fmt: skip
async def change_segment(
    segment_id: str, patch: Annotated[SegmentPatch, Depends(Asks(SegmentPatch))],
    services: ServicesDep, caller: Editor,
) -> Response:  # fmt: skip
    """Change a segment; another definition is a new version."""
    async with turn(services, None):
        segment = await services.segments.change(segment_id, _edit(patch), caller.name)
        return await shown(segment, services)


@router.delete("/segments/{segment_id}", status_code=204, dependencies=[needs(Role.ANALYST)])
async def remove_segment(segment_id: str, services: ServicesDep) -> None:
    """Remove a segment that no other one uses, and all its versions."""
    await services.segments.remove(segment_id)


@router.post("/segments/{segment_id}/duplicate", status_code=201,
             dependencies=[needs(Role.ANALYST)], responses=MADE,
             openapi_extra=takes(DuplicateIn))  # fmt: skip
async def duplicate_segment(
    segment_id: str, body: Annotated[DuplicateIn, Depends(MayRead(DuplicateIn))],
    services: ServicesDep, caller: Editor,
) -> Response:  # fmt: skip
    """A new segment that is defined like this one."""
    async with turn(services, None):
        made = await services.segments.duplicate(segment_id, body.name, caller.name)
        return await shown(made, services, status=201)


async def shown(segment: Segment, services: Services, status: int = 200) -> Response:
    """The answer that shows a segment as it is now, with its definition."""
    kept, evaluator = services.segments.kept, services.evaluator
    answer = reply(await whole_document(segment, kept, evaluator))
    answer.status_code = status
    return answer


async def _page(wanted: Wanted, services: Services) -> dict[str, object]:
    choice = Choice(
        wanted.q, wanted.tag, wanted.owner, wanted.dataset, wanted.field, wanted.status,
        wanted.sort,
    )  # fmt: skip
    found, end = await page_of(
        choice, services.segments.kept, services.evaluator,
        limit=min(wanted.limit, services.settings.page_max),
        behind=place_in_list(wanted.cursor, wanted.sort, Place),
    )  # fmt: skip
    cursor = None if end is None else cursor_in_list(end, wanted.sort)
    return {"items": found, "next_cursor": cursor}


def draft_of(body: SegmentIn) -> Draft:
    """What a new segment is to be. Raises: BadShape."""
    if (body.condition is None) == (body.keys is None):
        raise _bad("/condition", "a segment has either a condition or keys")
    kind = "rule" if body.keys is None else "list"
    if body.kind not in (None, kind):
        raise _bad("/kind", f"what is given makes a {kind}")
    return Draft(
        body.name, DatasetName(body.dataset), body.condition, _keys(body.keys),
        body.description, tuple(dict.fromkeys(body.tags)), body.owner, body.live,
    )  # fmt: skip


def _edit(patch: SegmentPatch) -> Edit:
    given = patch.model_fields_set
    for name in ("condition", "keys"):
        if name in given and getattr(patch, name) is None:
            raise _bad(f"/{name}", "leave this out, or give what it is to be")
    return Edit(
        patch.version, patch.name, patch.description,
        None if patch.tags is None else tuple(dict.fromkeys(patch.tags)), patch.owner,
        patch.live, None if patch.status is None else Status(patch.status), patch.condition,
        _keys(patch.keys), patch.note,
    )  # fmt: skip


def _keys(given: object) -> list[object] | None:
    if given is None or isinstance(given, list):
        return given
    raise _bad("/keys", "this must be a list")


def _bad(path: str, message: str) -> BadShape:
    problem = Problem("bad_shape", path, message)
    return BadShape("this segment can't be kept; see the problems", problems=(problem,))
