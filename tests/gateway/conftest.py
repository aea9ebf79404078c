"""Gateways to talk to: one without sign-in, one with, one full of people."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.gateway.command import Run, runner
from tests.gateway.front import Front, opened, settings_for


@pytest.fixture
async def front(tmp_path: Path) -> AsyncIterator[Front]:
    """An empty gateway that asks nobody to sign in."""
    async with opened(settings_for(tmp_path)) as opening:
        yield opening


@pytest.fixture
async def people(front: Front) -> Front:
    """The same with the dataset ``people``."""
    await front.fill()
    return front


@pytest.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[Front]:
    """An empty gateway that asks everybody to sign in."""
    async with opened(settings_for(tmp_path, auth=True)) as opening:
        yield opening


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Runs ``cardinal`` with these arguments, in a thread that has no event loop yet."""
    yield from runner(capsys)
