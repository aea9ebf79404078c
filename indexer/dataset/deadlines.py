"""Until when something may follow a moment: for whole columns, by elapsed time or by the calendar.

Instants and wall times are microseconds since 1970-01-01T00:00, in UTC or on the wall.
"""

import numpy as np
import numpy.typing as npt

from indexer.dataset.groups import frozen
from indexer.dataset.wall_clock import DAY, Regimes, regimes
from indexer.kernels.chains import EVER
from indexer.kernels.deadlines import months_later
from indexer.plan.related import Within

Instants = npt.NDArray[np.int64]

MONTHS_MAX = 1_200_000
"""More than any window has, and far from overflowing."""
_MONTH_MAX = 31 * DAY


def deadlines(times: Instants, within: Within | None) -> Instants:
    """The last instant at which a follower of each of these comes in time. EVER without a window.

    Months step the wall clock of the zone: a day its month lacks is the month's last, a time that
    a clock change skips moves forward by the gap, one that comes twice is the first. Cost: a few
    passes, and for months that of ``regimes``.
    """
    if within is None or not len(times):
        return np.full(len(times), EVER)
    if not within.months:
        return np.where(times > EVER - within.micros, EVER, times + within.micros)
    assert 0 < within.months <= MONTHS_MAX, within.months
    first, last = int(times.min()), int(times.max()) + within.months * _MONTH_MAX
    clock = regimes(within.zone, first - 2 * DAY, last + 2 * DAY)
    found = np.empty(len(times), np.int64)
    months_later(frozen(times), clock.starts, clock.offsets, within.months, _edges(clock), found)
    return found


def beginnings(days: npt.NDArray[np.integer], zone: str) -> Instants:
    """When these days, counted from 1970-01-01, begin in a zone."""
    walls = days.astype(np.int64) * DAY
    if not len(walls):
        return walls
    clock = regimes(zone, int(walls.min()) - 2 * DAY, int(walls.max()) + 2 * DAY)
    found: Instants = walls - clock.offsets[np.searchsorted(_edges(clock), walls, "right")]
    return found


def _edges(clock: Regimes) -> Instants:
    """The wall times from which on each regime but the first is the one to read them by.

    Skipped ones and the first of those that come twice are read by the regime before.
    """
    edges: Instants = clock.starts[1:] + np.maximum(clock.offsets[:-1], clock.offsets[1:])
    return edges
