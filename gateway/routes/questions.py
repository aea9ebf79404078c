"""Questions about a condition: how many, how it meets others, how it came about, in words."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from evaluator.changes.values import known_key
from gateway.access import Caller, Needs, Role, ServicesDep, needs
from gateway.bodies import Asks, takes
from gateway.documents import count_document, explained_document, overlap_document, reply
from gateway.moments import moment
from gateway.routes.asking import hints_of, turn
from gateway.routes.question_models import (
    CountIn,
    CountOut,
    DescribeIn,
    DescribeOut,
    ExplainIn,
    ExplainOut,
    OverlapIn,
    OverlapOut,
)
from indexer.model.ids import DatasetName

router = APIRouter(tags=["Questions about a condition"])
Viewer = Annotated[Caller, Depends(Needs(Role.VIEWER))]
MAY_SEE_RECORDS = Needs(Role.ANALYST)


@router.post("/datasets/{name}/count", dependencies=[needs(Role.VIEWER)],
             responses={200: {"model": CountOut}}, openapi_extra=takes(CountIn))  # fmt: skip
async def count_members(
    name: str, body: Annotated[CountIn, Depends(Asks(CountIn))], services: ServicesDep
) -> Response:
    """How many records satisfy the condition."""
    now = moment(body.now)
    async with turn(services, body.hints):
        count = await services.evaluator.count(
            DatasetName(name), body.condition, now=now, per_node=body.per_node,
            hints=hints_of(body.hints),
        )  # fmt: skip
    return reply(count_document(count, per_node=body.per_node))


@router.post("/datasets/{name}/overlap", dependencies=[needs(Role.VIEWER)],
             responses={200: {"model": OverlapOut}}, openapi_extra=takes(OverlapIn))  # fmt: skip
async def overlap_conditions(
    name: str, body: Annotated[OverlapIn, Depends(Asks(OverlapIn))], services: ServicesDep
) -> Response:
    """How many records the conditions share, each with each; for up to four, every region."""
    now = moment(body.now)
    async with turn(services, body.hints):
        overlap = await services.evaluator.overlap(
            DatasetName(name), body.conditions, now=now, hints=hints_of(body.hints)
        )
    return reply(overlap_document(overlap))


@router.post("/datasets/{name}/explain", dependencies=[needs(Role.VIEWER)],
             responses={200: {"model": ExplainOut}}, openapi_extra=takes(ExplainIn))  # fmt: skip
async def explain_condition(
    name: str, body: Annotated[ExplainIn, Depends(Asks(ExplainIn))], services: ServicesDep,
    caller: Viewer,
) -> Response:  # fmt: skip
    """How the count came about, node by node; why a record is in or out, for analysts."""
    now, key = moment(body.now), None
    if body.key is not None:
        MAY_SEE_RECORDS.admit(caller)
        key = known_key(body.key, await services.index.schema(DatasetName(name)))
    async with turn(services, body.hints):
        explained = await services.evaluator.explain(
            DatasetName(name), body.condition, key=key, now=now, hints=hints_of(body.hints)
        )
    return reply(explained_document(explained))


@router.post("/datasets/{name}/describe", dependencies=[needs(Role.VIEWER)],
             openapi_extra=takes(DescribeIn))  # fmt: skip
async def describe_condition(
    name: str, body: Annotated[DescribeIn, Depends(Asks(DescribeIn))], services: ServicesDep
) -> DescribeOut:
    """The condition in plain English."""
    moment(body.now)
    text = await services.evaluator.describe(DatasetName(name), body.condition)
    return DescribeOut(text=text)
