"""The evaluator's gRPC port asks for the same tokens as HTTP."""

import contextlib
from typing import Any

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


async def test_a_viewer_sees_counts_and_no_records(guarded: Front) -> None:
    """What needs an analyst over HTTP needs one here."""
    viewer, analyst = (guarded.token(role)["Authorization"] for role in (Role.VIEWER, Role.ANALYST))
    running = await guarded.services.start_rpc("127.0.0.1", 0)

    async with grpc.aio.insecure_channel(f"127.0.0.1:{running.port}") as channel:
        codes = {who: await _codes(channel, who) for who in (viewer, analyst)}
        nobody = await _codes(channel, "")
    await running.stop()

    absent, refused = grpc.StatusCode.NOT_FOUND, grpc.StatusCode.PERMISSION_DENIED
    shown = {"overlap": absent, "explain": absent, "stream": grpc.StatusCode.OK}
    records = ("breakdown", "contains", "members", "explain a record")
    assert {**shown, **dict.fromkeys(records, refused)} == codes[viewer]
    assert {**shown, **dict.fromkeys(records, absent)} == codes[analyst]
    assert {grpc.StatusCode.UNAUTHENTICATED} == set(nobody.values())


async def test_only_a_manager_changes_records(guarded: Front) -> None:
    """As over HTTP; for a manager the dataset is what's missing."""
    roles = (Role.VIEWER, Role.ANALYST, Role.MANAGER, Role.ADMIN)
    running = await guarded.services.start_rpc("127.0.0.1", 0)

    async with grpc.aio.insecure_channel(f"127.0.0.1:{running.port}") as channel:
        stub: Any = evaluate_pb2_grpc.EvaluatorStub(channel)
        request = evaluate_pb2.ApplyRequest(dataset="people", changes_json="[]")
        codes = [
            await _code(stub.Apply(request, metadata=(("authorization", header),)))
            for header in (guarded.token(role)["Authorization"] for role in roles)
        ]
    await running.stop()

    absent, refused = grpc.StatusCode.NOT_FOUND, grpc.StatusCode.PERMISSION_DENIED
    assert [refused, refused, absent, absent] == codes


async def _codes(channel: grpc.aio.Channel, authorization: str) -> dict[str, grpc.StatusCode]:
    """How each call ends for the bearer; the dataset is one that isn't there."""
    stub = evaluate_pb2_grpc.EvaluatorStub(channel)
    metadata = (("authorization", authorization),)
    about: dict[str, Any] = {"dataset": "people", "condition_json": '{"all": []}'}
    key = evaluate_pb2.Key(int=1)
    calls: dict[str, Any] = {
        "overlap": stub.Overlap(
            evaluate_pb2.OverlapRequest(dataset="people", conditions_json=['{"all": []}']),
            metadata=metadata,
        ),
        "explain": stub.Explain(evaluate_pb2.ExplainRequest(**about), metadata=metadata),
        "explain a record": stub.Explain(
            evaluate_pb2.ExplainRequest(**about, key=key), metadata=metadata
        ),
        "breakdown": stub.Breakdown(
            evaluate_pb2.BreakdownRequest(**about, field="state"), metadata=metadata
        ),
        "contains": stub.Contains(evaluate_pb2.ContainsRequest(**about), metadata=metadata),
        "members": stub.Members(evaluate_pb2.MembersRequest(**about), metadata=metadata),
        "stream": stub.CountStream(
            iter([evaluate_pb2.CountStreamRequest(id="a")]), metadata=metadata
        ),
    }
    return {name: await _code(call) for name, call in calls.items()}


async def _code(call: Any) -> grpc.StatusCode:
    """How a call ends; a stream ends when it is read."""
    with contextlib.suppress(grpc.aio.AioRpcError):
        if hasattr(call, "__aiter__"):
            _ = [reply async for reply in call]
        else:
            await call
    code: grpc.StatusCode = await call.code()
    return code
