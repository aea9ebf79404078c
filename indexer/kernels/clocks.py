"""From instants and days to words, by what a wall clock shows at them.

Days of the calendar repeat every 400 years, weekdays too, so one table of flags for so many days
stands for all: ``days[d % DAYS]`` for a day ``d`` counted from 1970-01-01.
"""

from typing import Any

from numba import int64, njit, uint64

DAYS = 146_097
"""Days in 400 years."""
BUCKET_BITS = 40
"""Instants are told apart by twelve days first: no zone changes its clock much more often."""

_HOUR = 3_600_000_000
_DAY = 24 * _HOUR
# Whole turns of 400 years, so many that every negative instant of 64 bits becomes positive.
_TURNS = 731 * DAYS * _DAY


@njit(nogil=True, cache=True)
def words_of_instants(
    lanes: Any,
    base: int,
    unit: int,
    starts: Any,
    offsets: Any,
    firsts: Any,
    days: Any,
    hours: int,
    by_hour: bool,
    words: Any,
) -> None:
    """Bit i of ``words``: at ``base + unit * lanes[i]``, is the local day, or hour, wanted?

    The clock is ``offsets[r]`` ahead from ``starts[r]`` until ``starts[r + 1]``; the first start
    is the least int. ``firsts[b]`` is the offset at the start of bucket ``b``, buckets counted
    from ``starts[1]`` and the last one endless. Bit h of ``hours`` tells of hour h. Cost: one
    pass.
    """
    last = starts.size - 1
    for w in range(words.size):
        found = uint64(0)
        for i in range(w << 6, min(lanes.size, (w + 1) << 6)):
            instant = int64(uint64(lanes[i]) * uint64(unit) + uint64(base))
            regime = int64(0)
            if last > 0 and instant >= starts[1]:
                bucket = (uint64(instant) - uint64(starts[1])) >> uint64(BUCKET_BITS)
                if bucket >= uint64(firsts.size):
                    bucket = uint64(firsts.size - 1)
                regime = int64(firsts[bucket])
                while regime < last and instant >= starts[regime + 1]:
                    regime += 1
            wall = uint64(instant) + uint64(offsets[regime])
            if instant < _DAY:
                wall += uint64(_TURNS)
            day = wall // uint64(_DAY)
            if by_hour:
                hour = (wall - day * uint64(_DAY)) // uint64(_HOUR)
                held = (uint64(hours) >> hour) & uint64(1)
            else:
                held = uint64(days[day % uint64(DAYS)])
            found |= held << uint64(i & 63)
        words[w] = found


@njit(nogil=True, cache=True)
def words_of_days(
    lanes: Any, base: int, unit: int, skipped: Any, shown: Any, days: Any, words: Any
) -> None:
    """Bit i of ``words``: is the day ``base + unit * lanes[i]`` wanted?

    Of day ``skipped[k]`` the clock shows ``shown[k]`` instead. Cost: one pass.
    """
    for w in range(words.size):
        found = uint64(0)
        for i in range(w << 6, min(lanes.size, (w + 1) << 6)):
            day = int64(uint64(lanes[i]) * uint64(unit) + uint64(base))
            for k in range(skipped.size):
                if skipped[k] == day:
                    day = shown[k]
            found |= uint64(days[day % DAYS]) << uint64(i & 63)
        words[w] = found
