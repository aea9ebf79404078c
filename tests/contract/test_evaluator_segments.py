"""Saved segments over gRPC: what they are, who is in them, and their members as files and rows."""

from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from typing import Any

import grpc
import pyarrow as pa
import pytest
from pyroaring import BitMap64

from evaluator.changes.intake import ChangeIntake, ChangeLimits
from evaluator.condition.surroundings import Definition
from evaluator.rpc import server
from evaluator.rpc.evaluate_pb2 import (
    ContainsRequest,
    CountRequest,
    DescribeRequest,
    Key,
    Keys,
    RowsRequest,
    SegmentBitmapRequest,
    SegmentRequest,
)
from evaluator.rpc.evaluate_pb2_grpc import EvaluatorStub
from evaluator.service import LocalEvaluator
from indexer.local import LocalIndex
from indexer.model.ids import DatasetName
from indexer.runtime.clock import ManualClock
from tests.contract.indexes import NOW
from tests.contract.people import PEOPLE, fill
from tests.support.definitions import Written, listed, rule

BIG = {"field": "size", "op": "gte", "value": Decimal("1.50")}
NOT_FOUND = grpc.StatusCode.NOT_FOUND
SEGMENTS = (
    rule("sg_all", {"all": []}, dataset=PEOPLE),
    rule("sg_named", {"field": "name", "op": "is", "value": "n2"}, dataset=PEOPLE, name="Named"),
    listed("sg_list", 3, 1, dataset=PEOPLE),
    rule("sg_else", {"all": []}, dataset="elsewhere"),
    rule("sg_exact", {"all": [BIG]}, dataset=PEOPLE, version=4),
)


class Told(Written):
    """Definitions that can be told by dataset too."""

    def __init__(self, definitions: Sequence[Definition]) -> None:
        super().__init__(definitions)
        self._all = definitions

    def of_dataset(self, dataset: DatasetName) -> Sequence[str]:
        """See ``Segments``."""
        # One more, which somebody removes before it is asked about.
        return [*(each.id for each in self._all if each.dataset == dataset), "sg_removed"]


@pytest.fixture
async def stub() -> AsyncIterator[Any]:
    """A stub of a service with three people and some segments."""
    clock, told = ManualClock(NOW), Told(SEGMENTS)
    index = await LocalIndex.open(None, shard_bits=16, clock=clock)
    await fill(index)
    evaluator = LocalEvaluator(index, clock=clock, definitions=told)
    running = await server.start(
        evaluator, "127.0.0.1", 0, changes=ChangeIntake(index, ChangeLimits()), segments=told
    )
    async with grpc.aio.insecure_channel(f"127.0.0.1:{running.port}") as channel:
        yield EvaluatorStub(channel)
    await running.stop()
    await index.close()


async def test_a_segment_tells_what_it_is(stub: Any) -> None:
    """A rule its condition, digit for digit; a list none."""
    exact = await stub.Segment(SegmentRequest(segment="sg_exact"))
    named = await stub.Segment(SegmentRequest(segment="sg_named"))
    keys = await stub.Segment(SegmentRequest(segment="sg_list"))

    assert '{"all":[{"field":"size","op":"gte","value":1.50}]}' == exact.condition_json
    assert ("sg_named", "Named", PEOPLE, 1) == (named.id, named.name, named.dataset, named.version)
    assert (4, "") == (exact.version, keys.condition_json)


async def test_the_members_of_a_segment_come_as_a_bitmap(stub: Any) -> None:
    """The pieces in order are one file; nobody is a file too."""
    found = {}
    for name in ("sg_all", "sg_list", "sg_exact"):
        replies = [each async for each in stub.SegmentBitmap(SegmentBitmapRequest(segment=name))]
        whole = BitMap64.deserialize(b"".join(each.roaring for each in replies))
        found[name] = (list(whole), replies[0].count)
        assert 0 < replies[0].as_of

    assert {"sg_all": ([0, 1, 2], 3), "sg_list": ([0, 2], 2), "sg_exact": ([], 0)} == found


async def test_membership_is_asked_both_ways(stub: Any) -> None:
    """Many keys of one segment, and one key of all segments of its dataset."""
    held = await stub.Contains(ContainsRequest(segment="sg_list", keys=Keys(ints=[1, 2, 3, 9])))
    inside = [
        list((await stub.Contains(ContainsRequest(dataset=PEOPLE, key=Key(int=key)))).segments)
        for key in (1, 2, 9)
    ]

    assert [True, False, True, False] == list(held.held)
    assert [["sg_all", "sg_list"], ["sg_all", "sg_named"], []] == inside


async def test_a_segment_is_counted_like_any_condition(stub: Any) -> None:
    """With the moment that it was counted for."""
    condition = '{"all": [{"segment": "sg_list"}, {"not": {"segment": "sg_named"}}]}'

    reply = await stub.Count(CountRequest(dataset=PEOPLE, condition_json=condition))

    assert (2, "2025-06-01T12:00:00Z") == (reply.count, reply.now)


async def test_rows_come_as_arrow(stub: Any) -> None:
    """Keys, fields and ordinals; each message stands alone."""
    request = RowsRequest(
        dataset=PEOPLE, condition_json='{"all": []}', fields=["name", "_ordinal"], batch_rows=2
    )

    batches = [pa.ipc.open_stream(each.arrow).read_all() async for each in stub.Rows(request)]

    assert [2, 1] == [len(each) for each in batches]
    assert {"_key": 3, "name": "n3", "_ordinal": 2} == batches[1].to_pylist()[0]
    assert {b"as_of"} == set(batches[0].schema.metadata)


async def test_a_condition_is_described_to_programs(stub: Any) -> None:
    """As over HTTP."""
    condition = '{"field": "name", "op": "is", "value": "n1"}'

    reply = await stub.Describe(DescribeRequest(dataset=PEOPLE, condition_json=condition))

    assert "name is n1" == reply.text


async def test_what_is_not_there_is_told(stub: Any) -> None:
    """Segments, datasets and fields."""
    calls = [
        stub.Segment(SegmentRequest(segment="x")),
        anext(aiter(stub.SegmentBitmap(SegmentBitmapRequest(segment="x")))),
        stub.Contains(ContainsRequest(segment="x", keys=Keys(ints=[1]))),
        stub.Contains(ContainsRequest(dataset="x", key=Key(int=1))),
        stub.Describe(DescribeRequest(dataset="x", condition_json='{"all": []}')),
        anext(aiter(stub.Rows(RowsRequest(dataset="x", condition_json='{"all": []}')))),
        anext(
            aiter(
                stub.Rows(RowsRequest(dataset=PEOPLE, condition_json='{"all": []}', fields=["x"]))
            )
        ),
    ]

    codes = []
    for call in calls:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await call
        codes.append(refused.value.code())

    assert [NOT_FOUND] * len(calls) == codes
