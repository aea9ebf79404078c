"""Changes to records."""

from fastapi import APIRouter, Request

from evaluator.changes.intake import Outcome
from gateway.access import Role, ServicesDep, needs
from gateway.bodies import bounded, takes
from gateway.routes.models import ChangesIn, ChangesOut, RejectedChange
from indexer.model.ids import DatasetName

router = APIRouter(tags=["Datasets and data"])


@router.post("/datasets/{name}/changes", dependencies=[needs(Role.MANAGER)],
             openapi_extra=takes(ChangesIn))  # fmt: skip
async def apply_changes(name: str, request: Request, services: ServicesDep) -> ChangesOut:
    """Apply the good changes together and say which were left out."""
    settings = services.settings
    body = await bounded(request, settings.body_bytes_max, settings)
    return _document(await services.changes.apply(DatasetName(name), body))


def _document(outcome: Outcome) -> ChangesOut:
    return ChangesOut(
        sequence=outcome.sequence,
        applied=outcome.applied,
        unchanged=outcome.unchanged,
        rejected=[
            RejectedChange(index=one.index, code=one.code, message=one.message)
            for one in outcome.rejected
        ],
    )
