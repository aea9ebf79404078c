"""One record, by its key: shown, removed, or forgotten."""

from fastapi import APIRouter
from starlette.responses import Response

from evaluator.changes.values import known_key
from gateway.access import Role, ServicesDep, needs
from gateway.documents import record_document, reply
from gateway.routes.asking import turn
from gateway.routes.erasures import accepted
from gateway.routes.models import ErasureAccepted
from gateway.routes.question_models import RecordOut
from gateway.segments.asking import holding
from gateway.services import Services
from indexer.model.errors import UnknownRecord
from indexer.model.ids import DatasetName, RecordKey
from indexer.model.record import Delete

router = APIRouter(tags=["Datasets and data"])


@router.get("/datasets/{name}/records/{key:path}", dependencies=[needs(Role.ANALYST)],
            responses={200: {"model": RecordOut}})  # fmt: skip
async def show_record(
    name: str, key: str, services: ServicesDep, *, segments: bool = False
) -> Response:
    """The record of that key, with all its fields, and the segments it is in."""
    schema = await services.index.schema(DatasetName(name))
    record = await services.index.record(schema.name, known_key(key, schema))
    document = record_document(schema, record, None)
    if segments:
        document["segments"] = await _segments_of(schema.name, record.key, services)
    return reply(document)


@router.delete("/datasets/{name}/records/{key:path}", status_code=204,
               dependencies=[needs(Role.MANAGER)],
               responses={202: {"model": ErasureAccepted}})  # fmt: skip
async def remove_record(
    name: str, key: str, services: ServicesDep, *, erase: bool = False
) -> Response:
    """Remove the record; with ``erase`` leave no trace of it either, which goes on as a job."""
    if erase:
        return accepted(await services.erasures.erase(DatasetName(name), key))
    await _removed(DatasetName(name), key, services)
    return Response(status_code=204)


async def _segments_of(dataset: DatasetName, key: RecordKey, services: Services) -> list[str]:
    async with turn(services, None):
        return await holding(services.evaluator, services.segments.kept, dataset, key)


async def _removed(name: DatasetName, text: str, services: Services) -> None:
    schema = await services.index.schema(name)
    applied = await services.index.apply(name, [Delete(known_key(text, schema))])
    if not applied.deleted:
        raise UnknownRecord(f"dataset {name!r} has no record of that key")
