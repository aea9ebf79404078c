"""Waiting for what another process or server does, with an end to it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

WITHIN_S = 60.0
EVERY_S = 0.02
HURRIED_TURNS = 500

T = TypeVar("T")


async def eventually(ask: Callable[[], Awaitable[T]], holds: Callable[[T], bool]) -> T:
    """The first answer that holds, asked for again and again; the last one in an error."""
    end = time.monotonic() + WITHIN_S
    while True:
        answer = await ask()
        if holds(answer):
            return answer
        if time.monotonic() > end:
            raise AssertionError(answer)
        await asyncio.sleep(EVERY_S)


async def patiently(turn: int) -> None:
    """Let others work: at once at first, later leaving the processor to threads that need it."""
    await asyncio.sleep(0 if turn < HURRIED_TURNS else EVERY_S)
