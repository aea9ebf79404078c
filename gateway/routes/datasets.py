"""Datasets: make, list, show, change."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from gateway.access import Role, ServicesDep, needs
from gateway.bodies import Reads, takes
from gateway.routes.models import DatasetIn, DatasetOut, DatasetPatch, DatasetsOut
from gateway.routes.paging import cursor_of_name, name_of
from gateway.routes.shapes import dataset_document, patched, pointing_into_patch, schema_of
from indexer.model.ids import DatasetName

router = APIRouter(tags=["Datasets and data"])
Limit = Annotated[int, Query(ge=1)]


@router.post("/datasets", status_code=201, dependencies=[needs(Role.MANAGER)],
             openapi_extra=takes(DatasetIn))  # fmt: skip
async def create_dataset(
    body: Annotated[DatasetIn, Depends(Reads(DatasetIn))], services: ServicesDep
) -> DatasetOut:
    """Make an empty dataset."""
    schema = await services.index.create(schema_of(body))
    return dataset_document(await services.index.dataset(schema.name), services.clock)


@router.get("/datasets", dependencies=[needs(Role.VIEWER)])
async def list_datasets(
    services: ServicesDep, limit: Limit = 1_000, cursor: str | None = None
) -> DatasetsOut:
    """All datasets, by name."""
    after, size = name_of(cursor) or "", min(limit, services.settings.page_max)
    later = [info for info in await services.index.datasets() if info.schema.name > after]
    more = len(later) > size
    items = [dataset_document(info, services.clock) for info in later[:size]]
    return DatasetsOut(items=items, next_cursor=cursor_of_name(items[-1].name) if more else None)


@router.get("/datasets/{name}", dependencies=[needs(Role.VIEWER)])
async def show_dataset(name: str, services: ServicesDep) -> DatasetOut:
    """One dataset: schema, links, record count, figures of its fields."""
    info = await services.index.dataset(DatasetName(name))
    return dataset_document(info, services.clock)


@router.patch("/datasets/{name}", dependencies=[needs(Role.MANAGER)],
              openapi_extra=takes(DatasetPatch))  # fmt: skip
async def change_dataset(
    name: str, patch: Annotated[DatasetPatch, Depends(Reads(DatasetPatch))], services: ServicesDep
) -> DatasetOut:
    """Add fields, formula fields and links; change labels, zone and clock."""
    schema = await services.index.schema(DatasetName(name))
    with pointing_into_patch(schema):
        await services.index.alter(patched(schema, patch))
    return dataset_document(await services.index.dataset(schema.name), services.clock)
