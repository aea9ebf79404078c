"""Runs the command line in this process."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

import pytest
import structlog

from gateway.cli import main


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run of the command line ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Awaitable[Ended]]


def runner(capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Runs ``cardinal`` with these arguments, in a thread that has no event loop yet."""

    def in_thread(arguments: tuple[str, ...]) -> int:
        try:
            main(arguments)
        except SystemExit as ended:
            return int(ended.code or 0)
        return 0

    async def in_turn(*arguments: object) -> Ended:
        code = await asyncio.to_thread(in_thread, tuple(map(str, arguments)))
        return Ended(code, *capsys.readouterr())

    yield in_turn
    # The log of a process goes to the stderr of that moment.
    structlog.reset_defaults()
