"""Who satisfies a condition: in pages, as a sample, by their values."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from evaluator.condition.decode import decode_json
from evaluator.values import to_json
from gateway.access import Role, ServicesDep, needs
from gateway.bodies import Asks, takes
from gateway.documents import breakdown_document, page_document, reply, stored_names
from gateway.moments import moment
from gateway.routes.asking import hints_of, order_of, turn
from gateway.routes.paging import cursor_of, place_of
from gateway.routes.question_models import (
    BreakdownIn,
    BreakdownOut,
    MembersIn,
    MembersOut,
    SampleIn,
    ValuesOut,
)
from indexer.model.errors import UnknownField
from indexer.model.ids import DatasetName, FieldName

EVERYBODY = '{"all": []}'
PAGE_DEFAULT = 100
VALUES_DEFAULT = 20

router = APIRouter(tags=["Questions about a condition"])
Limit = Annotated[int, Query(ge=1)]


@router.post("/datasets/{name}/members", dependencies=[needs(Role.ANALYST)],
             responses={200: {"model": MembersOut}}, openapi_extra=takes(MembersIn))  # fmt: skip
async def list_members(
    name: str, body: Annotated[MembersIn, Depends(Asks(MembersIn))], services: ServicesDep
) -> Response:
    """The records that satisfy the condition, in key order or ordered by some fields."""
    now, order = moment(body.now), order_of(body.order_by or ())
    schema = await services.index.schema(DatasetName(name))
    async with turn(services, body.hints):
        page = await services.evaluator.members(
            schema.name, body.condition, fields=stored_names(schema, body.fields),
            limit=min(body.limit or PAGE_DEFAULT, services.settings.page_max), order=order,
            after=place_of(body.cursor, order), now=now, hints=hints_of(body.hints),
        )  # fmt: skip
    return reply(page_document(schema, page, body.fields, cursor_of(page.next_after, order)))


@router.post("/datasets/{name}/sample", dependencies=[needs(Role.ANALYST)],
             responses={200: {"model": MembersOut}}, openapi_extra=takes(SampleIn))  # fmt: skip
async def sample_members(
    name: str, body: Annotated[SampleIn, Depends(Asks(SampleIn))], services: ServicesDep
) -> Response:
    """Some of the records that satisfy the condition, the same ones for the same seed."""
    now, schema = moment(body.now), await services.index.schema(DatasetName(name))
    async with turn(services, body.hints):
        page = await services.evaluator.sample(
            schema.name, body.condition, fields=stored_names(schema, body.fields),
            size=body.size, seed=body.seed, now=now, hints=hints_of(body.hints),
        )  # fmt: skip
    return reply(page_document(schema, page, body.fields, None))


@router.post("/datasets/{name}/breakdown", dependencies=[needs(Role.ANALYST)],
             responses={200: {"model": BreakdownOut}},
             openapi_extra=takes(BreakdownIn))  # fmt: skip
async def break_members_down(
    name: str, body: Annotated[BreakdownIn, Depends(Asks(BreakdownIn))], services: ServicesDep
) -> Response:
    """How the condition's members spread over a field: by value, or in bins."""
    now = moment(body.now)
    async with turn(services, body.hints):
        spread = await services.evaluator.breakdown(
            DatasetName(name), body.condition, FieldName(body.field), bins=body.bins, now=now,
            limit=min(body.limit or VALUES_DEFAULT, services.settings.values_max),
            hints=hints_of(body.hints),
        )  # fmt: skip
    return reply(breakdown_document(spread))


@router.get("/datasets/{name}/fields/{field}/values", dependencies=[needs(Role.ANALYST)],
            responses={200: {"model": ValuesOut}})  # fmt: skip
async def list_values(
    name: str, field: str, services: ServicesDep, prefix: str = "", condition: str = EVERYBODY,
    limit: Limit = VALUES_DEFAULT, now: str | None = None,
) -> Response:  # fmt: skip
    """The most frequent values of a field among the condition's members."""
    asked = decode_json(condition, services.settings.condition_bytes_max)
    shown = (await services.index.schema(DatasetName(name))).field(field)
    if shown is None:
        raise UnknownField(f"{name} has no such field")
    async with turn(services, None):
        counts = await services.evaluator.values(
            DatasetName(name), FieldName(field), condition=asked, prefix=prefix,
            limit=min(limit, services.settings.values_max), now=moment(now),
        )  # fmt: skip
    items = [{"value": to_json(shown, item.value), "count": item.count} for item in counts.items]
    return reply({"items": items, "null": counts.null, "as_of": counts.as_of})
