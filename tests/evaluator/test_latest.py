"""Questions that replace each other, one id at a time."""

import asyncio

import pytest

from evaluator.rpc.latest import IDS_MAX, Latest
from indexer.model.errors import Overloaded


class Desk:
    """Answers once it is opened, and notes what it answered."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.begun = asyncio.Event()
        self.answered: list[tuple[str, int]] = []

    async def answer(self, name: str, question: int) -> None:
        """Note it, in time."""
        self.begun.set()
        await self.open.wait()
        if question < 0:
            raise ValueError("no such number")
        self.answered.append((name, question))


async def test_only_the_first_and_the_latest_are_answered() -> None:
    """What came between them was replaced while the first was at work."""
    desk = Desk()
    latest = Latest(desk.answer)
    latest.ask("a", 1)
    await desk.begun.wait()
    for number in (2, 3, 4):
        latest.ask("a", number)
    latest.ask("b", 9)

    desk.open.set()
    await latest.finish()

    assert [("a", 1), ("a", 4), ("b", 9)] == sorted(desk.answered)


async def test_an_id_too_many_is_refused() -> None:
    """Until one of the others is answered; an id at work may always be asked again."""
    desk = Desk()
    latest = Latest(desk.answer)
    for number in range(IDS_MAX):
        latest.ask(str(number), number)

    with pytest.raises(Overloaded):
        latest.ask("more", 1)
    latest.ask("0", 7)
    desk.open.set()
    await latest.finish()
    latest.ask("more", 2)
    await latest.finish()

    assert {("0", 7), ("more", 2)} <= set(desk.answered)
    assert ("more", 1) not in desk.answered


async def test_a_fault_is_told_at_the_end() -> None:
    """The other ids are answered all the same."""
    desk = Desk()
    latest = Latest(desk.answer)
    latest.ask("a", -1)
    latest.ask("b", 2)
    desk.open.set()

    with pytest.raises(ValueError, match="no such number"):
        await latest.finish()

    assert [("b", 2)] == desk.answered


async def test_what_is_closed_answers_nothing_more() -> None:
    """Not even what is at work."""
    desk = Desk()
    latest = Latest(desk.answer)
    latest.ask("a", 1)
    await desk.begun.wait()

    await latest.close()
    desk.open.set()
    await latest.finish()

    assert [] == desk.answered
