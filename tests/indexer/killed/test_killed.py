"""Processes that are killed under load: nothing acknowledged is lost, nothing comes twice."""

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from tests.indexer.killed.ledger import Ledger
from tests.indexer.killed.processes import Maker, maker

PARTS = 4
"""So that more than one process can share them."""
CYCLES, CYCLES_OF_TORTURE = 26, 500
"""Of each part, on one folder after another."""
ON_ONE_FOLDER = 13
DEEP = 10
ROUNDS, ROUNDS_OF_TORTURE = 5, 100
LINES_MAX = 70
WAIT_MS_MAX = 4.0
CALLS_MAX = 300

Size = Callable[[int, int], int]


@pytest.mark.parametrize("part", range(PARTS))
def test_a_killed_process_loses_nothing(part: int, tmp_path: Path, torture_size: Size) -> None:
    """Three writers and a loader over three datasets; killed between two calls, or anywhere."""
    with maker() as making:
        for cycle in range(0, torture_size(CYCLES, CYCLES_OF_TORTURE), ON_ONE_FOLDER):
            seed = cycle * PARTS + part
            killed_again_and_again(making, tmp_path / str(seed), seed)


def test_a_process_killed_while_it_recovers_loses_nothing(
    tmp_path: Path, torture_size: Size
) -> None:
    """Ten times one after another, each before another call to the disk."""
    with maker() as making:
        for seed in range(torture_size(ROUNDS, ROUNDS_OF_TORTURE)):
            folder = tmp_path / str(seed)
            ledger = begun(making, folder, seed)
            for call in range(1, DEEP + 1):
                making.run(folder, seed, ledger, lines=0, wait_s=0.0, die_at=call)
            ledger.check(folder)


def killed_again_and_again(making: Maker, folder: Path, seed: int) -> None:
    """One folder; every other process dies before a call to the disk, the others at any time."""
    random = Random(f"{seed}")
    ledger = begun(making, folder, seed)
    for cycle in range(ON_ONE_FOLDER):
        making.run(
            folder,
            seed,
            ledger,
            lines=random.randrange(LINES_MAX) if cycle % 2 else LINES_MAX,
            wait_s=random.random() * WAIT_MS_MAX / 1_000,
            die_at=0 if cycle % 2 else random.randrange(1, CALLS_MAX),
        )
        try:
            ledger.check(folder)
        except Exception as wrong:
            raise AssertionError(f"seed {seed}, cycle {cycle}") from wrong


def begun(making: Maker, folder: Path, seed: int) -> Ledger:
    """What a first process left, which could do some work."""
    folder.mkdir()
    ledger = Ledger(seed)
    making.run(folder, seed, ledger, lines=LINES_MAX, wait_s=0.0)
    return ledger
