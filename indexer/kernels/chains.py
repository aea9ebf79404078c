"""Chains of records in time, target by target, in one sweep."""

from typing import Any

import numpy as np
from numba import njit

STEPS_MAX = 8
"""Steps of a chain: a bit each of what a record satisfies."""
NEVER = np.iinfo(np.int64).min
EVER = np.iinfo(np.int64).max


@njit(nogil=True, cache=True)
def find_chains(starts: Any, times: Any, steps: Any, deadlines: Any, found: Any) -> None:
    """Which groups have a chain: a record a step, each strictly later than the one before.

    Group k is ``[starts[k], starts[k + 1])`` of all arrays, in order of ``times``. Bit s of
    ``steps[i]`` tells whether record i is one of step s, of which there are one more than rows of
    ``deadlines``: ``deadlines[s, i]`` is the last time for step s + 1 after record i.
    """
    last = deadlines.shape[0]
    latest = np.empty(last + 1, np.int64)
    for k in range(starts.size - 1):
        latest[:] = NEVER
        first, end = starts[k], starts[k + 1]
        while first < end and not found[k]:
            now = times[first]
            after = first
            while after < end and times[after] == now:
                after += 1
            # From the last step down: what is reached now is no start for what happens now.
            for step in range(last, -1, -1):
                if step and latest[step - 1] < now:
                    continue
                for i in range(first, after):
                    if (steps[i] >> step) & 1:
                        if step == last:
                            found[k] = True
                        else:
                            latest[step] = max(latest[step], deadlines[step, i])
            first = after


@njit(nogil=True, cache=True)
def find_broken(starts: Any, times: Any, steps: Any, deadlines: Any, found: Any) -> None:
    """Which groups have a chain of all steps but the last that no record of the last one follows.

    All as for ``find_chains``; there are two steps at least.
    """
    last = deadlines.shape[0]
    latest = np.empty(last, np.int64)
    for k in range(starts.size - 1):
        latest[:] = NEVER
        # The earliest of the deadlines of chains that nothing has followed yet.
        waiting = EVER
        waits = False
        first, end = starts[k], starts[k + 1]
        while first < end and not found[k]:
            now = times[first]
            after = first
            follows = False
            while after < end and times[after] == now:
                follows |= (steps[after] >> last) & 1 == 1
                after += 1
            if follows and waits:
                # All that wait have this one next: in time, or too late for one of them.
                found[k] = waiting < now
                waiting, waits = EVER, False
            for step in range(last - 1, -1, -1):
                if step and latest[step - 1] < now:
                    continue
                for i in range(first, after):
                    if (steps[i] >> step) & 1:
                        if step == last - 1:
                            waiting = min(waiting, deadlines[step, i])
                            waits = True
                        else:
                            latest[step] = max(latest[step], deadlines[step, i])
            first = after
        found[k] |= waits
