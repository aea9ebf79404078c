"""One record, by its key."""

from fastapi import APIRouter
from starlette.responses import Response

from evaluator.changes.values import known_key
from gateway.access import Role, ServicesDep, needs
from gateway.documents import record_document, reply
from gateway.routes.question_models import RecordOut
from indexer.model.ids import DatasetName

router = APIRouter(tags=["Datasets and data"])


@router.get("/datasets/{name}/records/{key:path}", dependencies=[needs(Role.ANALYST)],
            responses={200: {"model": RecordOut}})  # fmt: skip
async def show_record(name: str, key: str, services: ServicesDep) -> Response:
    """The record of that key, with all its fields."""
    schema = await services.index.schema(DatasetName(name))
    record = await services.index.record(schema.name, known_key(key, schema))
    return reply(record_document(schema, record, None))
