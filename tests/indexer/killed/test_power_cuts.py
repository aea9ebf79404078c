"""Power cuts under load: a real file system where mounts are allowed, else a simulated disk."""

import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random

from tests.indexer.killed.ledger import Ledger
from tests.indexer.killed.power_cut import can_mount, made, mounted
from tests.indexer.killed.processes import maker
from tests.support.logged import run_seed

CUTS, CUTS_OF_TORTURE = 40, 1_000
ON_ONE_DISK = 10
LINES_MAX = 60
WAIT_MS_MAX = 4.0
SIMULATED = 20_000
"""So many more seeds of the change log where no file system can be mounted."""

Size = Callable[[int, int], int]


def test_a_power_cut_loses_nothing(tmp_path: Path, torture_size: Size) -> None:
    """What a disk holds at any moment has all that was acknowledged until then."""
    if not can_mount(tmp_path):
        for seed in range(SIMULATED, SIMULATED + torture_size(SIMULATED, 50 * SIMULATED)):
            run_seed(seed)
        return
    for first in range(0, torture_size(CUTS, CUTS_OF_TORTURE), ON_ONE_DISK):
        cut_again_and_again(tmp_path, first)


def cut_again_and_again(folder: Path, seed: int) -> None:
    """One disk: each process goes on with what the cut before has left."""
    image, cut, at = folder / "image", folder / "cut", folder / "at"
    random, ledger = Random(f"{seed}"), Ledger(seed)
    made(image)
    with maker() as making:
        for number in range(ON_ONE_DISK):
            with mounted(image, at):
                making.run(
                    at,
                    seed,
                    ledger,
                    lines=random.randrange(1, LINES_MAX),
                    wait_s=random.random() * WAIT_MS_MAX / 1_000,
                    stopped=lambda: shutil.copyfile(image, cut),
                )
            cut.replace(image)
            with mounted(image, at):
                try:
                    ledger.check(at)
                except Exception as wrong:
                    raise AssertionError(f"seed {seed}, cut {number}") from wrong
