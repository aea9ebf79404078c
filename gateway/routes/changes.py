"""Changes to records."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends

from gateway.access import Role, ServicesDep, needs
from gateway.bodies import Reads, takes
from gateway.changes import Outcome, Proposed, apply
from gateway.routes.models import ChangesIn, ChangesOut, RejectedChange, UpsertIn
from indexer.model.errors import TooLarge
from indexer.model.ids import DatasetName

router = APIRouter(tags=["Datasets and data"])


@router.post("/datasets/{name}/changes", dependencies=[needs(Role.MANAGER)],
             openapi_extra=takes(ChangesIn))  # fmt: skip
async def apply_changes(
    name: str, body: Annotated[ChangesIn, Depends(Reads(ChangesIn))], services: ServicesDep
) -> ChangesOut:
    """Apply the good changes together and say which were left out."""
    proposed = _proposed(body, services.settings.changes_max)
    work = partial(apply, services.index, DatasetName(name), proposed)
    if body.idempotency_key is None:
        return _document(await work())
    return _document(await services.answers.once((name, body.idempotency_key), work))


def _proposed(body: ChangesIn, most: int) -> list[Proposed]:
    if len(body.changes) > most:
        raise TooLarge(f"send at most {most} changes at once")
    return [
        Proposed(change.key, change.values if isinstance(change, UpsertIn) else None)
        for change in body.changes
    ]


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
