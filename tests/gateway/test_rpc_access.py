"""The evaluator's gRPC port asks for the same tokens as HTTP."""

import grpc
import pytest

from evaluator.rpc import evaluate_pb2, evaluate_pb2_grpc
from gateway.access import Role
from tests.gateway.front import Front

EVERYBODY = evaluate_pb2.CountRequest(dataset="people", condition_json='{"all": []}')


async def test_a_call_without_a_token_is_refused(guarded: Front) -> None:
    """Nobody counts without signing in, where sign-in is on."""
    running = await guarded.services.start_rpc("127.0.0.1", 0)

    async with grpc.aio.insecure_channel(f"127.0.0.1:{running.port}") as channel:
        stub = evaluate_pb2_grpc.EvaluatorStub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.Count(EVERYBODY)
        with pytest.raises(grpc.aio.AioRpcError) as guessed:
            await stub.Count(EVERYBODY, metadata=(("authorization", "Bearer a.b"),))
    await running.stop()

    assert grpc.StatusCode.UNAUTHENTICATED == refused.value.code()
    assert grpc.StatusCode.UNAUTHENTICATED == guessed.value.code()


async def test_a_call_with_a_token_is_answered(guarded: Front) -> None:
    """A viewer's token is enough to count; here the dataset is what's missing."""
    header = guarded.token(Role.VIEWER)["Authorization"]
    running = await guarded.services.start_rpc("127.0.0.1", 0)

    async with grpc.aio.insecure_channel(f"127.0.0.1:{running.port}") as channel:
        stub = evaluate_pb2_grpc.EvaluatorStub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as answered:
            await stub.Count(EVERYBODY, metadata=(("authorization", header),))
    await running.stop()

    assert grpc.StatusCode.NOT_FOUND == answered.value.code()
