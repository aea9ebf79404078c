"""Changes over gRPC: what HTTP answers, in another dress."""

from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from google.rpc import status_pb2

from evaluator.rpc.evaluate_pb2 import ApplyReply, ApplyRequest
from evaluator.rpc.evaluate_pb2_grpc import EvaluatorStub
from indexer.runtime.grpc import DETAILS_TRAILER, from_status
from tests.gateway.front import API, PEOPLE, Front

GOOD = '{"op": "upsert", "key": 7, "values": {"state": "CA", "spent": 12.50, "tags": ["b", "a"]}}'
FINE = GOOD.replace("12.50", "12.505")
GONE = '{"op": "delete", "key": 7}'
BODIES = {
    "good ones": f'{{"changes": [{GOOD}, {GOOD}, {GONE}]}}',
    "some left out": f'{{"changes": [{GOOD}, {{"op": "upsert", "key": "x"}}, {FINE}]}}',
    "none": '{"changes": []}',
    "wrong shapes": '{"changes": [{"op": "zap"}, {"key": 1}, {"op": "delete"}, 7], "more": 1}',
    "no JSON": '{"changes": [',
    "a key too long": f'{{"changes": [], "idempotency_key": "{"x" * 201}"}}',
}


@pytest.fixture
async def twins(front: Front) -> AsyncIterator[tuple[Front, Any]]:
    """Two equal datasets, ``people`` and ``others``, and a stub of the gRPC service."""
    for name in ("people", "others"):
        await front.post("/datasets", {**PEOPLE, "name": name})
    running = await front.services.start_rpc("127.0.0.1", 0)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{running.port}") as channel:
        yield front, EvaluatorStub(channel)
    await running.stop()


@pytest.mark.parametrize("name", BODIES)
async def test_the_same_body_gets_the_same_answer(twins: tuple[Front, Any], name: str) -> None:
    """Counts, what is left out and why, or the error with its places; the same records after."""
    front, stub = twins

    over_http = (
        await front.client.post(f"{API}/datasets/people/changes", content=BODIES[name])
    ).json()
    over_grpc = await _told(stub, ApplyRequest(dataset="others", changes_json=BODIES[name]))

    assert {**over_http, "sequence": 0} == {**over_grpc, "sequence": 0}
    assert await _record(front, "people") == await _record(front, "others")


async def test_a_list_may_stand_alone(twins: tuple[Front, Any]) -> None:
    """And the sequence is that of the answers that include it."""
    front, stub = twins

    reply: ApplyReply = await stub.Apply(
        ApplyRequest(dataset="people", changes_json=f" [{GOOD}, {GOOD}]")
    )

    assert (1, 1) == (reply.applied, reply.unchanged)
    count = (await front.post("/datasets/people/count", {"condition": {"all": []}})).json()
    assert (1, reply.sequence) == (count["count"], count["as_of"])


async def test_a_repeat_over_the_other_wire_is_one_too(twins: tuple[Front, Any]) -> None:
    """The key may stand beside the changes or among them; with others it is a conflict."""
    front, stub = twins
    first = await front.client.post(
        f"{API}/datasets/people/changes",
        content=f'{{"changes": [{GOOD}], "idempotency_key": "k"}}',
    )

    again = await _told(
        stub, ApplyRequest(dataset="people", changes_json=f"[{GOOD}]", idempotency_key="k")
    )
    other = await _told(
        stub, ApplyRequest(dataset="people", changes_json=f"[{GONE}]", idempotency_key="k")
    )
    long = await _told(
        stub, ApplyRequest(dataset="people", changes_json=f"[{GONE}]", idempotency_key="k" * 201)
    )

    assert first.json() == again
    assert "idempotency_conflict" == other["error"]["code"]
    assert ["/idempotency_key"] == [each["path"] for each in long["error"]["problems"]]


async def _told(stub: Any, request: ApplyRequest) -> dict[str, Any]:
    """A reply or an error in the words of the HTTP API."""
    try:
        reply: ApplyReply = await stub.Apply(request)
    except grpc.aio.AioRpcError as refused:
        details = dict(refused.trailing_metadata() or ())
        error = from_status(status_pb2.Status.FromString(details[DETAILS_TRAILER]))
        problems = [
            {"code": each.code, "path": each.path, "message": each.message}
            for each in error.problems
        ]
        return {"error": {"code": error.code, "message": error.message, "problems": problems}}
    return {
        "sequence": reply.sequence,
        "applied": reply.applied,
        "unchanged": reply.unchanged,
        "rejected": [
            {"index": each.index, "code": each.code, "message": each.message}
            for each in reply.rejected
        ],
    }


async def _record(front: Front, dataset: str) -> object:
    return (await front.get(f"/datasets/{dataset}/records/7")).json().get("values")
