"""The evaluator as a gRPC service for other programs, with health and reflection."""

from dataclasses import dataclass

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from evaluator.api import Evaluator
from evaluator.changes.intake import ChangeIntake
from evaluator.rpc.admission import Admit, anybody
from evaluator.rpc.convert import CONDITION_BYTES_MAX
from evaluator.rpc.handlers import SERVICE, handlers
from evaluator.rpc.service import STREAMS_MAX, EvaluatorService
from evaluator.rpc.tls import Identity, credentials
from evaluator.segments import NoSegments, Segments

MESSAGE_BYTES_MAX = CONDITION_BYTES_MAX + 2**16
"""The largest condition and the names around it."""

CALLS_AT_ONCE_MAX = 256
STOP_GRACE_S = 5.0


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


async def start(
    evaluator: Evaluator,
    host: str,
    port: int,
    *,
    changes: ChangeIntake,
    segments: Segments | None = None,
    admit: Admit = anybody,
    streams_max: int = STREAMS_MAX,
    identity: Identity | None = None,
) -> Running:
    """Serve on ``host:port``; port 0 takes a free one. Raises: OSError if it is taken.

    ``admit`` decides who sees and does what. Health and reflection answer everybody. With an
    ``identity`` only TLS is spoken, and only with whom it trusts.
    """
    server = grpc.aio.server(
        options=[
            ("grpc.max_receive_message_length", MESSAGE_BYTES_MAX),
            ("grpc.so_reuseport", 0),
        ],
        maximum_concurrent_rpcs=CALLS_AT_ONCE_MAX,
    )
    service = EvaluatorService(
        evaluator, changes, segments or NoSegments(), streams_max=streams_max
    )
    server.add_generic_rpc_handlers((handlers(service, admit),))
    state = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(state, server)
    names = (SERVICE, health.SERVICE_NAME, reflection.SERVICE_NAME)
    reflection.enable_server_reflection(names, server)
    try:
        address = f"{host}:{port}"
        if identity is None:
            bound = server.add_insecure_port(address)
        else:
            bound = server.add_secure_port(address, credentials(identity))
    except RuntimeError as error:
        raise OSError(f"port {port} of {host} is taken") from error
    await server.start()
    for name in ("", SERVICE):
        await state.set(name, health_pb2.HealthCheckResponse.SERVING)
    return Running(server, bound, state)
