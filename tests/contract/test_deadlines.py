"""Nobody works on an answer that nobody waits for: deadlines, between the steps of a plan."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from evaluator.changes.intake import ChangeIntake, ChangeLimits
from evaluator.rpc import server
from evaluator.rpc.evaluate_pb2 import CountRequest, MembersRequest
from evaluator.rpc.evaluate_pb2_grpc import EvaluatorStub
from evaluator.service import LocalEvaluator
from indexer.api import Index
from indexer.local import LocalIndex
from indexer.model.deadline import Deadline, deadline, waiting_until
from indexer.model.errors import DeadlinePassed
from indexer.model.hints import Hints
from indexer.model.ids import FieldName
from indexer.plan.nodes import And, Equals, HasValue, Leaf, Lookup
from indexer.plan.program import program_of
from indexer.runtime.clock import ManualClock, deadline_of
from tests.contract.indexes import KINDS, NOW, an_index
from tests.contract.people import ALL, NAME, PEOPLE, SIZE, fill

LOOKUPS: tuple[Lookup, ...] = (Equals(NAME, "n1"), HasValue(SIZE), Equals(NAME, "n2"))
THREE_LOOKUPS = program_of([And(tuple(Leaf(each) for each in LOOKUPS))])
UNCACHED = Hints(cache=False)
WAIT_S = 600.0


class Looks:
    """A deadline that passes after it was looked at so many times."""

    def __init__(self, looks: int) -> None:
        self.left = looks

    def remaining_ms(self) -> float:
        """See ``Deadline``."""
        self.left -= 1
        return 60_000.0 if self.left >= 0 else 0.0


@pytest.fixture(params=KINDS)
async def index(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Index]:
    """Three people, in every kind of index."""
    async with an_index(request.param, tmp_path) as opened:
        await fill(opened)
        yield opened


async def test_a_question_that_is_late_is_not_asked(index: Index) -> None:
    """Whatever it is; without a deadline it is answered."""
    with waiting_until(Looks(0)):
        with pytest.raises(DeadlinePassed):
            await index.count(PEOPLE, ALL)
        with pytest.raises(DeadlinePassed):
            await index.bitmaps(PEOPLE, ALL)
        with pytest.raises(DeadlinePassed):
            await anext(aiter(index.rows(PEOPLE, ALL, fields=[], batch_rows=1)))

    assert (3,) == (await index.count(PEOPLE, ALL)).counts


@pytest.mark.parametrize("kind", ["memory", "plain", "overlaid"])
async def test_a_deadline_is_looked_at_between_lookups(tmp_path: Path, kind: str) -> None:
    """One that passes on the way ends the answer there; the next question is answered."""
    async with an_index(kind, tmp_path) as opened:
        await fill(opened)
        patient, hasty = Looks(1_000), Looks(2)

        with waiting_until(hasty), pytest.raises(DeadlinePassed):
            await opened.count(PEOPLE, THREE_LOOKUPS, hints=UNCACHED)
        with waiting_until(patient):
            found = await opened.count(PEOPLE, THREE_LOOKUPS, hints=UNCACHED)
        again = await opened.count(PEOPLE, THREE_LOOKUPS, hints=UNCACHED)

    assert 1_000 - patient.left >= 3
    assert (0,) == found.counts == again.counts


async def test_a_stream_ends_between_its_batches(tmp_path: Path) -> None:
    """What was taken before was whole."""
    async with an_index("memory", tmp_path) as opened:
        await fill(opened)
        with waiting_until(Looks(3)):
            coming = aiter(opened.rows(PEOPLE, ALL, fields=[FieldName("size")], batch_rows=1))
            first = await anext(coming)
            with pytest.raises(DeadlinePassed):
                _ = [batch async for batch in coming]

    assert [1] == first.column("_key").to_pylist()


class Noting(LocalEvaluator):
    """Notes the deadlines it answers under."""

    def __init__(self, index: Index) -> None:
        super().__init__(index, clock=ManualClock(NOW))
        self.noted: list[Deadline | None] = []

    async def count(self, *given: Any, **named: Any) -> Any:
        """See ``Evaluator``."""
        self.noted.append(deadline())
        return await super().count(*given, **named)

    async def bitmaps(self, *given: Any, **named: Any) -> Any:
        """See ``Evaluator``."""
        raise DeadlinePassed("too late")


async def test_the_deadline_of_a_call_reaches_whoever_answers() -> None:
    """With each call its own; one without waits for ever. Late answers are told as such."""
    index = await LocalIndex.open(None, shard_bits=16, clock=ManualClock(NOW))
    await fill(index)
    evaluator = Noting(index)
    running = await server.start(
        evaluator, "127.0.0.1", 0, changes=ChangeIntake(index, ChangeLimits())
    )
    about: dict[str, Any] = {"dataset": PEOPLE, "condition_json": '{"all": []}'}
    async with grpc.aio.insecure_channel(f"127.0.0.1:{running.port}") as channel:
        stub: Any = EvaluatorStub(channel)
        await stub.Count(CountRequest(**about), timeout=WAIT_S)
        await stub.Count(CountRequest(**about))
        with pytest.raises(grpc.aio.AioRpcError) as late:
            _ = [reply async for reply in stub.Members(MembersRequest(**about, bitmaps=True))]
    await running.stop()
    await index.close()

    hurried, patient = evaluator.noted
    assert hurried is not None
    assert 0 < hurried.remaining_ms() <= WAIT_S * 1e3
    assert patient is None
    assert grpc.StatusCode.DEADLINE_EXCEEDED == late.value.code()


def test_a_deadline_is_so_far_away_as_was_said() -> None:
    """None and infinity are no deadline."""
    until = deadline_of(WAIT_S)

    assert until is not None
    assert WAIT_S * 1e3 >= until.remaining_ms() > 0
    assert (None, None) == (deadline_of(None), deadline_of(float("inf")))
