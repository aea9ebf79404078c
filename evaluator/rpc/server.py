"""The evaluator as a gRPC service for other programs, with health and reflection."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from evaluator.api import Evaluator
from evaluator.condition.language import decode_json
from evaluator.rpc import evaluate_pb2
from indexer.model.errors import BadBody, BadShape, CardinalError, NotSignedIn, Problem
from indexer.model.ids import DatasetName
from indexer.runtime.grpc import abort

CONDITION_BYTES_MAX = 64 * 2**20
MESSAGE_BYTES_MAX = CONDITION_BYTES_MAX + 2**16
"""The largest condition and the names around it."""

CALLS_AT_ONCE_MAX = 256
STOP_GRACE_S = 5.0

SERVICE = evaluate_pb2.DESCRIPTOR.services_by_name["Evaluator"].full_name


@dataclass(frozen=True)
class Running:
    """A server that accepts calls."""

    server: grpc.aio.Server
    port: int
    state: health.aio.HealthServicer

    async def stop(self) -> None:
        """Report not serving, let open calls finish for a few seconds, stop."""
        await self.state.enter_graceful_shutdown()
        await self.server.stop(STOP_GRACE_S)


MayAsk = Callable[[str], bool]
"""Whether the text of an ``authorization`` header lets its sender ask; empty for none."""


async def start(
    evaluator: Evaluator, host: str, port: int, *, may_ask: MayAsk | None = None
) -> Running:
    """Serve on ``host:port``; port 0 takes a free one. Raises: OSError if it is taken.

    Without ``may_ask`` everybody may. Health and reflection answer everybody.
    """
    server = grpc.aio.server(
        options=[
            ("grpc.max_receive_message_length", MESSAGE_BYTES_MAX),
            ("grpc.so_reuseport", 0),
        ],
        maximum_concurrent_rpcs=CALLS_AT_ONCE_MAX,
    )
    server.add_generic_rpc_handlers((_handlers(EvaluatorService(evaluator, may_ask)),))
    state = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(state, server)
    names = (SERVICE, health.SERVICE_NAME, reflection.SERVICE_NAME)
    reflection.enable_server_reflection(names, server)
    try:
        bound = server.add_insecure_port(f"{host}:{port}")
    except RuntimeError as error:
        raise OSError(f"port {port} of {host} is taken") from error
    await server.start()
    for name in ("", SERVICE):
        await state.set(name, health_pb2.HealthCheckResponse.SERVING)
    return Running(server, bound, state)


class EvaluatorService:
    """Reads raw bytes, so that a broken message is the caller's error and not ours."""

    def __init__(self, evaluator: Evaluator, may_ask: MayAsk | None) -> None:
        self._evaluator = evaluator
        self._may_ask = may_ask

    async def count(self, data: bytes, context: Any) -> evaluate_pb2.CountReply:
        """``Evaluator.Count`` of evaluate.proto."""
        try:
            self._admit(context)
            request = _parsed(evaluate_pb2.CountRequest, data)
            count = await self._evaluator.count(
                DatasetName(request.dataset),
                decode_json(request.condition_json.encode(), bytes_max=CONDITION_BYTES_MAX),
                now=_moment(request.now),
                per_node=request.per_node,
            )
        except CardinalError as error:
            await abort(context, error)
        return evaluate_pb2.CountReply(
            count=count.count,
            total=count.total,
            as_of=count.as_of,
            per_node=count.per_node,
            elapsed_ms=count.elapsed_ms,
        )

    def _admit(self, context: Any) -> None:
        """Raises: NotSignedIn."""
        if self._may_ask is None:
            return
        metadata = dict(context.invocation_metadata() or ())
        if not self._may_ask(str(metadata.get("authorization", ""))):
            raise NotSignedIn("send a token as the metadata `authorization: Bearer TOKEN`")


def _handlers(service: EvaluatorService) -> grpc.GenericRpcHandler:
    count: Any = grpc.unary_unary_rpc_method_handler(
        service.count,
        response_serializer=evaluate_pb2.CountReply.SerializeToString,
    )
    handlers: grpc.GenericRpcHandler = grpc.method_handlers_generic_handler(
        SERVICE, {"Count": count}
    )
    return handlers


def _parsed(kind: type[evaluate_pb2.CountRequest], data: bytes) -> evaluate_pb2.CountRequest:
    try:
        return kind.FromString(data)
    except Exception as error:
        raise BadBody("the message is not a CountRequest") from error


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    problem = Problem("bad_value", "/now", "write an instant like 2025-05-31T12:00:00Z")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadShape("'now' is not an instant", problems=(problem,)) from None
    if moment.tzinfo is None:
        raise BadShape("'now' has no zone", problems=(problem,))
    return moment
