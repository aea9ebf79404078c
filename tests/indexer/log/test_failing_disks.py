"""The change log on disks that fail, fill up and lose power: nothing acknowledged is ever lost."""

import pytest

from tests.support.logged import run_seed

SEEDS = 20_000
PARTS = 4
"""So that more than one process can share them."""


@pytest.mark.parametrize("part", range(PARTS))
def test_a_log_keeps_its_promise_for_every_seed(part: int) -> None:
    """Torn sectors, short writes, failed syncs, lost names, full disks, power cuts, in any order.

    The seed is in what is raised.
    """
    for seed in range(part, SEEDS, PARTS):
        run_seed(seed)
