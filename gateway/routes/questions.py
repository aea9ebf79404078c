"""Questions about a condition: how many, who, in words, which values."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from evaluator.condition.decode import decode_json
from gateway.access import Role, ServicesDep, needs
from gateway.bodies import Asks, takes
from gateway.documents import count_document, record_document, reply, stored_names
from gateway.moments import moment
from gateway.routes.asking import turn
from gateway.routes.paging import cursor_of, place_of
from gateway.routes.question_models import (
    CountIn,
    CountOut,
    DescribeIn,
    DescribeOut,
    MembersIn,
    MembersOut,
    ValuesOut,
)
from gateway.values import to_json
from indexer.model.errors import UnknownField
from indexer.model.ids import DatasetName, FieldName

EVERYBODY = '{"all": []}'
PAGE_DEFAULT = 100
VALUES_DEFAULT = 20

router = APIRouter(tags=["Questions about a condition"])
Limit = Annotated[int, Query(ge=1)]


@router.post("/datasets/{name}/count", dependencies=[needs(Role.VIEWER)],
             responses={200: {"model": CountOut}}, openapi_extra=takes(CountIn))  # fmt: skip
async def count_members(
    name: str, body: Annotated[CountIn, Depends(Asks(CountIn))], services: ServicesDep
) -> Response:
    """How many records satisfy the condition."""
    now = moment(body.now)
    async with turn(services, body.hints):
        count = await services.evaluator.count(
            DatasetName(name), body.condition, now=now, per_node=body.per_node
        )
    return reply(count_document(count, per_node=body.per_node))


@router.post("/datasets/{name}/members", dependencies=[needs(Role.ANALYST)],
             responses={200: {"model": MembersOut}}, openapi_extra=takes(MembersIn))  # fmt: skip
async def list_members(
    name: str, body: Annotated[MembersIn, Depends(Asks(MembersIn))], services: ServicesDep
) -> Response:
    """The records that satisfy the condition, in key order."""
    now, after = moment(body.now), place_of(body.cursor)
    size = min(body.limit or PAGE_DEFAULT, services.settings.page_max)
    schema = await services.index.schema(DatasetName(name))
    async with turn(services, body.hints):
        page = await services.evaluator.members(
            schema.name, body.condition, fields=stored_names(schema, body.fields),
            limit=size, after=after, now=now,
        )  # fmt: skip
    items = [record_document(schema, record, body.fields) for record in page.records]
    return reply({"items": items, "next_cursor": cursor_of(page.next_after), "as_of": page.as_of})


@router.post("/datasets/{name}/describe", dependencies=[needs(Role.VIEWER)],
             openapi_extra=takes(DescribeIn))  # fmt: skip
async def describe_condition(
    name: str, body: Annotated[DescribeIn, Depends(Asks(DescribeIn))], services: ServicesDep
) -> DescribeOut:
    """The condition in plain English."""
    moment(body.now)
    text = await services.evaluator.describe(DatasetName(name), body.condition)
    return DescribeOut(text=text)


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
