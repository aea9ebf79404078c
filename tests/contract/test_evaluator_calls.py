"""The evaluator's gRPC methods beyond Count, as another program uses them."""

import json
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2
from pyroaring import BitMap

from evaluator.changes.intake import ChangeIntake, ChangeLimits
from evaluator.rpc import convert, server
from evaluator.rpc.evaluate_pb2 import (
    BreakdownRequest,
    ContainsRequest,
    CountRequest,
    CountStreamReply,
    CountStreamRequest,
    ExplainRequest,
    Hints,
    Key,
    Keys,
    MembersRequest,
    OverlapRequest,
)
from evaluator.rpc.evaluate_pb2_grpc import EvaluatorStub
from evaluator.rpc.latest import IDS_MAX
from evaluator.service import LocalEvaluator
from indexer.local import LocalIndex
from indexer.model.ids import DatasetName, FieldName
from indexer.model.record import Upsert
from indexer.model.schema import Field, FieldType, Schema
from indexer.runtime.clock import ManualClock
from indexer.runtime.grpc import DETAILS_TRAILER, from_status
from tests.contract.indexes import NOW

PEOPLE, NAMED = DatasetName("people"), DatasetName("named")
STATE, SEEN, TAGS = FieldName("state"), FieldName("seen"), FieldName("tags")
FIELDS = (
    Field(STATE, FieldType.KEYWORD),
    Field(SEEN, FieldType.TIMESTAMP),
    Field(TAGS, FieldType.SET),
)
HOUR_US = 3_600_000_000
EVERYBODY = '{"all": []}'
CALIFORNIAN = json.dumps({"field": "state", "op": "is", "value": "CA"})
STREAMS_MAX = 2
Stub = Any

INVALID, ABSENT = grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND
ABOUT: dict[str, Any] = {"dataset": PEOPLE, "condition_json": EVERYBODY}
ELSEWHERE: dict[str, Any] = {"dataset": "x", "condition_json": EVERYBODY}
REFUSED: dict[str, tuple[str, Any, grpc.StatusCode, str]] = {
    "nothing to compare": ("Overlap", OverlapRequest(dataset=PEOPLE), INVALID, "bad_shape"),
    "a wrong condition": (
        "Overlap", OverlapRequest(dataset=PEOPLE, conditions_json=["{}"]), INVALID, "bad_condition",
    ),
    "keys of nowhere": ("Members", MembersRequest(**ELSEWHERE), ABSENT, "unknown_dataset"),
    "bitmaps of nowhere": (
        "Members", MembersRequest(**ELSEWHERE, bitmaps=True), ABSENT, "unknown_dataset",
    ),
    "no such field": ("Breakdown", BreakdownRequest(**ABOUT, field="x"), ABSENT, "unknown_field"),
    "bins of texts": (
        "Breakdown", BreakdownRequest(**ABOUT, field="state", bins=2), INVALID, "bad_shape",
    ),
    "no bins": ("Breakdown", BreakdownRequest(**ABOUT, field="seen", bins=0), INVALID, "bad_shape"),
    "no such record": (
        "Explain", ExplainRequest(**ABOUT, key=Key(text="x")), ABSENT, "unknown_record",
    ),
    "no moment": ("Explain", ExplainRequest(**ABOUT, now="soon"), INVALID, "bad_shape"),
    "keys of two kinds": (
        "Contains", ContainsRequest(**ABOUT, keys=Keys(ints=[1], texts=["a"])), INVALID,
        "bad_shape",
    ),
    "too many keys": (
        "Contains", ContainsRequest(**ABOUT, keys=Keys(ints=range(100_001))),
        grpc.StatusCode.OUT_OF_RANGE, "too_large",
    ),
    "no such method": (
        "Count", CountRequest(**ABOUT, hints=Hints(method="magic")), INVALID, "bad_shape",
    ),
}  # fmt: skip


@pytest.fixture
async def stub() -> AsyncIterator[Stub]:
    """A stub of a service that knows three people, and two by name."""
    clock = ManualClock(NOW)
    index = await LocalIndex.open(None, shard_bits=16, clock=clock)
    await index.create(Schema(PEOPLE, None, FieldType.INT, FIELDS))
    await index.create(Schema(NAMED, FieldName("id"), FieldType.KEYWORD, FIELDS))
    people = [
        Upsert(None, {STATE: "CA", SEEN: HOUR_US, TAGS: ("a",)}),
        Upsert(None, {STATE: "CA", SEEN: 3 * HOUR_US}),
        Upsert(None, {}),
    ]
    await index.apply(PEOPLE, people)
    await index.apply(NAMED, [Upsert("ann", {}), Upsert("bob", {STATE: "CA"})])
    evaluator = LocalEvaluator(index, clock=clock)
    running = await server.start(
        evaluator, "127.0.0.1", 0,
        changes=ChangeIntake(index, ChangeLimits()), streams_max=STREAMS_MAX,
    )  # fmt: skip
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{running.port}") as opened:
            yield EvaluatorStub(opened)
    finally:
        await running.stop()
        await index.close()


