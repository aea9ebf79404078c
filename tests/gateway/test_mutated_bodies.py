"""Good bodies of every kind, changed at random: a 4xx in the one shape, or an honest answer."""

import json
import random
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import grpc
import pytest

from evaluator.rpc import evaluate_pb2 as wire
from evaluator.rpc.evaluate_pb2_grpc import EvaluatorStub
from evaluator.rpc.handlers import SERVICE
from indexer.runtime.clock import stopwatch_ms
from tests.gateway.front import API, Front, code_of, opened, settings_for
from tests.support.hostile import CALIFORNIA, CONDITIONS, FORMULAS, mutated

PURCHASES: Mapping[str, Any] = {
    "name": "purchases",
    "key": None,
    "fields": [
        {"name": "person", "type": "int"},
        {"name": "price", "type": "decimal", "scale": 2},
        {"name": "at", "type": "timestamp"},
    ],
    "links": [{"name": "person", "field": "person", "to": "people"}],
}
QUESTIONS = ("count", "members", "sample", "breakdown", "overlap", "explain", "describe")
BESIDE: Mapping[str, Any] = {
    "count": {"per_node": True, "hints": {"cache": False, "method": "scan"}},
    "members": {"fields": ["state"], "limit": 2, "order_by": [{"field": "spent", "desc": True}]},
    "sample": {"size": 2, "seed": 7, "fields": ["tags"]},
    "breakdown": {"field": "spent", "bins": 4},
    "explain": {"key": 1},
}
REFUSED = {
    grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND, grpc.StatusCode.OUT_OF_RANGE,
    grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.ALREADY_EXISTS,
}  # fmt: skip
USUAL, LONG = 1_000, 10_000


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Front]:
    """People, their purchases, and a segment."""
    async with opened(settings_for(tmp_path)) as front:
        await front.fill()
        assert 201 == (await front.post("/datasets", PURCHASES)).status_code
        bought = [
            {
                "op": "upsert",
                "values": {"person": 1 + n % 3, "price": n, "at": f"2025-05-0{n}T01:00"},
            }
            for n in range(1, 8)
        ]
        answer = await front.post("/datasets/purchases/changes", {"changes": bought})
        assert 7 == answer.json()["applied"]
        segment = {"name": "West", "dataset": "people", "condition": CALIFORNIA}
        made = (await front.post("/segments", segment)).json()["id"]
        front.services.segments.kept._segments["sg_west"] = front.services.segments.kept.find(made)
        yield front


def drawn(dice: random.Random) -> tuple[str, str, Any]:
    """A method, a path and a good body for it."""
    condition = dice.choice(CONDITIONS)
    match dice.randrange(10):
        case 0:
            name = f"s{dice.randrange(10**9)}"
            return "POST", "/segments", {"name": name, "dataset": "people", "condition": condition}
        case 1:
            return "PATCH", "/segments/sg_west", {"version": 1, "condition": condition}
        case 2:
            return "POST", "/datasets/people/formulas/check", {"formula": dice.choice(FORMULAS)}
        case 3:
            values = {"spent": "1.5", "tags": ["a"], "born": "2000-01-01", "seen": None}
            change = {"op": "upsert", "key": 9, "values": values}
            return "POST", "/datasets/people/changes", {"changes": [change]}
        case 4:
            field = {"name": f"f{dice.randrange(20)}", "formula": dice.choice(FORMULAS)}
            return "PATCH", "/datasets/people", {"fields": [field]}
        case _:
            question = dice.choice(QUESTIONS)
            asked = (
                {"conditions": [condition, dice.choice(CONDITIONS)]}
                if question == "overlap"
                else {"condition": condition}
            )
            body = {**asked, **BESIDE.get(question, {}), "now": "2025-06-01T00:00:00Z"}
            return "POST", f"/datasets/people/{question}", body


