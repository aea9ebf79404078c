"""Many questions ride few calls: bounded, in order, each with its own answer or error."""

import asyncio
from collections.abc import Sequence

import pytest

from indexer.model.errors import NodeUnavailable, Overloaded, UnknownDataset
from indexer.rpc.coalesce import BATCH_MAX, CALLS_IN_FLIGHT_MAX, WAITING_MAX, Coalescer

Asked = list[int]
TOLD = UnknownDataset("there is no dataset 7")


class Node:
    """Answers when it is told to, and remembers what it was asked."""

    def __init__(self) -> None:
        self.batches: list[Asked] = []
        self.most = 0
        self._open = 0
        self._gate = asyncio.Event()
        self.broken: BaseException | None = None

    async def ask(self, questions: Sequence[int]) -> list[int | Exception]:
        """Twice each number; a refusal for 7."""
        self.batches.append(list(questions))
        self._open += 1
        self.most = max(self.most, self._open)
        await self._gate.wait()
        self._open -= 1
        if self.broken is not None:
            raise self.broken
        return [TOLD if number == 7 else 2 * number for number in questions]

    def answer(self) -> None:
        """Let all calls end, those to come as well."""
        self._gate.set()


async def turns(count: int = 3) -> None:
    """Let everything that can run do so."""
    for _ in range(count):
        await asyncio.sleep(0)


async def test_a_lone_question_leaves_at_once() -> None:
    """There is no timer to wait for."""
    node = Node()
    node.answer()
    questions: Coalescer[int, int] = Coalescer(node.ask)

    assert 6 == await questions.answer(3)
    assert [[3]] == node.batches


async def test_questions_that_arrive_meanwhile_ride_together_in_order() -> None:
    """Two calls are under way at most; the next takes up to its bound."""
    node = Node()
    questions: Coalescer[int, int] = Coalescer(node.ask)
    numbers = range(10, 10 + 2 * BATCH_MAX + 5)
    tasks = [asyncio.ensure_future(questions.answer(number)) for number in numbers]
    await turns()

    node.answer()
    answers = await asyncio.gather(*tasks)

    assert [2 * number for number in numbers] == answers
    assert [*numbers] == [number for batch in node.batches for number in batch]
    assert CALLS_IN_FLIGHT_MAX == node.most
    assert [1, 1, BATCH_MAX, BATCH_MAX, 3] == [len(batch) for batch in node.batches]


async def test_a_refused_question_is_refused_alone() -> None:
    """Those beside it are answered."""
    node = Node()
    node.answer()
    questions: Coalescer[int, int] = Coalescer(node.ask)

    answers = await asyncio.gather(
        *(questions.answer(number) for number in (1, 2, 7, 3, 7)), return_exceptions=True
    )

    assert [2, 4, TOLD, 6, TOLD] == answers


async def test_a_failed_call_reaches_everybody_in_it() -> None:
    """And nobody else: the next call is a new one."""
    node = Node()
    node.broken = NodeUnavailable("gone", retry_after_s=1.0)
    questions: Coalescer[int, int] = Coalescer(node.ask)
    tasks = [asyncio.ensure_future(questions.answer(number)) for number in range(5)]
    await turns()

    node.answer()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    node.broken = None

    assert [NodeUnavailable] * 5 == [type(answer) for answer in answers]
    assert 8 == await questions.answer(4)


async def test_a_call_that_answers_too_little_leaves_nobody_waiting() -> None:
    """It is a fault, and everybody hears of it."""

    async def forgetful(_questions: Sequence[int]) -> list[int | Exception]:
        return []

    questions: Coalescer[int, int] = Coalescer(forgetful)

    with pytest.raises(AssertionError):
        await asyncio.wait_for(questions.answer(1), 10)


async def test_a_cancelled_call_leaves_nobody_waiting() -> None:
    """A closing connection cancels the calls under way."""

    async def cancelled(_questions: Sequence[int]) -> list[int | Exception]:
        raise asyncio.CancelledError

    questions: Coalescer[int, int] = Coalescer(cancelled)

    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(questions.answer(1), 10)


async def test_a_caller_that_went_away_is_not_asked_for() -> None:
    """Its place in the next call is free; its answer in this one is dropped."""
    node = Node()
    questions: Coalescer[int, int] = Coalescer(node.ask)
    tasks = [asyncio.ensure_future(questions.answer(number)) for number in range(6)]
    await turns()

    for place in (0, 3, 4):
        tasks[place].cancel()
    node.answer()
    answers = await asyncio.gather(*tasks, return_exceptions=True)

    assert [[0], [1], [2, 5]] == node.batches
    assert [2, 4, 10] == [answers[place] for place in (1, 2, 5)]


async def test_a_call_for_nobody_is_not_made() -> None:
    """All who waited for it went away."""
    node = Node()
    questions: Coalescer[int, int] = Coalescer(node.ask)
    tasks = [asyncio.ensure_future(questions.answer(number)) for number in range(5)]
    await turns()

    for task in tasks[2:]:
        task.cancel()
    node.answer()
    await asyncio.gather(*tasks, return_exceptions=True)
    await turns()

    assert [[0], [1]] == node.batches
    assert 18 == await questions.answer(9)


async def test_the_queue_has_an_end() -> None:
    """Whoever comes after it is told to come back."""
    node = Node()
    questions: Coalescer[int, int] = Coalescer(node.ask)
    count = WAITING_MAX + CALLS_IN_FLIGHT_MAX
    tasks = [asyncio.ensure_future(questions.answer(number)) for number in range(count)]
    await turns()

    with pytest.raises(Overloaded) as refused:
        await questions.answer(-1)
    for task in tasks:
        task.cancel()
    node.answer()
    await asyncio.gather(*tasks, return_exceptions=True)

    assert refused.value.retry_after_s == 1.0
    assert 2 == await questions.answer(1)