async def test_conditions_are_compared(stub: Stub) -> None:
    """Rows of the matrix, and regions by their bits."""
    request = OverlapRequest(dataset=PEOPLE, conditions_json=[CALIFORNIAN, EVERYBODY])

    reply = await stub.Overlap(request)

    assert [2, 3] == list(reply.sizes)
    assert [[2, 2], [2, 3]] == [list(row.counts) for row in reply.intersections]
    assert [[1, 2 / 3], [2 / 3, 1]] == [list(row.shares) for row in reply.jaccard]
    assert {"01": 1, "10": 0, "11": 2} == dict(reply.regions)
    assert 0 < reply.as_of


async def test_members_stream_as_keys(stub: Stub) -> None:
    """Numbers or texts, as the dataset has them; one empty message for nobody."""
    numbers = await _members(stub, MembersRequest(dataset=PEOPLE, condition_json=EVERYBODY))
    texts = await _members(stub, MembersRequest(dataset=NAMED, condition_json=EVERYBODY))
    nobody = await _members(stub, MembersRequest(dataset=PEOPLE, condition_json='{"any": []}'))

    assert [[1, 2, 3]] == [list(one.keys.ints) for one in numbers]
    assert [["ann", "bob"]] == [list(one.keys.texts) for one in texts]
    assert [("keys", 0)] == [(one.WhichOneof("part"), len(one.keys.ints)) for one in nobody]
    assert all(0 < one.as_of for one in (*numbers, *texts, *nobody))


