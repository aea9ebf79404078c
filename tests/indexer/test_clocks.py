"""What the clocks of zones show, for whole columns of days and instants."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.dataset.calendar_parts import ClockReading
from indexer.dataset.wall_clock import regimes
from indexer.encoding.number import NumberCells, NumberColumn
from indexer.model.ids import FieldName
from indexer.plan.nodes import CalendarPart, CalendarUnit

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
SEEN = FieldName("seen")
RECENT = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = (-719_161, 2_932_895)
"""Of the second and the last day but one of years of four digits."""
DAY = 86_400_000_000
INT64 = (-(2**63), 2**63 - 1)
ZONES = (
    "UTC", "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe",
    "Asia/Kathmandu", "Pacific/Apia", "Africa/Casablanca",
)  # fmt: skip
EDGES = st.sampled_from(
    [
        datetime(1, 1, 2, tzinfo=UTC), datetime(1799, 12, 31, 23, tzinfo=UTC),
        datetime(1900, 1, 1, tzinfo=UTC), datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2024, 2, 29, tzinfo=UTC), datetime(2087, 5, 11, 2, tzinfo=UTC),
        datetime(2199, 12, 31, 23, tzinfo=UTC), datetime(2600, 7, 1, tzinfo=UTC),
        datetime(9999, 12, 30, tzinfo=UTC),
    ]
)  # fmt: skip
instants = st.one_of(
    EDGES,
    st.integers(DAYS[0] * DAY, DAYS[1] * DAY).map(lambda ticks: EPOCH + ticks * TICK),
    st.timedeltas(timedelta(0), timedelta(days=6_000)).map(lambda past: RECENT - past),
)
PARTS: tuple[CalendarUnit, ...] = ("weekday", "hour", "month", "day_of_year")


def shown(at: datetime, part: CalendarUnit) -> int:
    match part:
        case "weekday":
            return at.isoweekday()
        case "hour":
            return at.hour
        case "month":
            return at.month
        case _:
            return at.month * 100 + at.day


def column(numbers: list[int | None]) -> NumberColumn:
    filled = np.array([number is not None for number in numbers], np.bool_)
    return NumberColumn.of(NumberCells(np.array([n or 0 for n in numbers], np.int64), filled))


@settings(max_examples=80, deadline=None)
@given(
    moments=st.lists(st.none() | instants, max_size=70),
    zone=st.sampled_from(ZONES),
    part=st.sampled_from(PARTS),
    values=st.sets(st.sampled_from([1, 2, 3, 5, 7, 12, 22, 228, 229, 301, 1231])),
)
def test_instants_show_what_the_standard_library_says(
    moments: list[datetime | None], zone: str, part: CalendarUnit, values: set[int]
) -> None:
    """In every zone, from the first to the last year, nulls nowhere."""
    expected = [
        place
        for place, each in enumerate(moments)
        if each is not None and shown(each.astimezone(ZoneInfo(zone)), part) in values
    ]
    lookup = CalendarPart(SEEN, part, tuple(sorted(values)), zone)

    found = ClockReading(lookup, of_days=False).find(
        column([None if each is None else (each - EPOCH) // TICK for each in moments])
    )

    assert expected == list(found)


@settings(max_examples=50, deadline=None)
@given(
    days=st.lists(st.none() | st.dates(date(1, 1, 2), date(9999, 12, 30)), max_size=70),
    part=st.sampled_from(("weekday", "month", "day_of_year")),
    values=st.sets(st.sampled_from([1, 2, 3, 5, 7, 12, 228, 229, 301, 1231])),
)
def test_days_show_themselves(
    days: list[date | None], part: CalendarUnit, values: set[int]
) -> None:
    """Where every day has a midnight."""
    expected = [
        place
        for place, each in enumerate(days)
        if each is not None and shown(datetime.combine(each, datetime.min.time()), part) in values
    ]
    lookup = CalendarPart(SEEN, part, tuple(sorted(values)), "Europe/Berlin")

    found = ClockReading(lookup, of_days=True).find(
        column([None if each is None else (each - EPOCH.date()).days for each in days])
    )

    assert expected == list(found)


def test_a_day_without_a_midnight_shows_the_day_its_instant_falls_on() -> None:
    """Samoa went from Thursday 29 to Saturday 31 December 2011."""
    friday = (date(2011, 12, 30) - EPOCH.date()).days
    asked = {
        weekday: ClockReading(CalendarPart(SEEN, "weekday", (weekday,), "Pacific/Apia"), True)
        for weekday in (4, 5, 6)
    }

    found = {weekday: list(each.find(column([friday - 1, friday, friday + 1])))
             for weekday, each in asked.items()}  # fmt: skip

    assert {4: [0], 5: [], 6: [1, 2]} == found


@pytest.mark.parametrize("zone", ZONES)
def test_no_number_of_64_bits_is_too_far_away(zone: str) -> None:
    """The calendar repeats; beyond the years of four digits the clock is as far ahead as there."""
    weekdays = range(1, 8)
    far = column([INT64[0] + DAY, -1, 0, None, INT64[1] - DAY])

    found = [
        list(ClockReading(CalendarPart(SEEN, "weekday", (day,), zone), False).find(far))
        for day in weekdays
    ]

    assert [0, 1, 2, 4] == sorted(place for each in found for place in each)


def test_zones_are_read_only_where_there_are_records() -> None:
    """A year has two changes; before there were rules there is none."""
    year = [(datetime(2025, month, 1, tzinfo=UTC) - EPOCH) // TICK for month in (1, 12)]

    assert 3 == len(regimes("Europe/Berlin", *year).starts)
    assert 1 == len(regimes("Europe/Berlin", INT64[0], year[0] - 200 * 366 * DAY).starts)
    assert 1 == len(regimes("UTC", *INT64).starts)
