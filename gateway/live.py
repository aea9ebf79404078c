"""One live socket: reads bounded messages, hands previews on, cuts a reader that doesn't read."""

import asyncio
import contextlib
from collections.abc import Callable

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect

from evaluator.condition.decode import decode_json
from gateway.bodies import shaped
from gateway.moments import moment
from gateway.previews import Preview, Previews, problem_message
from gateway.routes.question_models import PreviewMessage
from gateway.services import Services
from indexer.model.errors import CardinalError
from indexer.model.ids import DatasetName

TOO_BIG = 1009
"""The close code of RFC 6455 for a message that is too large."""


class LiveSocket:
    """Serves one accepted socket until it ends."""

    def __init__(self, socket: WebSocket, services: Services) -> None:
        self._socket = socket
        self._settings = services.settings
        self._life = asyncio.timeout(None)
        self._previews = Previews(
            evaluator=services.evaluator,
            gate=services.previews,
            send=self._send,
            ids_max=services.settings.previews_per_socket_max,
            answered=_counter(services),
            new_reference=services.new_secret,
        )

    async def serve(self) -> None:
        """Answer until the other side leaves, sends too much or stops reading."""
        try:
            async with self._life:
                while (text := await self._receive()) is not None:
                    await self._take(text)
        except (TimeoutError, WebSocketDisconnect):
            pass
        finally:
            await self._previews.close()

    async def _receive(self) -> bytes | None:
        """The next message; None once it is over."""
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            return None
        text = message.get("text")
        body: bytes = message.get("bytes") or b"" if text is None else text.encode()
        if len(body) > self._settings.message_bytes_max:
            await self._socket.close(TOO_BIG)
            return None
        return body

    async def _take(self, text: bytes) -> None:
        document: object = None
        try:
            document = decode_json(text, self._settings.message_bytes_max)
            asked = shaped(PreviewMessage, document).preview
            now = moment(asked.now, "/preview/now")
            self._previews.ask(Preview(asked.id, DatasetName(asked.dataset), asked.condition, now))
        except CardinalError as fault:
            await self._send(problem_message(_id_in(document), fault))

    async def _send(self, message: dict[str, object]) -> None:
        try:
            async with asyncio.timeout(self._settings.send_timeout_s):
                await self._socket.send_text(msgspec.json.encode(message).decode())
        except (TimeoutError, WebSocketDisconnect, RuntimeError):
            # Starlette says RuntimeError for a socket that closed while we were sending.
            with contextlib.suppress(RuntimeError):
                self._life.reschedule(asyncio.get_running_loop().time())


def _id_in(document: object) -> str | None:
    """The preview id in a message that may have any shape."""
    match document:
        case {"preview": {"id": str(preview_id)}}:
            return preview_id
        case _:
            return None


def _counter(services: Services) -> Callable[[str], None]:
    return lambda outcome: services.metrics.previews.labels(outcome).inc()
