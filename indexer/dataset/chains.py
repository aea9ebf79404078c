"""Which targets have a sequence of related records, each a step later than the one before.

Targets are places from 0 on. Nothing here knows of views or links.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from indexer.dataset.deadlines import Instants, deadlines
from indexer.dataset.groups import Groups, frozen
from indexer.dataset.keys import Ordinals
from indexer.encoding.bits import Mask
from indexer.kernels.chains import STEPS_MAX, find_broken, find_chains
from indexer.plan.related import Within

Steps = npt.NDArray[np.uint8]


def followed(
    owners: Ordinals, times: Instants, steps: Steps, windows: Sequence[Within | None], targets: int
) -> Mask:
    """Which targets have a chain: a record a step, each strictly later than the one before it.

    ``owners`` are the targets of some records and ``times`` when they were, in any order; bit s
    of ``steps`` tells whether a record is one of step s. ``windows[s]``, one a step, is how long
    after the one before it comes at most; that of the first step means nothing. Records of no
    step may be left out. Cost: a sort of each target's records, a pass for each step.
    """
    groups, ends = _laid_out(owners, times, steps, windows, targets)
    found = np.zeros(targets, np.bool_)
    find_chains(frozen(groups.starts), frozen(groups.numbers), frozen(groups.carried), ends, found)
    return found


def unfollowed(
    owners: Ordinals, times: Instants, steps: Steps, windows: Sequence[Within | None], targets: int
) -> Mask:
    """The same for a chain of all steps but the last that none of the last follows in time."""
    assert len(windows) > 1, "nothing comes before a single step"
    groups, ends = _laid_out(owners, times, steps, windows, targets)
    found = np.zeros(targets, np.bool_)
    find_broken(frozen(groups.starts), frozen(groups.numbers), frozen(groups.carried), ends, found)
    return found


def _laid_out(
    owners: Ordinals, times: Instants, steps: Steps, windows: Sequence[Within | None], targets: int
) -> tuple[Groups, npt.NDArray[np.int64]]:
    """The records of each target by time, and by when each has to be followed for each step."""
    assert 0 < len(windows) <= STEPS_MAX, len(windows)
    held = np.flatnonzero(steps)
    if len(held) < len(steps):
        owners, times, steps = owners[held], times[held], steps[held]
    groups = Groups.of(owners, times, targets, steps).ordered()
    ends = np.empty((len(windows) - 1, len(times)), np.int64)
    for step, window in enumerate(windows[1:]):
        ends[step] = deadlines(groups.numbers, window)
    return groups, frozen(ends)


def warm_chains() -> None:
    """Have the kernels compiled, or read from numba's cache. Cost: seconds, the first time."""
    owners = np.zeros(2, np.int64)
    steps = np.array([1, 2], np.uint8)
    for find in (followed, unfollowed):
        find(owners, np.arange(2), steps, (None, Within(months=1, zone="UTC")), 1)
