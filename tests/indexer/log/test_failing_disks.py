"""The change log on disks that fail, fill up and lose power: nothing acknowledged is ever lost."""

from collections.abc import Callable
from itertools import count
from random import Random

import pytest

from tests.support.logged import rot_seed, run_seed
from tests.support.planted_log import PLANTED, Plant
from tests.support.scripted_log import FAULTS, Fault, run_rewrite, run_script

SEEDS, SEEDS_OF_TORTURE = 20_000, 1_000_000
ROTTEN, ROTTEN_OF_TORTURE = 2_000, 200_000
ROUNDS_OF_TORTURE = 20
"""The exhaustive tests again, with other sectors surviving."""
PLANTED_SEEDS = 4_000
PARTS = 4
"""So that more than one process can share them."""

Size = Callable[[int, int], int]


@pytest.mark.parametrize("part", range(PARTS))
def test_a_log_keeps_its_promise_for_every_seed(part: int, torture_size: Size) -> None:
    """Torn sectors, short writes, failed syncs, lost names, full disks, power cuts, in any order.

    The seed is in what is raised.
    """
    run_seeds(range(part, torture_size(SEEDS, SEEDS_OF_TORTURE), PARTS), run_seed)


def test_a_flipped_bit_is_found_for_every_seed(torture_size: Size) -> None:
    """In any frame that was acknowledged and isn't the last."""
    run_seeds(range(torture_size(ROTTEN, ROTTEN_OF_TORTURE)), rot_seed)


@pytest.mark.parametrize("how", FAULTS)
def test_a_fault_in_any_call_loses_nothing(how: str, torture_size: Size) -> None:
    """200 operations, the first call to the disk fails, then the second, up to the last."""
    for number in range(torture_size(1, ROUNDS_OF_TORTURE)):
        calls = calls_of(run_script, FAULTS[how], number)

        assert 500 < calls


@pytest.mark.parametrize("how", FAULTS)
def test_a_fault_while_rewriting_loses_nothing(how: str, torture_size: Size) -> None:
    """Each segment is the old one or the new one, and asking again erases the rest."""
    for number in range(torture_size(2, 10 * ROUNDS_OF_TORTURE)):
        calls = calls_of(run_rewrite, FAULTS[how], number)

        assert 30 < calls


@pytest.mark.parametrize("plant", PLANTED.values(), ids=PLANTED)
def test_a_planted_bug_is_found(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the seeds above, or else they prove nothing."""
    plant(monkeypatch)

    with pytest.raises(AssertionError, match=r"^seed [0-9]+$"):
        run_seeds(range(PLANTED_SEEDS), run_seed, rot_seed)


def run_seeds(seeds: range, *runs: Callable[[int], None]) -> None:
    """All of them. Raises: AssertionError that names the seed, from what went wrong."""
    for seed in seeds:
        try:
            for run in runs:
                run(seed)
        except Exception as wrong:
            raise AssertionError(f"seed {seed}") from wrong


def calls_of(run: Callable[[Fault, int, Random], bool], how: Fault, number: int) -> int:
    """How many calls can fail: one after another does, until one that never comes."""
    for at in count(1):
        try:
            if not run(how, at, Random(f"{at} {number}")):
                return at - 1
        except Exception as wrong:
            raise AssertionError(f"call {at} in round {number}") from wrong
    raise AssertionError
