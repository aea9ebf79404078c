"""Who is asking, and may they? Roles, tokens, sessions and the origin of browser requests.

A route says what it needs with ``dependencies=[needs(Role.MANAGER)]``; a route without such a
line is open to everybody, and a test lists those.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends
from starlette.requests import HTTPConnection

from gateway.catalogue.secret import Held
from gateway.services import Services
from gateway.settings import is_loopback
from indexer.model.errors import ForeignOrigin, NotAllowed, NotSignedIn

SESSION_COOKIE = "cardinal_session"
READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Role(IntEnum):
    """What a caller may do; each role may do what those below it may."""

    VIEWER = 1
    """See datasets and counts."""
    ANALYST = 2
    """See records and values, make and change segments too."""
    MANAGER = 3
    """Change datasets and data too."""
    ADMIN = 4
    """Everything."""

    @property
    def word(self) -> str:
        """The role as API.md writes it."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who asks."""

    role: Role
    name: str


LOCAL = Caller(Role.ADMIN, "local")
"""Everybody, where nobody has to sign in."""


def services_of(connection: HTTPConnection) -> Services:
    """The services the application was built with."""
    services: Services = connection.app.state.services
    return services


ServicesDep = Annotated[Services, Depends(services_of)]


def identify(connection: HTTPConnection, services: Services) -> Caller:
    """Whose request this is. Raises: NotSignedIn, ForeignOrigin."""
    if not services.settings.auth:
        return LOCAL
    scheme, _, credential = connection.headers.get("authorization", "").partition(" ")
    now = services.clock.now()
    if scheme.lower() == "bearer":
        held = services.catalogue.tokens.find(credential.strip(), now)
    else:
        held = services.catalogue.sessions.find(connection.cookies.get(SESSION_COOKIE, ""), now)
        changes = connection.scope.get("method", "GET") not in READING_METHODS
        if held is not None and changes and "origin" not in connection.headers:
            raise ForeignOrigin("a signed-in browser must say where a change comes from")
    return caller_of(held)


def caller_of(held: Held | None) -> Caller:
    """Who holds this. Raises: NotSignedIn if nobody does."""
    if held is None:
        raise NotSignedIn("sign in with the link `cardinal serve` prints, or send a token")
    return Caller(Role[held.role.upper()], held.name)


@dataclass(frozen=True, slots=True)
class Needs:
    """The role a route asks for, as a dependency that refuses everybody below."""

    role: Role

    async def __call__(self, connection: HTTPConnection) -> Caller:
        """The caller, if their role suffices. Raises: NotSignedIn, NotAllowed, ForeignOrigin."""
        return self.admit(identify(connection, services_of(connection)))

    def admit(self, caller: Caller) -> Caller:
        """The caller again. Raises: NotAllowed."""
        if caller.role < self.role:
            raise NotAllowed(f"this needs the role {self.role.word}; ask an administrator")
        return caller


@dataclass(frozen=True, slots=True)
class NeedsTicket(Needs):
    """The same for a socket, which shows a one-time ticket or a token, never only a cookie:
    a browser would send that along from any page.
    """

    async def __call__(self, connection: HTTPConnection) -> Caller:
        """The caller, if their role suffices. Raises: NotSignedIn, NotAllowed."""
        services = services_of(connection)
        if not services.settings.auth or "authorization" in connection.headers:
            return self.admit(identify(connection, services))
        ticket, now = connection.query_params.get("ticket", ""), services.clock.now()
        return self.admit(
            caller_of(services.catalogue.tickets.redeem(ticket, purpose="live", now=now))
        )


def needs(role: Role) -> Any:
    """What a route writes into its ``dependencies``."""
    return Depends(Needs(role))


def needs_ticket(role: Role) -> Any:
    """What a socket's route writes into its ``dependencies``."""
    return Depends(NeedsTicket(role))


def check_origin(origin: str | None, host: str | None, *, auth: bool) -> None:
    """Refuse what another site's page sent, whatever it asks.

    Without sign-in the Host must be a loopback name too: a foreign name that resolves to this
    machine would otherwise pass for our own. Raises: ForeignOrigin.
    """
    ours = (host or "").lower()
    if not auth and not is_loopback(urlsplit(f"//{ours}").hostname or ""):
        raise ForeignOrigin("without sign-in only a loopback address answers, such as 127.0.0.1")
    if origin is not None and urlsplit(origin.lower()).netloc != ours:
        raise ForeignOrigin("pages of other sites may not ask here")
