"""What every request passes, in front of the routes: last resort, origin, headers, figures."""

from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from gateway.access import check_origin
from gateway.errors import failure, response_of, unexpected
from gateway.metrics import NO_ROUTE, Metrics
from indexer.model.errors import ForeignOrigin

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
        " frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


class Guards:
    """Wraps the whole application. ``stopwatch_ms`` gives milliseconds that only grow."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        auth: bool,
        metrics: Metrics,
        stopwatch_ms: Callable[[], float],
        new_reference: Callable[[], str],
    ) -> None:
        self._app = app
        self._auth = auth
        self._metrics = metrics
        self._stopwatch_ms = stopwatch_ms
        self._new_reference = new_reference

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, also when the routes fail."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self._request(scope, receive, send)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            self._check(scope)
        except ForeignOrigin as refused:
            socket = WebSocket(scope, receive, send)
            await socket.send_denial_response(response_of(refused))
            return
        await self._app(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        started, status = self._stopwatch_ms(), 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message).update(SECURITY_HEADERS)
            await send(message)

        try:
            self._check(scope)
            await self._app(scope, receive, watched)
        except ForeignOrigin as refused:
            await response_of(refused)(scope, receive, watched)
        except Exception as fault:  # noqa: BLE001 - the last resort: logged, counted, answered
            message = unexpected(fault, self._new_reference)
            if not status:
                await failure(message)(scope, receive, watched)
        route = getattr(scope.get("route"), "path", NO_ROUTE)
        self._metrics.answered(
            route=route, method=scope["method"], status=status,
            seconds=(self._stopwatch_ms() - started) / 1000,
        )  # fmt: skip

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        check_origin(headers.get("origin"), headers.get("host"), auth=self._auth)
