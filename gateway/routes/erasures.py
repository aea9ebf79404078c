"""Erasures and their certificates, and who must not come back."""

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from evaluator.values import instant_text
from gateway.access import Role, ServicesDep, needs
from gateway.documents import erasure_document
from gateway.erasure.certificate import Erasure
from gateway.routes.models import (
    ErasureList,
    ErasureOut,
    SuppressionList,
    SuppressionOut,
)

router = APIRouter(tags=["Erasure"])


@router.get("/erasures", dependencies=[needs(Role.MANAGER)])
async def list_erasures(services: ServicesDep) -> ErasureList:
    """The latest erasures."""
    return ErasureList(items=[_document(one) for one in services.catalogue.erasures.latest()])


@router.get("/erasures/{erasure_id}", dependencies=[needs(Role.MANAGER)])
async def show_erasure(erasure_id: str, services: ServicesDep) -> ErasureOut:
    """How far an erasure is, and its certificate once it has ended."""
    return _document(services.catalogue.erasures.find(erasure_id))


@router.get("/suppressions", dependencies=[needs(Role.MANAGER)])
async def list_suppressions(services: ServicesDep) -> SuppressionList:
    """The latest erased records that can't come back."""
    return SuppressionList(items=[
        SuppressionOut(
            id=one.id, dataset=one.dataset, kinds=list(one.kinds),
            created_at=instant_text(one.created_at),
        )
        for one in services.catalogue.suppressions.latest()
    ])  # fmt: skip


@router.delete("/suppressions/{suppression_id}", status_code=204,
               dependencies=[needs(Role.ADMIN)])  # fmt: skip
async def lift_suppression(suppression_id: str, services: ServicesDep) -> Response:
    """Let an erased record come back: somebody agreed anew."""
    services.catalogue.suppressions.lift(suppression_id)
    return Response(status_code=204)


def accepted(erasure: Erasure) -> Response:
    """The answer to who asked for an erasure."""
    body = msgspec.json.encode({"id": erasure.id})
    return Response(body, status_code=202, media_type="application/json")


def _document(erasure: Erasure) -> ErasureOut:
    return ErasureOut.model_validate(erasure_document(erasure))
