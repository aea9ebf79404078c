"""The evaluator's own gRPC port, as another program uses it."""

import json
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from evaluator.changes.intake import ChangeIntake, ChangeLimits
from evaluator.rpc import server
from evaluator.rpc.evaluate_pb2 import CountReply, CountRequest
from evaluator.rpc.evaluate_pb2_grpc import EvaluatorStub
from evaluator.rpc.handlers import SERVICE
from evaluator.service import LocalEvaluator
from indexer.local import LocalIndex
from indexer.model.ids import DatasetName, FieldName
from indexer.model.record import Upsert
from indexer.model.schema import Field, FieldType, Schema
from indexer.runtime.clock import ManualClock
from indexer.runtime.grpc import DETAILS_TRAILER
from tests.contract.indexes import NOW

PEOPLE = DatasetName("people")
STATE = FieldName("state")
METHOD = "/cardinal.evaluator.v1.Evaluator/Count"


@pytest.fixture
async def channel() -> AsyncIterator[grpc.aio.Channel]:
    """A channel to a service that knows two people."""
    clock = ManualClock(NOW)
    index = await LocalIndex.open(None, shard_bits=16, clock=clock)
    schema = Schema(PEOPLE, None, FieldType.INT, (Field(STATE, FieldType.KEYWORD),))
    await index.create(schema)
    await index.apply(PEOPLE, [Upsert(None, {STATE: "CA"}), Upsert(None, {})])
    running = await server.start(
        LocalEvaluator(index, clock=clock), "127.0.0.1", 0,
        changes=ChangeIntake(index, ChangeLimits()),
    )  # fmt: skip
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{running.port}") as opened:
            yield opened
    finally:
        await running.stop()
        await index.close()


def request_of(condition: object, *, now: str = "", per_node: bool = False) -> CountRequest:
    """A question about the people."""
    text = condition if isinstance(condition, str) else json.dumps(condition)
    return CountRequest(dataset=PEOPLE, condition_json=text, now=now, per_node=per_node)


async def test_a_condition_is_counted(channel: grpc.aio.Channel) -> None:
    """With the total, the sequence and every node."""
    condition = {"not": {"field": "state", "op": "is", "value": "CA"}}

    reply: CountReply = await EvaluatorStub(channel).Count(request_of(condition, per_node=True))

    assert (1, 2) == (reply.count, reply.total)
    assert {"": 1, "/not": 1} == dict(reply.per_node)
    assert 0 < reply.as_of


async def test_problems_travel_with_their_places(channel: grpc.aio.Channel) -> None:
    """The codes of the HTTP API, in google.rpc details."""
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await EvaluatorStub(channel).Count(
            request_of({"all": [{"field": "stat", "op": "is", "value": "CA"}]})
        )

    info, violations = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    _unpack(refused.value, info, violations)
    assert grpc.StatusCode.INVALID_ARGUMENT == refused.value.code()
    assert ("bad_condition", "cardinal") == (info.reason, info.domain)
    assert [("unknown_field", "/all/0")] == [
        (each.reason, each.field) for each in violations.field_violations
    ]


@pytest.mark.parametrize(
    "request_, reason",
    [
        (request_of("{"), "bad_json"),
        (request_of({"all": []}, now="tomorrow"), "bad_shape"),
        (request_of({"all": []}, now="2025-01-01T00:00:00"), "bad_shape"),
    ],
    ids=["cut off", "no instant", "no zone"],
)
async def test_what_cannot_be_read_is_an_invalid_argument(
    channel: grpc.aio.Channel, request_: CountRequest, reason: str
) -> None:
    """Never an internal error."""
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await EvaluatorStub(channel).Count(request_)

    info = error_details_pb2.ErrorInfo()
    _unpack(refused.value, info)
    assert grpc.StatusCode.INVALID_ARGUMENT == refused.value.code()
    assert reason == info.reason


async def test_bytes_that_are_no_message_are_an_invalid_argument(
    channel: grpc.aio.Channel,
) -> None:
    """The handler reads the bytes itself."""
    call: Any = channel.unary_unary(METHOD)

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await call(b"\xff\xff\xff\xff")

    assert grpc.StatusCode.INVALID_ARGUMENT == refused.value.code()


async def test_an_unknown_dataset_is_not_found(channel: grpc.aio.Channel) -> None:
    """The status programs expect."""
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await EvaluatorStub(channel).Count(CountRequest(dataset="x", condition_json='{"all": []}'))

    assert grpc.StatusCode.NOT_FOUND == refused.value.code()


async def test_health_says_serving(channel: grpc.aio.Channel) -> None:
    """For the whole server and for the service."""
    stub: Any = health_pb2_grpc.HealthStub(channel)

    answers = [
        await stub.Check(health_pb2.HealthCheckRequest(service=service))
        for service in ("", SERVICE)
    ]

    serving = health_pb2.HealthCheckResponse.SERVING
    assert [serving, serving] == [answer.status for answer in answers]


async def test_reflection_lists_the_service(channel: grpc.aio.Channel) -> None:
    """So that command-line clients can ask what there is."""
    make_stub: Any = reflection_pb2_grpc.ServerReflectionStub
    stub = make_stub(channel)
    question = reflection_pb2.ServerReflectionRequest(list_services="")

    call = stub.ServerReflectionInfo(iter([question]))
    answers = [answer async for answer in call]

    names = {each.name for each in answers[0].list_services_response.service}
    assert SERVICE in names


def _unpack(error: grpc.aio.AioRpcError, *details: Message) -> None:
    """Fill each message from the error's details; all must be there."""
    trailers = dict(error.trailing_metadata() or ())
    status = status_pb2.Status.FromString(trailers[DETAILS_TRAILER])
    for wanted in details:
        assert any(detail.Unpack(wanted) for detail in status.details), type(wanted)
