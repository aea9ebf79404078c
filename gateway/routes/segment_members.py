"""Who is in a segment: how many, which, and how segments meet."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from evaluator.changes.values import known_key
from evaluator.roaring.writing import pieces
from evaluator.values import rfc3339
from gateway.access import Role, ServicesDep, needs
from gateway.documents import overlap_document, reply
from gateway.routes.asking import turn
from gateway.routes.paging import cursor_of, place_of
from gateway.routes.segment_models import ContainsOut, KeysOut, SegmentOverlapOut, SizeOut
from gateway.segments.asking import overlap_of, reference
from gateway.segments.segment import Segment
from gateway.services import Services
from indexer.model.errors import UnknownRecord
from indexer.model.record import ShardBitmaps

KEYS_DEFAULT = 1_000

router = APIRouter(tags=["Segments"])


@router.get("/segments/overlap", dependencies=[needs(Role.VIEWER)],
            responses={200: {"model": SegmentOverlapOut}})  # fmt: skip
async def overlap_segments(
    ids: Annotated[list[str], Query(description="Ids, one by one or with commas between")],
    services: ServicesDep,
) -> Response:
    """How many members segments of one dataset share, each with each."""
    segments = [
        services.segments.kept.find(name) for text in ids for name in text.split(",") if name
    ]
    async with turn(services, None):
        overlap = await overlap_of(services.evaluator, segments)
    return reply({"ids": [each.id for each in segments], **overlap_document(overlap)})


@router.get("/segments/{segment_id}/size", dependencies=[needs(Role.VIEWER)],
            responses={200: {"model": SizeOut}})  # fmt: skip
async def show_size(segment_id: str, services: ServicesDep) -> Response:
    """How many members there are now."""
    segment = services.segments.kept.find(segment_id)
    async with turn(services, None):
        count = await services.evaluator.count(segment.dataset, reference(segment))
    at = rfc3339(services.clock.now())
    return reply({"size": count.count, "as_of": count.as_of, "at": at})


@router.get("/segments/{segment_id}/members", dependencies=[needs(Role.ANALYST)],
            responses={200: {"model": KeysOut}})  # fmt: skip
async def list_segment_members(
    segment_id: str, services: ServicesDep, limit: Annotated[int, Query(ge=1)] = KEYS_DEFAULT,
    cursor: str | None = None,
) -> Response:  # fmt: skip
    """The keys of the members, in key order."""
    segment = services.segments.kept.find(segment_id)
    async with turn(services, None):
        page = await services.evaluator.members(
            segment.dataset, reference(segment), fields=(), after=place_of(cursor),
            limit=min(limit, services.settings.page_max),
        )  # fmt: skip
    keys, further = [record.key for record in page.records], cursor_of(page.next_after)
    return reply({"items": keys, "next_cursor": further, "as_of": page.as_of})


@router.get("/segments/{segment_id}/bitmap", dependencies=[needs(Role.ANALYST)],
            responses={200: {"content": {"application/octet-stream": {}}}})  # fmt: skip
async def show_bitmap(segment_id: str, services: ServicesDep) -> Response:
    """The members' ordinals, in the 64-bit portable Roaring format."""
    segment = services.segments.kept.find(segment_id)
    async with turn(services, None):
        found = await services.evaluator.bitmaps(segment.dataset, reference(segment))
    return _bitmap_reply(found)


@router.get("/segments/{segment_id}/contains", dependencies=[needs(Role.ANALYST)],
            responses={200: {"model": ContainsOut}})  # fmt: skip
async def is_member(segment_id: str, key: str, services: ServicesDep) -> Response:
    """Whether the record of that key is a member."""
    segment = services.segments.kept.find(segment_id)
    async with turn(services, None):
        return reply(await _contains(segment, key, services))


def _bitmap_reply(found: ShardBitmaps) -> Response:
    headers = {
        "X-Cardinal-Sequence": str(found.as_of), "X-Cardinal-Count": str(found.count),
        "Cache-Control": "no-store",
    }  # fmt: skip
    body = b"".join(pieces(found))
    return Response(body, media_type="application/octet-stream", headers=headers)


async def _contains(segment: Segment, text: str, services: Services) -> dict[str, object]:
    schema = await services.index.schema(segment.dataset)
    try:
        key = known_key(text, schema)
    except UnknownRecord:
        # Nothing of this dataset can have such a key.
        return {"key": text, "contains": False}
    (held,) = await services.evaluator.contains(segment.dataset, reference(segment), [key])
    return {"key": key, "contains": held}
