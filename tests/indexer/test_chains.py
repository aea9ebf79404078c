"""Sequences of records in time are those that are found by trying every one."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from evaluator.condition.local_time import LocalTime
from evaluator.condition.windows import Unit, shift
from indexer.dataset.chains import followed, unfollowed
from indexer.dataset.deadlines import beginnings, deadlines
from indexer.plan.related import Within

Row = tuple[int, int, int]
"""Target, time, the steps it is one of: a bit each."""

DAY = 86_400_000_000
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Asia/Kathmandu")


def deadline(time: int, within: Within | None) -> float:
    """The last time of a follower."""
    if within is None:
        return float("inf")
    if not within.months:
        return time + within.micros
    return shift(time, within.months, Unit.MONTH, LocalTime(ZoneInfo(within.zone)))


def chains(mine: list[Row], windows: Sequence[Within | None], last: Row, step: int) -> list[Row]:
    """The last records of every chain that goes on from this one to the step before ``len``."""
    if step == len(windows):
        return [last]
    return [
        end
        for row in mine
        if row[2] >> step & 1 and last[1] < row[1] <= deadline(last[1], windows[step])
        for end in chains(mine, windows, row, step + 1)
    ]


def expected(
    rows: Sequence[Row], windows: Sequence[Within | None], targets: int, *, absent: bool
) -> list[bool]:
    """Target by target, every chain tried."""
    told = []
    for target in range(targets):
        mine = [row for row in rows if row[0] == target]
        most = windows[:-1] if absent else windows
        ends = [end for row in mine if row[2] & 1 for end in chains(mine, most, row, 1)]
        if absent:
            ends = [end for end in ends if not chains(mine, windows, end, len(windows) - 1)]
        told.append(bool(ends))
    return told


def found(
    rows: Sequence[Row], windows: Sequence[Within | None], targets: int, *, absent: bool
) -> list[bool]:
    """The same by kernels."""
    owners, times, steps = np.array(rows, np.int64).reshape(-1, 3).T
    find = unfollowed if absent else followed
    told: list[bool] = find(owners, times, steps.astype(np.uint8), windows, targets).tolist()
    return told


WINDOWS = st.none() | st.integers(1, 6).map(lambda micros: Within(micros=micros))


@st.composite
def stories(draw: st.DrawFn) -> tuple[list[Row], list[Within | None]]:
    """Up to fourteen records of three targets, and one to four steps."""
    windows = draw(st.lists(WINDOWS, min_size=1, max_size=4))
    row = st.tuples(st.integers(0, 2), st.integers(0, 9), st.integers(0, 2 ** len(windows) - 1))
    return draw(st.lists(row, max_size=14)), windows


@settings(max_examples=400)
@given(story=stories())
@example(story=([(0, 1, 3), (0, 1, 3)], [None, None]))
@example(story=([(0, 1, 1), (0, 3, 1), (0, 4, 2)], [None, Within(micros=1)]))
def test_a_chain_is_found_where_there_is_one(story: tuple[list[Row], list[Within | None]]) -> None:
    """Each record strictly later than the one before, and another one."""
    rows, windows = story

    assert expected(rows, windows, 3, absent=False) == found(rows, windows, 3, absent=False)


@settings(max_examples=400)
@given(story=stories())
@example(story=([(0, 1, 1), (0, 4, 2)], [None, Within(micros=2)]))
@example(story=([(0, 1, 1), (0, 1, 2)], [None, Within(micros=2)]))
@example(story=([(0, 1, 3), (0, 3, 3)], [None, None]))
def test_a_chain_without_a_follower_is_found(
    story: tuple[list[Row], list[Within | None]],
) -> None:
    """Some chain of all steps but the last one, whose window has none of the last."""
    rows, windows = story
    windows = [None, *windows] if len(windows) == 1 else windows

    assert expected(rows, windows, 3, absent=True) == found(rows, windows, 3, absent=True)


@settings(max_examples=60)
@given(story=stories(), seed=st.integers(0, 9))
def test_the_order_of_the_records_changes_nothing(
    story: tuple[list[Row], list[Within | None]], seed: int
) -> None:
    """They come as they lie in their shards."""
    rows, windows = story
    shuffled = [rows[place] for place in np.random.default_rng(seed).permutation(len(rows))]

    held = [found(each, windows, 3, absent=False) for each in (rows, shuffled)]

    assert held[0] == held[1]


@pytest.mark.parametrize("targets", [0, 1, 63, 64, 65, 65_535, 65_536])
def test_chains_of_eight_steps_are_found_in_any_number_of_targets(targets: int) -> None:
    """The last target has all eight, the first one the last seven."""
    rows = [(targets - 1, step, 1 << step) for step in range(8) if targets]
    rows += [(0, step, 1 << step) for step in range(1, 8) if targets > 1]
    windows = [None, *[Within(micros=1)] * 7]

    held = [found(rows, windows, targets, absent=absent) for absent in (False, True)]

    assert [place == targets - 1 for place in range(targets)] == held[0]
    assert [False] * targets == held[1]


def test_a_long_story_of_one_target_is_swept_once() -> None:
    """A hundred thousand records, each a microsecond after the one before, out of order."""
    size = 100_000
    times = np.random.default_rng(7).permutation(size)
    rows = [(0, int(time), 1 if time % 2 else 2) for time in times]

    held = [found(rows, [None, Within(micros=gap)], 1, absent=True) for gap in (1, 2)]

    assert [[True], [True]] == held
    assert [True] == found(rows, [None, Within(micros=1)], 1, absent=False)


@settings(max_examples=150)
@given(
    day=st.integers(-60_000, 80_000) | st.sampled_from((-719_160, 2_932_000)),
    clock=st.integers(0, DAY - 1) | st.sampled_from((0, 2 * DAY // 24, 5 * DAY // 48)),
    months=st.integers(1, 30) | st.sampled_from((1_200, 1_200_000)),
    zone=st.sampled_from(ZONES),
)
@example(day=10_956, clock=0, months=1, zone="Europe/Berlin")
@example(day=15_307, clock=DAY // 2, months=1, zone="Pacific/Apia")
def test_months_are_stepped_as_in_every_window(
    day: int, clock: int, months: int, zone: str
) -> None:
    """The wall clock's, a day that its month lacks being its last."""
    within = Within(months=months, zone=zone)
    time = day * DAY + clock

    assert [deadline(time, within)] == deadlines(np.array([time]), within).tolist()


@pytest.mark.parametrize("zone", ZONES)
def test_months_are_stepped_around_every_change_of_the_clock(zone: str) -> None:
    """Each half hour of ten years, to the second of a skipped or doubled hour."""
    begin, step = 14_000 * DAY, DAY // 48
    times = np.arange(begin, begin + 3_653 * DAY, step)[::7]

    late = deadlines(times, Within(months=5, zone=zone))

    local = LocalTime(ZoneInfo(zone))
    assert [shift(time, 5, Unit.MONTH, local) for time in times.tolist()] == late.tolist()


@pytest.mark.parametrize("zone", ZONES)
def test_a_day_begins_at_its_local_midnight(zone: str) -> None:
    """Also one that a zone left out."""
    days = np.arange(15_000, 16_000, dtype=np.int32)
    local = LocalTime(ZoneInfo(zone))

    assert [local.midnight(day) for day in days.tolist()] == beginnings(days, zone).tolist()


def test_a_window_may_end_after_all_time() -> None:
    """A sum beyond 64 bits is as good as no end."""
    times = np.array([2**63 - 5, 0])

    assert [2**63 - 1, 100] == deadlines(times, Within(micros=100)).tolist()
    assert [2**63 - 1] * 2 == deadlines(times, None).tolist()
