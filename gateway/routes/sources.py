"""Change streams: other databases whose changes are followed."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from evaluator.values import instant_text, rfc3339
from gateway.access import Role, ServicesDep, needs
from gateway.bodies import Reads, shaped, takes
from gateway.catalogue.secret import microseconds
from gateway.errors import pointer
from gateway.routes.source_models import LagOut, SourceError, SourceIn, SourceOut, SourcesOut
from gateway.services import Services
from gateway.sources.definition import Definition, Fault
from gateway.sources.following import Following, Status
from gateway.sources.masked import masked
from indexer.model.errors import BadShape, Problem
from indexer.model.ids import DatasetName

router = APIRouter(tags=["Sources"])

ERRORS_LISTED = 5
"""Errors of each source in the list of all; a source alone shows all that are kept."""


@router.get("/sources", dependencies=[needs(Role.VIEWER)])
async def list_sources(services: ServicesDep) -> SourcesOut:
    """Every change stream: kind, state, position, lag, errors."""
    runner = services.sources
    return SourcesOut(items=[
        _document(each, runner.faults(each)[:ERRORS_LISTED], services) for each in runner.all()
    ])  # fmt: skip


@router.post("/sources", status_code=201, dependencies=[needs(Role.MANAGER)],
             openapi_extra=takes(SourceIn))  # fmt: skip
async def create_source(
    body: Annotated[SourceIn, Depends(Reads(SourceIn))], services: ServicesDep
) -> SourceOut:
    """Follow a change stream from now on, and after every restart."""
    wanted = await _wanted(body, services)
    return _document(services.sources.add(wanted), [], services)


@router.get("/sources/{name}", dependencies=[needs(Role.VIEWER)])
async def show_source(name: str, services: ServicesDep) -> SourceOut:
    """One change stream, with its last errors, newest first."""
    followed = services.sources.find(name)
    return _document(followed, services.sources.faults(followed), services)


@router.post("/sources/{name}/pause", dependencies=[needs(Role.MANAGER)])
async def pause_source(name: str, services: ServicesDep) -> SourceOut:
    """Stand still until it is resumed, also over restarts."""
    followed = await services.sources.pause(name)
    return _document(followed, services.sources.faults(followed), services)


@router.post("/sources/{name}/resume", dependencies=[needs(Role.MANAGER)])
async def resume_source(name: str, services: ServicesDep) -> SourceOut:
    """Go on where it stood, after a pause or a failure."""
    followed = await services.sources.resume(name)
    return _document(followed, services.sources.faults(followed), services)


@router.delete("/sources/{name}", status_code=204, dependencies=[needs(Role.MANAGER)])
async def remove_source(name: str, services: ServicesDep, *, force: bool = False) -> None:
    """Stop following and free what the other side keeps for it; all records stay."""
    await services.sources.remove(name, force=force)


async def _wanted(body: SourceIn, services: Services) -> Definition:
    """Raises: BadShape; UnknownDataset unless it may be made."""
    kind = services.sources.kinds.get(body.kind)
    if kind is None:
        raise _bad("/kind", "this kind is not built in")
    tables = _tables(body)
    settings = _settings(kind.settings, body.settings)
    for place, dataset in tables.items():
        if not body.add_fields and (
            (await services.index.schema(DatasetName(dataset))).key is None
        ):
            path = pointer(["tables", place] if body.tables else ["dataset"])
            raise _bad(path, f"{dataset} makes its own keys; a stream needs a key column")
    return Definition(
        id="", name=body.name, kind=body.kind, tables=tables, add_fields=body.add_fields,
        settings=settings, created_us=0,
    )  # fmt: skip


def _tables(body: SourceIn) -> dict[str, str]:
    if (body.dataset is None) == (not body.tables):
        raise _bad("/tables", "give either a dataset or tables with a dataset each")
    if body.dataset is None:
        if len(set(body.tables.values())) < len(body.tables):
            raise _bad("/tables", "each table needs a dataset of its own")
        return body.tables
    stream = body.settings.get("stream")
    named = stream if isinstance(stream, str) else body.dataset
    return {body.table or named: body.dataset}


def _settings(model: type[BaseModel], given: dict[str, Any]) -> dict[str, Any]:
    """The settings as they are kept. Raises: BadShape."""
    try:
        return shaped(model, given).model_dump(mode="json", exclude_unset=True)
    except BadShape as bad:
        problems = tuple(
            Problem(each.code, f"/settings{each.path}", each.message) for each in bad.problems
        )
        raise BadShape(bad.message, problems=problems) from None


def _bad(path: str, message: str) -> BadShape:
    problem = Problem("bad_value", path, message)
    return BadShape("this source can't be followed; see the problems", problems=(problem,))


def _document(followed: Following, faults: list[Fault], services: Services) -> SourceOut:
    definition, status = followed.definition, followed.status
    counts = status.report.counts
    return SourceOut(
        name=definition.name, kind=definition.kind, tables=definition.tables,
        add_fields=definition.add_fields, settings=masked(definition.settings),
        created_at=instant_text(definition.created_us), state=status.state.value,
        error=status.error,
        retry_at=rfc3339(status.retry_at) if status.retry_at is not None else None,
        position=status.report.position, lag=_lag(status, services.clock.now()),
        events=counts.events, applied=counts.applied, rejected=counts.rejected,
        late=counts.late, ignored=counts.ignored,
        ignored_fields=sorted(status.report.ignored_fields),
        errors=[
            SourceError(at=instant_text(each.at_us), code=each.code, message=each.message,
                        table=each.table or None, place=each.place or None)
            for each in faults
        ],
    )  # fmt: skip


def _lag(status: Status, now: datetime) -> LagOut:
    at_us, entries, size = status.report.at_us, status.lag.entries, status.lag.bytes
    seconds: float | None = None
    if 0 in (entries, size):
        seconds = 0.0
    elif at_us is not None:
        seconds = max(0.0, (microseconds(now) - at_us) / 1e6)
    return LagOut(entries=entries, bytes=size, seconds=seconds)
