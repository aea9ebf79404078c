"""Imports: hand in a file, watch it, stop it, see what was left out."""

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from evaluator.condition.decode import decode_json
from evaluator.condition.local_time import zone_named
from gateway.access import Role, ServicesDep, needs
from gateway.bodies import arriving, shaped
from gateway.imports.multipart import OPTIONS_BYTES_MAX, Received, receive
from gateway.imports.progress import FieldChange, Progress, RolledBack
from gateway.imports.wishes import Wishes
from gateway.routes.models import (
    Accepted,
    FieldChangeOut,
    ImportedField,
    ImportOptions,
    ImportOut,
    RolledBackOut,
)
from gateway.routes.shapes import link_of
from gateway.services import Services
from indexer.api import Index, LoadMode
from indexer.model.errors import BadShape, Problem, UnknownDataset
from indexer.model.ids import DatasetName, FieldName

router = APIRouter(tags=["Datasets and data"])

_PARTS: dict[str, Any] = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "string", "format": "binary"},
        "options": {"$ref": "#/components/schemas/ImportOptions"},
    },
}
_BODY = {"requestBody": {"required": True, "content": {
    "multipart/form-data": {"schema": _PARTS, "encoding": {
        "options": {"contentType": "application/json"}
    }}
}}}  # fmt: skip


@router.post("/datasets/{name}/imports", status_code=202, dependencies=[needs(Role.MANAGER)],
             openapi_extra=_BODY)  # fmt: skip
async def import_file(name: str, request: Request, services: ServicesDep) -> Accepted:
    """Load a file into a dataset; one that does not exist is made from the file."""
    received = await _received(request, services)
    try:
        wishes = await _wishes(DatasetName(name), received, services.index)
    except BaseException:
        received.upload.path.unlink(missing_ok=True)
        raise
    return Accepted(id=services.imports.submit(wishes, received.upload).id)


@router.get("/imports/{import_id}", dependencies=[needs(Role.VIEWER)])
async def show_import(import_id: str, services: ServicesDep) -> ImportOut:
    """How far an import is."""
    return _document(services.imports.find(import_id))


@router.get("/imports/{import_id}/rejects.csv", dependencies=[needs(Role.MANAGER)])
async def show_rejects(import_id: str, services: ServicesDep) -> Response:
    """The rows that were left out: line, column, reason, raw row."""
    # Streamed without a length: more rows may be added while it is read.
    rows = services.imports.rejects(import_id)
    shown = {"Content-Disposition": f'attachment; filename="rejects-{import_id}.csv"'}
    return StreamingResponse(rows, media_type="text/csv", headers=shown)


@router.post("/imports/{import_id}/cancel", dependencies=[needs(Role.MANAGER)])
async def cancel_import(import_id: str, services: ServicesDep) -> ImportOut:
    """Stop an import; its dataset stays as it was."""
    return _document(services.imports.cancel(import_id))


@router.post("/imports/{import_id}/rollback", dependencies=[needs(Role.MANAGER)])
async def roll_back_import(import_id: str, services: ServicesDep) -> ImportOut:
    """Put back what an import changed, where nobody has changed it since."""
    return _document(await services.imports.roll_back(import_id))


async def _received(request: Request, services: Services) -> Received:
    return await receive(
        arriving(request, services.settings.receive_timeout_s),
        content_type=request.headers.get("content-type", ""),
        path=services.imports.upload_path(),
        bytes_max=services.settings.upload_bytes_max,
    )


async def _wishes(dataset: DatasetName, received: Received, index: Index) -> Wishes:
    options = shaped(ImportOptions, decode_json(received.options, OPTIONS_BYTES_MAX))
    problems = []
    if options.time_zone is not None and zone_named(options.time_zone) is None:
        problems.append(
            Problem("bad_zone", "/time_zone", "no such time zone; write one like Europe/Paris")
        )
    if options.key is not None and await _other_key(dataset, options.key, index):
        problems.append(Problem("bad_value", "/key", f"{dataset} has another key"))
    if problems:
        raise BadShape("these options don't work; see the problems", problems=tuple(problems))
    return Wishes(
        dataset=dataset,
        mode=LoadMode(options.mode),
        key=FieldName(options.key) if options.key is not None else None,
        types=options.types,
        clear_empty=options.on_empty == "clear",
        time_zone=options.time_zone,
        links=tuple(link_of(link) for link in options.links),
        dry_run=options.dry_run,
        stop_at_rejects=options.stop_at_rejects,
        date_order=options.date_order,
    )


async def _other_key(dataset: DatasetName, key: str, index: Index) -> bool:
    try:
        return (await index.schema(dataset)).key != key
    except UnknownDataset:
        return False


def _document(progress: Progress) -> ImportOut:
    return ImportOut(
        id=progress.id, dataset=progress.dataset, state=progress.state.value,
        dry_run=progress.dry_run, rows=progress.rows, bytes=progress.bytes,
        total_bytes=progress.total_bytes, eta_s=progress.eta_s, created=progress.created,
        updated=progress.updated, unchanged=progress.unchanged, deleted=progress.deleted,
        rejected=progress.rejected, repeated=progress.repeated, error=progress.error,
        fields=[
            ImportedField(name=field.name, type=field.type, scale=field.scale)
            for field in progress.fields
        ],
        schema_changes=[_change(change) for change in progress.schema_changes],
        notes=list(progress.notes), rolled_back=_rolled_back(progress.rolled_back),
        segments=list(progress.segments),
    )  # fmt: skip


def _change(change: FieldChange) -> FieldChangeOut:
    return FieldChangeOut(
        field=change.field, change=change.change, type=change.type, was=change.was, of=change.of
    )


def _rolled_back(back: RolledBack | None) -> RolledBackOut | None:
    if back is None:
        return None
    return RolledBackOut(
        created=back.created, updated=back.updated, unchanged=back.unchanged, deleted=back.deleted
    )
