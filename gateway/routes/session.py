"""Who is signed in, and signing in with a one-time link."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from gateway.access import SESSION_COOKIE, Caller, Needs, Role, ServicesDep, needs
from gateway.pages import BAD_TICKET
from gateway.routes.models import SessionOut

router = APIRouter(tags=["Session"])
links = APIRouter(tags=["Session"])


@router.get("/session")
async def show_session(
    caller: Annotated[Caller, Depends(Needs(Role.VIEWER))], services: ServicesDep
) -> SessionOut:
    """Who is asking."""
    return SessionOut(auth=services.settings.auth, role=caller.role.word, name=caller.name)


@router.delete("/session", status_code=204, dependencies=[needs(Role.VIEWER)])
async def sign_out(request: Request, services: ServicesDep) -> Response:
    """Forget this browser."""
    services.catalogue.sessions.end(request.cookies.get(SESSION_COOKIE, ""))
    gone = Response(status_code=204)
    gone.delete_cookie(SESSION_COOKIE)
    return gone


@links.get("/signin", include_in_schema=False)
async def sign_in(request: Request, services: ServicesDep, ticket: str = "") -> Response:
    """Turn a one-time link into a session, once."""
    now, life_s = services.clock.now(), services.settings.session_s
    held = services.catalogue.tickets.redeem(ticket, purpose="signin", now=now)
    if held is None:
        return HTMLResponse(BAD_TICKET, status_code=401, headers={"Cache-Control": "no-store"})
    text = services.catalogue.sessions.create(
        held, now=now, life_s=life_s, new_secret=services.new_secret
    )
    return _signed_in(text, life_s, over_tls=request.url.scheme == "https")


def _signed_in(text: str, life_s: int, *, over_tls: bool) -> Response:
    home = RedirectResponse("/", status_code=303, headers={"Cache-Control": "no-store"})
    home.set_cookie(
        SESSION_COOKIE, text, max_age=life_s, httponly=True, samesite="strict", secure=over_tls
    )
    return home
