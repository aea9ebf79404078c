"""Gates and remembered answers: what waits, what is refused, what is said twice."""

import asyncio
from pathlib import Path

import pytest

from evaluator.changes.repeats import Repeats
from gateway.gate import Gate
from indexer.model.errors import Overloaded
from tests.gateway.front import opened, settings_for, until


async def test_a_gate_lets_some_in_some_wait_and_the_rest_go() -> None:
    """Two inside, one waiting, one refused with a time to come back."""
    gate, go, done = Gate(inside_max=2, waiting_max=1, wait_s=60), asyncio.Event(), []

    async def visit(name: str) -> None:
        async with gate.enter():
            await go.wait()
            done.append(name)

    visits = [asyncio.create_task(visit(name)) for name in ("a", "b", "c")]
    await until(lambda: gate.inside == 2)
    with pytest.raises(Overloaded) as refused:
        await visit("d")
    go.set()
    await asyncio.gather(*visits)

    assert ["a", "b", "c"] == sorted(done)
    assert refused.value.retry_after_s is not None
    assert 0 == gate.inside


async def test_nobody_waits_at_a_gate_for_ever() -> None:
    """The wait has an end."""
    gate = Gate(inside_max=1, waiting_max=1, wait_s=0.001)

    async with gate.enter():
        with pytest.raises(Overloaded):
            async with gate.enter():
                pass


async def test_a_failure_inside_frees_the_place() -> None:
    """Whatever happened there."""
    gate = Gate(inside_max=1, waiting_max=0, wait_s=1)

    with pytest.raises(ValueError, match="inside"):
        async with gate.enter():
            raise ValueError("inside")

    async with gate.enter():
        assert 1 == gate.inside


async def test_a_question_over_its_time_is_refused(tmp_path: Path) -> None:
    """``hints.timeout_ms`` covers the wait for a turn."""
    async with opened(settings_for(tmp_path, questions_in_flight_max=1)) as front:
        await front.fill()
        body = {"condition": {"all": []}, "hints": {"timeout_ms": 1}}
        async with front.services.questions.enter():
            answer = await front.post("/datasets/people/count", body)

    assert 503 == answer.status_code
    assert "retry-after" in answer.headers


async def test_remembered_answers_have_a_bound() -> None:
    """The one asked for longest ago is forgotten first."""
    answers, worked = Repeats[str](remembered_max=2), []

    async def ask(key: str) -> str:
        async def work() -> str:
            worked.append(key)
            return key

        return await answers.once(key, "", work)

    for key in ("a", "b", "a", "c", "a", "b"):
        assert key == await ask(key)

    assert ["a", "b", "c", "b"] == worked


async def test_a_caller_that_leaves_takes_nothing_along() -> None:
    """The work goes on, and a repeat gets its answer."""
    answers, go = Repeats[int](remembered_max=2), asyncio.Event()

    async def work() -> int:
        await go.wait()
        return 7

    leaving = asyncio.create_task(answers.once("k", "", work))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    go.set()

    assert 7 == await answers.once("k", "", work)
