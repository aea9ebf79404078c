"""The service's clock. It moves by hand only with ``--clock manual``."""

from typing import Annotated

from fastapi import APIRouter, Depends

from evaluator.values import rfc3339
from gateway.access import Role, ServicesDep, needs
from gateway.bodies import Reads, takes
from gateway.moments import moment
from gateway.routes.models import ClockBody, ClockOut
from indexer.model.errors import NotAllowed
from indexer.runtime.clock import ManualClock

router = APIRouter(tags=["Operations"])


@router.get("/clock", dependencies=[needs(Role.VIEWER)])
async def show_clock(services: ServicesDep) -> ClockOut:
    """The service's moment."""
    return ClockOut(now=rfc3339(services.clock.now()), mode=services.settings.clock)


@router.put("/clock", dependencies=[needs(Role.ADMIN)], openapi_extra=takes(ClockBody))
async def move_clock(
    body: Annotated[ClockBody, Depends(Reads(ClockBody))], services: ServicesDep
) -> ClockOut:
    """Move the clock to a moment. Refused unless it was started with ``--clock manual``."""
    now = moment(body.now)
    if now is None or not isinstance(services.clock, ManualClock):
        raise NotAllowed("this clock keeps the machine's time; start with --clock manual --no-auth")
    services.clock.set(now)
    return await show_clock(services)
