"""Until when something may follow a moment: for whole columns, by elapsed time or by the calendar.

Instants and wall times are microseconds since 1970-01-01T00:00, in UTC or on the wall.
"""

import numpy as np
import numpy.typing as npt

from indexer.dataset.wall_clock import DAY, Regimes, regimes
from indexer.kernels.chains import EVER
from indexer.plan.related import Within

Instants = npt.NDArray[np.int64]

MONTHS_MAX = 1_200_000
"""More than any window has, and far from overflowing."""


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
    clock = _clock(within.zone, times)
    walls = times + clock.offsets[np.searchsorted(clock.starts, times, "right") - 1]
    return _instants(within.zone, _months_later(walls, within.months))


def beginnings(days: npt.NDArray[np.integer], zone: str) -> Instants:
    """When these days, counted from 1970-01-01, begin in a zone."""
    return _instants(zone, days.astype(np.int64) * DAY)


def _clock(zone: str, moments: Instants) -> Regimes:
    """The zone's clock around these moments, be they instants or wall times."""
    return regimes(zone, int(moments.min()) - 2 * DAY, int(moments.max()) + 2 * DAY)


def _instants(zone: str, walls: Instants) -> Instants:
    if not len(walls):
        return walls
    clock = _clock(zone, walls)
    # Skipped wall times and the first of those that come twice are read by the clock before.
    edges = clock.starts[1:] + np.maximum(clock.offsets[:-1], clock.offsets[1:])
    found: Instants = walls - clock.offsets[np.searchsorted(edges, walls, "right")]
    return found


def _months_later(walls: Instants, months: int) -> Instants:
    days = np.floor_divide(walls, DAY)
    dates = days.astype("M8[D]")
    begun = dates.astype("M8[M]")
    later = begun + np.timedelta64(months, "M")
    first, end = later.astype("M8[D]"), (later + np.timedelta64(1, "M")).astype("M8[D]")
    # As far into the month as before, but not beyond it.
    same = first + (dates - begun.astype("M8[D]"))
    dates = np.minimum(same, end - np.timedelta64(1, "D"))
    found: Instants = dates.astype(np.int64) * DAY + (walls - days * DAY)
    return found