async def test_a_mutated_body_is_never_our_fault(
    shop: Front, torture_size: Callable[[int, int], int], record_property: Callable[..., None]
) -> None:
    """Conditions of every kind, segments, formulas and changes; and small answers to bad ones."""
    dice = random.Random(2025)
    answered, times = 0, []
    for _ in range(torture_size(USUAL, LONG)):
        method, path, good = drawn(dice)
        body = mutated(good, dice)
        began = stopwatch_ms()

        answer = await shop.client.request(method, API + path, content=body)

        times.append(stopwatch_ms() - began)
        assert answer.status_code < 500, (path, body)
        answered += answer.status_code < 400
        assert answer.status_code < 400 or code_of(answer), (path, body)

    times.sort()
    record_property("mutated bodies, ms: median", round(times[len(times) // 2], 2))
    record_property("mutated bodies, ms: longest", [round(each, 1) for each in times[-3:]])
    record_property("mutated bodies answered", f"{answered} of {len(times)}")
    assert answered
    assert (
        3 <= (await shop.post("/datasets/people/count", {"condition": {"all": []}})).json()["count"]
    )


async def test_the_seeds_of_mutation_are_good(shop: Front) -> None:
    """Most of them are answered as they are, so that a change away from them is near the edge."""
    bodies = [{"condition": each, "now": "2025-06-01T00:00:00Z"} for each in CONDITIONS]

    answers = [await shop.post("/datasets/people/count", body) for body in bodies]
    formulas = [
        await shop.post("/datasets/people/formulas/check", {"formula": each}) for each in FORMULAS
    ]

    refused = [each for each, answer in zip(CONDITIONS, answers, strict=True) if answer.is_error]
    assert len(refused) <= len(CONDITIONS) // 4, refused
    assert [200] * len(FORMULAS) == [answer.status_code for answer in formulas]


async def test_mutated_messages_are_invalid_arguments(
    shop: Front, torture_size: Callable[[int, int], int]
) -> None:
    """Bytes of every method, mutated inside the condition and in the message itself."""
    dice = random.Random(7)
    running = await shop.services.start_rpc("127.0.0.1", 0)
    codes = set()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{running.port}") as channel:
        for _ in range(torture_size(USUAL // 2, LONG)):
            method, message, streams = _message(dice)
            codes.add(await _code(channel, method, message, streams=streams))
        still = await EvaluatorStub(channel).Count(
            wire.CountRequest(dataset="people", condition_json='{"all": []}')
        )
    await running.stop()

    assert codes <= REFUSED | {grpc.StatusCode.OK}
    assert {grpc.StatusCode.OK, grpc.StatusCode.INVALID_ARGUMENT} <= codes
    assert 3 == still.count


def _message(dice: random.Random) -> tuple[str, bytes, bool]:
    text = json.dumps(dice.choice(CONDITIONS))
    if dice.random() < 0.7:
        text = mutated(json.loads(text), dice).decode("utf-8", "replace")
    about: dict[str, Any] = {"dataset": "people", "condition_json": text}
    made: dict[str, tuple[Any, bool]] = {
        "Count": (wire.CountRequest(**about, per_node=True), False),
        "Overlap": (wire.OverlapRequest(dataset="people", conditions_json=[text, text]), False),
        "Breakdown": (wire.BreakdownRequest(**about, field="spent", bins=3), False),
        "Explain": (wire.ExplainRequest(**about, key=wire.Key(int=1)), False),
        "Describe": (wire.DescribeRequest(**about), False),
        "Contains": (wire.ContainsRequest(**about, keys=wire.Keys(ints=[1, 2])), False),
        "Segment": (wire.SegmentRequest(segment="sg_west"), False),
        "Members": (wire.MembersRequest(**about, bitmaps=dice.random() < 0.5), True),
        "Rows": (wire.RowsRequest(**about, fields=["state"], batch_rows=2), True),
        "SegmentBitmap": (wire.SegmentBitmapRequest(segment="sg_west"), True),
    }
    name = dice.choice(sorted(made))
    message, streams = made[name]
    data = bytearray(message.SerializeToString())
    while data and dice.random() < 0.4:
        data[dice.randrange(len(data))] = dice.randrange(256)
    return name, bytes(data), streams


async def _code(
    channel: grpc.aio.Channel, name: str, message: bytes, *, streams: bool
) -> grpc.StatusCode:
    make: Any = channel.unary_stream if streams else channel.unary_unary
    call = make(f"/{SERVICE}/{name}")(message)
    try:
        if streams:
            _ = [reply async for reply in call]
        else:
            await call
    except grpc.aio.AioRpcError as refused:
        return refused.code()
    return grpc.StatusCode.OK
