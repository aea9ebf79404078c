"""The live socket and its tickets."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.websockets import WebSocket

from gateway.access import Caller, Needs, Role, ServicesDep, needs_ticket
from gateway.catalogue.secret import Held
from gateway.live import LiveSocket
from gateway.routes.models import TicketOut

router = APIRouter(tags=["Live"])


@router.post("/live/ticket")
async def make_ticket(
    caller: Annotated[Caller, Depends(Needs(Role.VIEWER))], services: ServicesDep
) -> TicketOut:
    """A one-time ticket for the live socket, good for some seconds."""
    return TicketOut(ticket=services.catalogue.tickets.create(
        Held(caller.role.word, caller.name), purpose="live", now=services.clock.now(),
        life_s=services.settings.live_ticket_s, new_secret=services.new_secret,
    ))  # fmt: skip


@router.websocket("/live", dependencies=[needs_ticket(Role.VIEWER)])
async def live(socket: WebSocket, services: ServicesDep) -> None:
    """Live previews: the latest question of each preview id, answered as soon as it can be."""
    async with services.sockets.enter():
        await socket.accept()
        with services.metrics.sockets.track_inprogress():
            await LiveSocket(socket, services).serve()