async def test_keys_come_in_messages_of_a_bounded_size(
    stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch is cut until its parts fit; nothing is lost."""
    monkeypatch.setattr(convert, "KEYS_BYTES_MAX", 16)

    parts = await _members(stub, MembersRequest(dataset=PEOPLE, condition_json=EVERYBODY))

    assert [[1], [2, 3]] == [list(one.keys.ints) for one in parts]


async def test_members_stream_as_bitmaps(stub: Stub) -> None:
    """Ordinals, shard by shard; an empty one for nobody."""
    some = await _members(
        stub, MembersRequest(dataset=PEOPLE, condition_json=CALIFORNIAN, bitmaps=True)
    )
    nobody = await _members(
        stub, MembersRequest(dataset=PEOPLE, condition_json='{"any": []}', bitmaps=True)
    )

    assert [(0, BitMap([0, 1]))] == [
        (one.bitmap.first_ordinal, BitMap.deserialize(one.bitmap.roaring)) for one in some
    ]
    assert [("bitmap", b"")] == [(one.WhichOneof("part"), one.bitmap.roaring) for one in nobody]


async def test_a_breakdown_tells_values_as_json(stub: Stub) -> None:
    """In bins or by value."""
    about: dict[str, Any] = {"dataset": PEOPLE, "condition_json": EVERYBODY}

    states = await stub.Breakdown(BreakdownRequest(**about, field="state"))
    seen = await stub.Breakdown(BreakdownRequest(**about, field="seen", bins=2, limit=1))

    assert [('"CA"', 2)] == [(one.value_json, one.count) for one in states.items]
    assert (1, 0) == (states.null, states.other)
    assert [
        ('"1970-01-01T01:00:00Z"', '"1970-01-01T02:00:00Z"', 1),
        ('"1970-01-01T02:00:00Z"', '"1970-01-01T03:00:00Z"', 1),
    ] == [(one.from_json, one.to_json, one.count) for one in seen.items]


async def test_a_condition_is_explained(stub: Stub) -> None:
    """With a key, whether each node holds, and what the record has."""
    condition = '{"not": {"field": "tags", "op": "has_any", "value": ["a"]}}'
    about: dict[str, Any] = {"dataset": PEOPLE, "condition_json": condition}

    plain = await stub.Explain(ExplainRequest(**about))
    keyed = await stub.Explain(ExplainRequest(**about, key=Key(int=1)))
    empty = await stub.Explain(ExplainRequest(**about, key=Key(int=3)))

    (leaf,) = keyed.root.children
    assert ("", "/not", 2, 1) == (keyed.root.path, leaf.path, keyed.root.actual, leaf.actual)
    assert (False, True, '["a"]') == (keyed.root.holds, leaf.holds, leaf.value_json)
    assert (False, False) == (plain.root.HasField("holds"), keyed.root.HasField("value_json"))
    assert (True, "null") == (empty.root.holds, empty.root.children[0].value_json)
    assert 0 < plain.as_of


async def test_keys_are_looked_up_many_at_a_time(stub: Stub) -> None:
    """Nobody is in nothing."""
    numbers = ContainsRequest(dataset=PEOPLE, condition_json=CALIFORNIAN, keys=Keys(ints=[3, 2, 9]))
    texts = ContainsRequest(dataset=NAMED, condition_json=EVERYBODY, keys=Keys(texts=["bob", "x"]))

    replies = [await stub.Contains(request) for request in (numbers, texts)]

    assert [[False, True, False], [True, False]] == [list(reply.held) for reply in replies]


async def test_a_stream_answers_every_id(stub: Stub) -> None:
    """Counts and problems, each under its own id; it ends when its questions do."""
    questions = [
        CountStreamRequest(id="a", question=_question(CALIFORNIAN)),
        CountStreamRequest(id="b", question=_question('{"field": "x", "op": "is_set"}')),
        CountStreamRequest(id="c", question=_question("{")),
        CountStreamRequest(id="d", question=CountRequest()),
    ]

    replies = {reply.id: reply async for reply in stub.CountStream(iter(questions))}

    assert 2 == replies["a"].count.count
    assert ["bad_condition", "bad_json", "bad_json"] == [_code(replies[name]) for name in "bcd"]


async def test_the_latest_question_of_an_id_wins(stub: Stub) -> None:
    """Those between the first and the last need no answer; the last has one."""
    conditions = [EVERYBODY, *['{"any": []}'] * 50, CALIFORNIAN]
    questions = [CountStreamRequest(id="a", question=_question(each)) for each in conditions]

    replies = [reply async for reply in stub.CountStream(iter(questions))]

    assert 2 == replies[-1].count.count
    assert len(replies) <= len(questions)


async def test_a_stream_goes_on_after_an_answer(stub: Stub) -> None:
    """One call serves a whole session."""
    call = stub.CountStream()
    found = []
    for condition in (CALIFORNIAN, EVERYBODY):
        await call.write(CountStreamRequest(id="a", question=_question(condition)))
        found.append((await call.read()).count.count)
    await call.done_writing()

    assert [2, 3] == found
    assert grpc.aio.EOF == await call.read()


async def test_too_many_ids_are_told_so(stub: Stub) -> None:
    """Each beyond the bound under its own id; the others are answered."""
    names = [str(number) for number in range(IDS_MAX * 3)]
    questions = [CountStreamRequest(id=name, question=_question(CALIFORNIAN)) for name in names]

    replies = [reply async for reply in stub.CountStream(iter(questions))]

    refused = {reply.id: _code(reply) for reply in replies if reply.error}
    assert set(names) == {reply.id for reply in replies}
    assert {"overloaded"} >= set(refused.values())
    assert IDS_MAX <= len(names) - len(refused)


async def test_streams_are_bounded_and_leave_room(stub: Stub) -> None:
    """One too many is refused at once; one that ends makes room."""
    open_calls = [stub.CountStream() for _ in range(STREAMS_MAX)]
    for call in open_calls:
        await call.write(CountStreamRequest(id="a", question=_question(EVERYBODY)))
        assert 3 == (await call.read()).count.count

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        _ = [reply async for reply in stub.CountStream(iter([]))]
    await open_calls[0].done_writing()
    assert grpc.aio.EOF == await open_calls[0].read()
    questions = iter([CountStreamRequest(id="a", question=_question(EVERYBODY))])
    later = [reply.count.count async for reply in stub.CountStream(questions)]
    open_calls[1].cancel()

    assert grpc.StatusCode.RESOURCE_EXHAUSTED == refused.value.code()
    assert [3] == later


@pytest.mark.parametrize("name", REFUSED)
async def test_errors_have_the_codes_of_the_other_ways(stub: Stub, name: str) -> None:
    """In google.rpc details, for calls with one answer and with many."""
    method, request, status, code = REFUSED[name]
    call = getattr(stub, method)(request)

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await (anext(aiter(call)) if method == "Members" else call)

    info = error_details_pb2.ErrorInfo()
    details = status_pb2.Status.FromString(
        dict(refused.value.trailing_metadata() or ())[DETAILS_TRAILER]
    )
    assert any(detail.Unpack(info) for detail in details.details)
    assert [status, code] == [refused.value.code(), info.reason]


async def test_hints_are_taken(stub: Stub) -> None:
    """And change nothing."""
    hints = Hints(no_cache=True, method="scan")

    reply = await stub.Count(CountRequest(dataset=PEOPLE, condition_json=CALIFORNIAN, hints=hints))

    assert 2 == reply.count


def _question(condition: str) -> CountRequest:
    return CountRequest(dataset=PEOPLE, condition_json=condition)


def _code(reply: CountStreamReply) -> str:
    return from_status(status_pb2.Status.FromString(reply.error)).code


async def _members(stub: Stub, request: MembersRequest) -> list[Any]:
    return [reply async for reply in stub.Members(request)]
