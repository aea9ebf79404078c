"""Calls that break: connections that close, nodes that are gone, bytes that mean nothing."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pyarrow as pa
import pytest

from indexer.api import Index
from indexer.local import LocalIndex
from indexer.model import errors
from indexer.model.ids import KEY_FIELD
from indexer.plan.program import to_bytes
from indexer.rpc import convert, index_pb2, index_pb2_grpc
from indexer.rpc.client import RemoteIndex
from indexer.rpc.server import serve
from indexer.runtime.clock import ManualClock
from tests.contract.indexes import NOW
from tests.contract.people import ALL, NAME, PEOPLE, SCHEMA, batches, fill

MANY = 20_000
"""Records of a stream much larger than what travels at a time."""


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
    whole, broken = to_bytes(ALL), garbage or b"\xc1"
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub: Any = index_pb2_grpc.IndexNodeStub(channel)
        asked = [
            stub.Create(index_pb2.SchemaRequest(schema=garbage)),
            stub.Alter(index_pb2.SchemaRequest(schema=garbage)),
            stub.Members(index_pb2.MembersRequest(dataset=PEOPLE, program=garbage, limit=1)),
            stub.Members(index_pb2.MembersRequest(dataset=PEOPLE, program=whole, after=broken)),
            stub.Members(index_pb2.MembersRequest(dataset=PEOPLE, program=whole, order=broken)),
            stub.Sample(index_pb2.SampleRequest(dataset=PEOPLE, program=garbage, size=1)),
            stub.Breakdown(
                index_pb2.BreakdownRequest(dataset=PEOPLE, field="name", program=garbage)
            ),
            stub.Bitmaps(index_pb2.BitmapsRequest(dataset=PEOPLE, program=garbage)),
            aiter(stub.Rows(index_pb2.RowsRequest(dataset=PEOPLE, program=garbage))).__anext__(),
            stub.Contains(index_pb2.ContainsRequest(dataset=PEOPLE, program=whole, keys=garbage)),
            stub.Records(index_pb2.RecordsRequest(dataset=PEOPLE, keys=garbage)),
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


async def test_a_stream_is_made_no_faster_than_it_is_taken() -> None:
    """However long its reader looks at the first batch, few more are made meanwhile."""
    local = await _of_many()
    counting: Any = _Counting(local)
    server, port = await serve(counting, "127.0.0.1:0")
    remote = RemoteIndex.connect(f"127.0.0.1:{port}")
    coming = remote.rows(PEOPLE, ALL, fields=[NAME], batch_rows=100)

    await anext(coming)
    for _ in range(MANY // 100):
        await remote.count(PEOPLE, ALL)
    made_early = counting.made
    rest = sum([len(batch) async for batch in coming])

    assert made_early < MANY // 200
    assert MANY - 100 == rest
    await remote.close()
    await server.stop(None)
    await local.close()


async def test_a_stream_that_nobody_reads_on_ends() -> None:
    """Its reader leaves it, or the connection closes; the node lets go of it."""
    local = await _of_many()
    counting: Any = _Counting(local)
    server, port = await serve(counting, "127.0.0.1:0")
    remote = RemoteIndex.connect(f"127.0.0.1:{port}")
    left = remote.rows(PEOPLE, ALL, fields=[NAME], batch_rows=100)
    cut = remote.rows(PEOPLE, ALL, fields=[NAME], batch_rows=100)
    await anext(left)
    await anext(cut)

    await left.aclose()  # type: ignore[attr-defined]
    await remote.close()
    with pytest.raises((errors.NodeUnavailable, asyncio.CancelledError)):
        async for _ in cut:
            pass
    await asyncio.wait_for(asyncio.gather(*(ended.wait() for ended in counting.ended)), 10)

    assert 2 == len(counting.ended)
    assert counting.made < MANY // 100
    await server.stop(None)
    await local.close()


async def _of_many() -> LocalIndex:
    local = await LocalIndex.open(None, shard_bits=16, clock=ManualClock(NOW))
    await local.create(SCHEMA)
    names = pa.array(["x" * 10_000] * MANY)
    rows = pa.record_batch({KEY_FIELD: pa.array(range(MANY), pa.int64()), NAME: names})
    await local.load(PEOPLE, _messages(rows))
    return local


class _Counting:
    """An index that counts the batches it makes, and says of each stream when it has ended."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self.made = 0
        self.ended: list[asyncio.Event] = []

    async def rows(self, *arguments: Any, **more: Any) -> AsyncIterator[pa.RecordBatch]:
        """Those of the index."""
        ended = asyncio.Event()
        self.ended.append(ended)
        try:
            async for batch in self._index.rows(*arguments, **more):
                self.made += 1
                yield batch
        finally:
            ended.set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._index, name)


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
