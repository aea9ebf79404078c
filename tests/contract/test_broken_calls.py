"""Calls that break: connections that close, nodes that are gone, bytes that mean nothing."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest

from indexer.api import Index
from indexer.local import LocalIndex
from indexer.model import errors
from indexer.plan.program import to_bytes
from indexer.rpc import convert, index_pb2, index_pb2_grpc
from indexer.rpc.client import RemoteIndex
from indexer.rpc.server import serve
from indexer.runtime.clock import ManualClock
from tests.contract.indexes import NOW
from tests.contract.people import ALL, PEOPLE, batches, fill


async def test_a_closing_connection_leaves_nobody_waiting() -> None:
    """Whoever still waits is told; the questions behind it as well."""
    local = await LocalIndex.open(None, shard_bits=16, clock=ManualClock(NOW))
    await fill(local)
    silent: Any = _Silent(local)
    server, port = await serve(silent, "127.0.0.1:0")
    remote = RemoteIndex.connect(f"127.0.0.1:{port}")
    tasks = [asyncio.ensure_future(remote.count(PEOPLE, ALL)) for _ in range(5)]
    await asyncio.sleep(0)

    await remote.close()
    answers = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 10)

    assert all(isinstance(answer, BaseException) for answer in answers)
    await server.stop(None)
    await local.close()


async def test_a_node_that_is_gone_is_unavailable() -> None:
    """With the time after which to ask again."""
    local = await LocalIndex.open(None, shard_bits=16, clock=ManualClock(NOW))
    server, port = await serve(local, "127.0.0.1:0")
    remote = RemoteIndex.connect(f"127.0.0.1:{port}")
    await server.stop(None)

    for question in (
        remote.count(PEOPLE, ALL),
        remote.datasets(),
        remote.load(PEOPLE, batches([])),
    ):
        with pytest.raises(errors.NodeUnavailable) as lost:
            await question
        assert lost.value.retry_after_s

    await remote.close()
    await local.close()


@pytest.mark.parametrize("garbage", [b"", b"\xc1", b"\xff" * 9, b"\x91" * 5_000, b"\x80", b"\x01"])
async def test_bytes_that_mean_nothing_are_an_invalid_argument(garbage: bytes) -> None:
    """In every place that holds bytes; the node goes on answering."""
    local = await LocalIndex.open(None, shard_bits=16, clock=ManualClock(NOW))
    await fill(local)
    server, port = await serve(local, "127.0.0.1:0")
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub: Any = index_pb2_grpc.IndexNodeStub(channel)
        asked = [
            stub.Create(index_pb2.SchemaRequest(schema=garbage)),
            stub.Alter(index_pb2.SchemaRequest(schema=garbage)),
            stub.Members(index_pb2.MembersRequest(dataset=PEOPLE, program=garbage, limit=1)),
            stub.Values(index_pb2.ValuesRequest(dataset=PEOPLE, field="name", program=garbage)),
            stub.Apply(index_pb2.ApplyRequest(dataset=PEOPLE, changes=garbage)),
            stub.Load(_messages(index_pb2.LoadRequest(batch=garbage))),
            stub.Load(_messages(_header("upsert"), index_pb2.LoadRequest(batch=garbage))),
            stub.Load(_messages(_header("never"))),
            stub.Load(_messages()),
        ]
        if garbage != b"\x01":
            asked.append(stub.Record(index_pb2.RecordRequest(dataset=PEOPLE, key=garbage)))
        codes = [await _code(call) for call in asked]
        question = index_pb2.CountQuestion(dataset=PEOPLE, program=garbage)
        good = index_pb2.CountQuestion(dataset=PEOPLE, program=to_bytes(ALL))
        reply = await stub.CountMany(index_pb2.CountManyRequest(questions=[question, good]))
        info = convert.unpack((await stub.Dataset(_request())).info, dict)
    await server.stop(None)
    await local.close()

    assert {grpc.StatusCode.INVALID_ARGUMENT} == set(codes)
    assert reply.answers[0].error
    assert [3] == list(reply.answers[1].counts)
    assert 3 == info["records"]


class _Silent:
    """An index that never finishes counting."""

    def __init__(self, index: Index) -> None:
        self._index = index

    async def count(self, *_: object) -> object:
        """Nothing, ever."""
        return await asyncio.get_running_loop().create_future()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._index, name)


async def _messages(*messages: Any) -> AsyncIterator[Any]:
    for message in messages:
        yield message


def _header(mode: str) -> Any:
    return index_pb2.LoadRequest(header=index_pb2.LoadHeader(dataset=PEOPLE, mode=mode))


def _request() -> Any:
    return index_pb2.DatasetRequest(dataset=PEOPLE)


async def _code(call: Any) -> grpc.StatusCode:
    try:
        await call
    except grpc.aio.AioRpcError as error:
        code: grpc.StatusCode = error.code()
        return code
    return grpc.StatusCode.OK
