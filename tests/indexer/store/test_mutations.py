"""Damaged snapshots by the thousand, read in other processes: none is believed, none ends one."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.indexer.store.mutations import KINDS

Size = Callable[[int, int], int]

MUTATIONS, MUTATIONS_OF_TORTURE = 5_000, 200_000
"""Damaged, read and repaired, in all."""
DATASETS = 4
"""Of different sizes, one a process."""
ENDS_WITHIN_S = 3_600


def test_no_damaged_snapshot_is_believed_or_ends_the_process(
    tmp_path: Path, torture_size: Size
) -> None:
    """Truncated, extended, flipped, zeroed, swapped, another's, missing, pointed at wrongly."""
    tally: Counter[str] = Counter()
    mutations = torture_size(MUTATIONS, MUTATIONS_OF_TORTURE)

    for seed in range(DATASETS):
        ended = subprocess.run(
            [sys.executable, "-m", "tests.indexer.store.mutations",
             tmp_path / str(seed), str(seed), str(mutations // DATASETS)],
            capture_output=True, text=True, timeout=ENDS_WITHIN_S, check=False,
        )  # fmt: skip
        assert (0, "") == (ended.returncode, ended.stderr), f"seed {seed}"
        tally.update(json.loads(ended.stdout))

    kinds = {kind.__name__ for kind in KINDS}
    assert mutations == tally.total()
    harmless = {key.split()[0] for key in tally if key.endswith(" harmless")}
    assert harmless <= {"pointed_otherwise", "described_otherwise"}
    assert kinds - {"pointed_otherwise"} == {key.split()[0] for key in tally if "found" in key}
