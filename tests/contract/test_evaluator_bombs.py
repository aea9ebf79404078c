"""Conditions nobody means well with: each is answered, or refused as what it is, over both ways."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2

from evaluator.changes.intake import ChangeIntake, ChangeLimits
from evaluator.rpc import server
from evaluator.rpc.evaluate_pb2 import CountRequest
from evaluator.rpc.evaluate_pb2_grpc import EvaluatorStub
from evaluator.service import LocalEvaluator
from indexer.model.ids import DatasetName, FieldName
from indexer.model.record import Upsert
from indexer.model.schema import Field, FieldType, Schema
from indexer.runtime.clock import ManualClock
from indexer.runtime.grpc import DETAILS_TRAILER
from tests.contract.indexes import NOW, an_index

PEOPLE = DatasetName("people")
LONG = "ü" * 200
SCHEMA = Schema(
    PEOPLE,
    FieldName("id"),
    FieldType.INT,
    (*(Field(FieldName(each), each) for each in FieldType), Field(FieldName(LONG), FieldType.INT)),
)


def leaf(field: str, value: object, op: str = "is") -> str:
    """One leaf as JSON."""
    return json.dumps({"field": field, "op": op, "value": value})


def nested(depth: int) -> str:
    """So many groups inside each other."""
    return '{"not": ' * depth + '{"all": []}' + "}" * depth


ANSWERED = {
    "beyond 64 bits": (0, leaf("int", 2**63)),
    "far beyond": (0, leaf("int", 10**300)),
    "far below": (0, leaf("decimal", -(10**300), "gt")),
    "an infinite float": (0, '{"field": "float", "op": "gt", "value": 1e999}'),
    "below what is beyond doubles": (1, leaf("float", 10**400, "lt")),
    "zero for minus zero": (1, leaf("float", 0)),
    "minus zero": (1, '{"field": "float", "op": "is", "value": -0.0}'),
    "a key beyond 64 bits": (0, leaf("_key", 2**64, "gte")),
    "keys beyond 64 bits": (0, leaf("_key", [2**63, -(2**63) - 1, 10**30], "in")),
    "NUL": (0, leaf("keyword", "a")),
    "NUL at the end": (1, leaf("keyword", "a\0")),
    "from a NUL on": (1, leaf("keyword", "a\0", "gte")),
    "right to left": (0, leaf("keyword", "\u202ecba")),
    "an emoji": (0, leaf("set", ["\U0001f600"], "has_any")),
    "after the empty text": (1, leaf("keyword", "", "gt")),
    "100,000 values": (0, leaf("int", list(range(100_000)), "in")),
    "31 deep": (0, nested(31)),
}
"""The expected count, and the condition."""
REFUSED = {
    "half of a letter": '{"field": "keyword", "op": "is", "value": "\\ud800"}',
    "half of a field": '{"field": "\\ud800", "op": "is", "value": 1}',
    "not a number": '{"field": "float", "op": "is", "value": NaN}',
    "infinity": '{"field": "float", "op": "is", "value": Infinity}',
    "5,000 digits": '{"field": "int", "op": "is", "value": %s}' % ("9" * 5_000),
    "true for 1": leaf("int", value=True),
    "33 deep": nested(33),
    "100,000 deep": nested(100_000),
    "deep lists": "[" * 100_000,
    "2,001 nodes": json.dumps({"all": [{"all": []}] * 2_001}),
    "500 wrong leaves": json.dumps({"all": [json.loads(leaf("nothing", 1))] * 500}),
    "long names": json.dumps({"all": [json.loads(leaf(LONG, "x"))] * 50}),
    "31 February": leaf("date", "2025-02-31"),
    "nothing": "",
    "a number": "7",
}


@pytest.fixture(params=["memory", "grpc"])
async def stub(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Any]:
    """The service over an index of one person, here and in another process's shoes."""
    async with an_index(request.param, tmp_path) as index:
        await index.create(SCHEMA)
        await index.apply(
            PEOPLE, [Upsert(1, {FieldName("float"): -0.0, FieldName("keyword"): "a\0"})]
        )
        running = await server.start(
            LocalEvaluator(index, clock=ManualClock(NOW)), "127.0.0.1", 0,
            changes=ChangeIntake(index, ChangeLimits()),
        )  # fmt: skip
        async with grpc.aio.insecure_channel(f"127.0.0.1:{running.port}") as channel:
            yield EvaluatorStub(channel)
        await running.stop()


@pytest.mark.parametrize("name", ANSWERED)
async def test_a_strange_condition_is_answered(stub: Any, name: str) -> None:
    """As mathematics and Unicode say."""
    expected, condition = ANSWERED[name]

    reply = await stub.Count(CountRequest(dataset=PEOPLE, condition_json=condition, per_node=True))

    assert (expected, 1) == (reply.count, reply.total)


@pytest.mark.parametrize("name", REFUSED)
async def test_a_bomb_is_an_invalid_argument(stub: Any, name: str) -> None:
    """With a code of ours and as many problems as fit into an answer."""
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.Count(CountRequest(dataset=PEOPLE, condition_json=REFUSED[name]))

    assert grpc.StatusCode.INVALID_ARGUMENT == refused.value.code()
    trailers = dict(refused.value.trailing_metadata() or ())
    status = status_pb2.Status.FromString(trailers[DETAILS_TRAILER])
    info = error_details_pb2.ErrorInfo()
    assert any(detail.Unpack(info) for detail in status.details)
    assert "cardinal" == info.domain


async def test_a_long_name_is_an_error_of_its_own(stub: Any) -> None:
    """Also when the message repeats it, which names may be."""
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.Count(CountRequest(dataset="ü" * 5_000, condition_json='{"all": []}'))

    assert grpc.StatusCode.NOT_FOUND == refused.value.code()
