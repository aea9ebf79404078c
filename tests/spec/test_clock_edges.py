"""Eight hundred days in six zones: every boundary at the right microsecond."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from evaluator.condition.bind import bind
from evaluator.condition.intervals import INTERVALS
from evaluator.condition.language import read
from evaluator.condition.local_time import LocalTime, instant_of
from evaluator.condition.target import home_of, target_of
from evaluator.condition.tree import FieldTest
from indexer.dataset.calendar_parts import ClockReading
from indexer.encoding.number import NumberCells, NumberColumn
from indexer.model.ids import FieldName
from indexer.plan.nodes import CalendarPart, CalendarUnit
from tests.evaluator.condition.asking import LIMITS, leaf, schema
from tests.support import stretches, wall

DAYS = 800
TURNS = 3
TICK = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SEEN = FieldName("timestamp")
SIMULATED = {
    "UTC": date(2023, 12, 20),
    "Europe/Berlin": date(2023, 12, 20),
    "America/New_York": date(2023, 12, 20),
    "Asia/Kathmandu": date(2023, 12, 20),
    # The clock skipped midnights here, and turned midnight back to eleven.
    "America/Sao_Paulo": date(2016, 12, 20),
    # A whole day was skipped here.
    "Pacific/Apia": date(2010, 6, 20),
}
"""Zones, and the first of so many days: each has two springs and two autumns, and a leap day."""
Size = Callable[[int, int], int]
UNITS = ("minute", "hour", "day", "week", "month", "quarter", "year")
PARTS: dict[CalendarUnit, tuple[int, ...]] = {
    "weekday": tuple(range(1, 8)),
    "hour": tuple(range(24)),
    "month": tuple(range(1, 13)),
    "day_of_year": (101, 228, 229, 301, 1231),
}


def questions() -> Iterator[dict[str, Any]]:
    """One of each operator, unit and meaning that has boundaries which move with now."""
    for place, unit in enumerate(UNITS):
        window = {"amount": (1, 7, 30, 3, 13, 2, 1)[place], "unit": unit}
        for options in ({}, {"calendar": True}):
            for op in ("in_last", "in_next"):
                yield leaf(SEEN, op, window, **options)
            span = {"from": 5 + place, "to": place, "unit": unit}
            yield leaf(SEEN, "between_ago", span, **options)
    yield leaf(SEEN, "more_than_ago", {"amount": 1, "unit": "month"})
    yield leaf(SEEN, "more_than_ago", {"amount": 1, "unit": "day"}, calendar=True)
    yield leaf(SEEN, "more_than_ahead", {"amount": 1, "unit": "quarter"})
    yield leaf(SEEN, "more_than_ahead", {"amount": 2, "unit": "week"}, calendar=True)
    for unit in UNITS[2:]:
        yield from (leaf(SEEN, "in_period", {"period": unit, "offset": n}) for n in (-1, 0, 1))
    yield leaf(SEEN, "in_period", {"period": "month", "to_date": True})


def days_of(zone: str) -> list[date]:
    """The simulated days."""
    return [SIMULATED[zone] + timedelta(days=day) for day in range(DAYS)]


def changes(zone: str) -> list[datetime]:
    """When the clock changes in these days."""
    clock, found = ZoneInfo(zone), []
    seconds = int(datetime.combine(SIMULATED[zone], datetime.min.time(), UTC).timestamp())
    for half_hour in range(seconds, seconds + (DAYS + 1) * 86_400, 1_800):
        before, at = (datetime.fromtimestamp(half_hour - back, UTC) for back in (1, 0))
        if before.astimezone(clock).utcoffset() != at.astimezone(clock).utcoffset():
            found.append(at)
    return found


def edges_of(days: list[date], zone: str) -> list[datetime]:
    """Each midnight, noon and change of the clock, and the instant before it."""
    midnights = [wall.midnight(day, zone) for day in days]
    moments = {*midnights, *changes(zone)}
    return sorted({*moments, *(moment - TICK for moment in moments)})


@pytest.mark.parametrize("zone", SIMULATED)
def test_windows_and_periods_begin_and_end_at_the_right_tick(zone: str, torture_size: Size) -> None:
    """Asked at every midnight, at every change of the clock, and just before.

    In a usual run the questions take turns, but where the clock changes all are asked.
    """
    over = schema(time_zone=zone)
    local = home_of(over)
    asked = [(each, *_bound(each, over)) for each in questions()]
    nows = edges_of(days_of(zone), zone)
    turns = torture_size(TURNS, 1)
    special = {each for moment in changes(zone) for each in (moment, moment - TICK)}

    wrong = [
        (question, now)
        for place, now in enumerate(nows)
        for turn, (question, key, operand) in enumerate(asked, place)
        if (turn % turns == 0 or now in special)
        and _ends(question, now, zone) != _interval(question, key, operand, now, local)
    ]

    assert len(nows) >= 2 * DAYS - 2
    assert [] == wrong[:3]


@pytest.mark.parametrize("zone", SIMULATED)
def test_whole_days_begin_and_end_at_the_right_tick(zone: str) -> None:
    """On, before and after every day, and every midnight as an instant."""
    over = schema(time_zone=zone)
    local = home_of(over)
    literals = [str(day) for day in days_of(zone)]
    literals += [wall.midnight(day, zone).isoformat() for day in days_of(zone)]

    wrong = []
    for literal in literals:
        for op in ("on", "before", "after", "on_or_before", "on_or_after"):
            key, operand = _bound(question := leaf(SEEN, op, literal), over)
            interval = INTERVALS[key](operand, False, 0, local)
            if _ends(question, EPOCH, zone) != (interval.first, interval.last):
                wrong.append(question)

    assert [] == wrong[:3]


@pytest.mark.parametrize("zone", SIMULATED)
def test_the_clock_of_a_column_shows_the_right_tick(zone: str) -> None:
    """Weekdays, hours, months and days of the year, around every full hour and every change."""
    hours = [
        wall.midnight(SIMULATED[zone], zone) + timedelta(hours=hour) for hour in range(24 * DAYS)
    ]
    instants = sorted({*edges_of(days_of(zone), zone), *hours, *(hour - TICK for hour in hours)})
    clock = ZoneInfo(zone)
    shown = [instant.astimezone(clock) for instant in instants]
    expected: dict[CalendarUnit, list[int]] = {
        "weekday": [each.isoweekday() for each in shown],
        "hour": [each.hour for each in shown],
        "month": [each.month for each in shown],
        "day_of_year": [each.month * 100 + each.day for each in shown],
    }
    column = _column([(each - EPOCH) // TICK for each in instants])

    for part, values in PARTS.items():
        for value in values:
            lookup = CalendarPart(SEEN, part, (value,), zone)
            held = np.flatnonzero(np.array(expected[part]) == value)
            assert held.tolist() == list(ClockReading(lookup, of_days=False).find(column))


@pytest.mark.parametrize("zone", SIMULATED)
def test_a_day_is_what_the_clock_shows_at_its_midnight(zone: str) -> None:
    """Also where there was no midnight, or no such day at all."""
    days = days_of(zone)
    clock = ZoneInfo(zone)
    shown = [wall.midnight(day, zone).astimezone(clock) for day in days]
    column = _column([(day - EPOCH.date()).days for day in days])

    for value in range(1, 8):
        lookup = CalendarPart(FieldName("date"), "weekday", (value,), zone)
        held = [place for place, each in enumerate(shown) if each.isoweekday() == value]
        assert held == list(ClockReading(lookup, of_days=True).find(column))


def _interval(
    question: dict[str, Any], key: str, operand: Any, now: datetime, local: LocalTime
) -> tuple[int | None, int | None]:
    """The first and the last microsecond, as the language has them."""
    found = INTERVALS[key](operand, bool(question.get("calendar")), instant_of(now), local)
    return found.first, found.last


def _bound(question: dict[str, Any], over: Any) -> tuple[str, Any]:
    """The operator's key and its operand, read."""
    test = read(question, over, LIMITS).condition
    assert isinstance(test, FieldTest)
    field = over.field(SEEN)
    target = target_of(field, None, over, home_of(over))
    assert target is not None
    return test.operator.key, bind(test, target)


def _ends(question: dict[str, Any], now: datetime, zone: str) -> tuple[int | None, int | None]:
    """The first and the last microsecond, as the other reading has them."""
    start, start_in, end, end_in = stretches.stretch(question, now, zone, zone)
    return (
        None if start is None else (start - EPOCH) // TICK + (not start_in),
        None if end is None else (end - EPOCH) // TICK - (not end_in),
    )


def _column(numbers: list[int]) -> NumberColumn:
    return NumberColumn.of(
        NumberCells(np.array(numbers, np.int64), np.ones(len(numbers), np.bool_))
    )
