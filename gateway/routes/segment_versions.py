"""The versions of a segment: listed, compared, restored."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from gateway.access import Role, ServicesDep, needs
from gateway.bodies import MayRead, takes
from gateway.documents import reply
from gateway.routes.asking import turn
from gateway.routes.segment_models import DiffOut, RestoreIn, VersionsOut
from gateway.routes.segments import SHOWN, Editor, shown
from gateway.segments.diff import diff_document
from gateway.segments.documents import version_document

router = APIRouter(tags=["Segments"])


@router.get("/segments/{segment_id}/versions", dependencies=[needs(Role.VIEWER)],
            responses={200: {"model": VersionsOut}})  # fmt: skip
async def list_versions(segment_id: str, services: ServicesDep) -> Response:
    """All definitions a segment has had, newest first."""
    kept = services.segments.kept
    segment = kept.find(segment_id)
    versions = reversed(kept.versions(segment_id))
    items = [version_document(each, kept.body(segment, each.number)) for each in versions]
    return reply({"items": items, "next_cursor": None})


@router.get("/segments/{segment_id}/versions/{a}/diff/{b}", dependencies=[needs(Role.VIEWER)],
            responses={200: {"model": DiffOut}})  # fmt: skip
async def compare_versions(segment_id: str, a: int, b: int, services: ServicesDep) -> Response:
    """What is another condition in version b than in version a, and their sizes now."""
    segment = services.segments.kept.find(segment_id)
    async with turn(services, None):
        return reply(await diff_document(segment, a, b, services.segments.kept, services.evaluator))


@router.post("/segments/{segment_id}/versions/{number}/restore",
             dependencies=[needs(Role.ANALYST)], responses=SHOWN,
             openapi_extra=takes(RestoreIn))  # fmt: skip
async def restore_version(
    segment_id: str, number: int, body: Annotated[RestoreIn, Depends(MayRead(RestoreIn))],
    services: ServicesDep, caller: Editor,
) -> Response:  # fmt: skip
    """Make an earlier definition the current one, as a new version."""
    async with turn(services, None):
        segment = await services.segments.restore(segment_id, number, caller.name, body.version)
        return await shown(segment, services)
