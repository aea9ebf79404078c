"""Is it alive, is it ready, how is it doing?"""

from fastapi import APIRouter
from starlette.responses import Response

from gateway.access import Role, ServicesDep, needs
from gateway.routes.models import ReadyOut, StatusOut

router = APIRouter(tags=["Operations"])
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@router.get("/livez")
@router.get("/healthz")
async def live() -> StatusOut:
    """The process answers."""
    return StatusOut(status="alive")


@router.get("/readyz")
async def ready(services: ServicesDep) -> ReadyOut:
    """Everything is loaded: an application is given its services only then.

    Questions are answered also while no change is taken, as on a full disk.
    """
    services.catalogue.database.read("SELECT 1")
    return ReadyOut(status="ready", writable=services.disk.writable)


@router.get("/metrics", dependencies=[needs(Role.VIEWER)])
def metrics(services: ServicesDep) -> Response:
    """Figures for Prometheus. A plain function: it runs beside the loop, not in it."""
    return Response(services.metrics.text(), media_type=METRICS_TYPE)
