"""A node through loads, snapshots, full disks, failed syncs and crashes, seed after seed."""

from collections.abc import Callable
from pathlib import Path

from tests.indexer.killed.history import run_histories

SEEDS, SEEDS_OF_TORTURE = 16, 5_000


def test_a_history_of_crashes_loses_nothing(
    tmp_path: Path, torture_size: Callable[[int, int], int]
) -> None:
    """Every batch that was acknowledged is there, once; every other one wholly or not at all."""
    run_histories(tmp_path, range(torture_size(SEEDS, SEEDS_OF_TORTURE)))
