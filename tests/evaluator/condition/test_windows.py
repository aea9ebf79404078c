"""Windows of time over clock changes, month ends and leap days; instants and dates in zones."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.condition.civil import add_months, date_from, days_from, weekday
from evaluator.condition.local_time import DAY, LocalTime, instant_of, instant_text, zone_named
from evaluator.condition.windows import Unit
from indexer.plan.nodes import NOTHING, Plan
from tests.evaluator.condition.asking import (
    compiled,
    holds,
    leaf,
    plan_of,
    same,
    schema,
    some,
    span,
    valued,
)

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
)
EPOCH = date(1970, 1, 1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def micros(text: str) -> int:
    return instant_of(utc(text))


def day(text: str) -> int:
    return (date.fromisoformat(text) - EPOCH).days


def resolved(now: str, amount: int, unit: str, zone: str = "UTC", **options: Any) -> str:
    """The interval of an ``in_last`` leaf."""
    window = leaf("timestamp", "in_last", {"amount": amount, "unit": unit}, tz=zone, **options)
    return compiled(window, now=utc(now)).resolved[""].replace(":00Z", "").replace("Z", "")


@pytest.mark.parametrize(
    "zone, now, amount, unit, start",
    [
        ("UTC", "2025-06-15T12:00", 90, "minute", "2025-06-15T10:30"),
        ("UTC", "2025-06-15T12:00", 3, "week", "2025-05-25T12:00"),
        ("UTC", "2025-03-31T12:00", 1, "month", "2025-02-28T12:00"),
        ("UTC", "2024-03-31T12:00", 1, "month", "2024-02-29T12:00"),
        ("UTC", "2025-05-31T12:00", 1, "quarter", "2025-02-28T12:00"),
        ("UTC", "2025-01-31T12:00", 2, "month", "2024-11-30T12:00"),
        ("UTC", "2024-02-29T12:00", 1, "year", "2023-02-28T12:00"),
        ("UTC", "2024-02-29T12:00", 4, "year", "2020-02-29T12:00"),
        ("UTC", "2025-01-01T00:00", 1, "month", "2024-12-01T00:00"),
        # Elapsed: a day is 24 hours, also over a clock change.
        ("America/New_York", "2027-03-14T16:00", 1, "day", "2027-03-13T16:00"),
        ("America/New_York", "2027-11-07T17:00", 1, "day", "2027-11-06T17:00"),
        # By the wall: 31 March 12:00 in Berlin is 10:00Z, 28 February 12:00 is 11:00Z.
        ("Europe/Berlin", "2025-03-31T10:00", 1, "month", "2025-02-28T11:00"),
        # The clock skipped 02:30 a month before: it moves forward by the gap, to 03:30.
        ("America/New_York", "2025-04-09T06:30", 1, "month", "2025-03-09T07:30"),
        ("Europe/Berlin", "2025-04-30T00:30", 1, "month", "2025-03-30T01:30"),
        # A wall time that occurs twice is the first of the two.
        ("America/New_York", "2025-12-02T06:30", 1, "month", "2025-11-02T05:30"),
        ("Europe/Berlin", "2025-11-26T01:30", 1, "month", "2025-10-26T00:30"),
        # Lord Howe moves by half an hour: 02:15 is skipped and becomes 02:45.
        ("Australia/Lord_Howe", "2025-11-04T15:15", 1, "month", "2025-10-04T15:45"),
        ("Australia/Lord_Howe", "2025-05-05T15:15", 1, "month", "2025-04-05T14:45"),
        # Samoa skipped 30 December 2011 altogether.
        ("Pacific/Apia", "2012-01-29T22:00", 1, "month", "2011-12-30T22:00"),
        # Further back than calendars go.
        ("UTC", "2025-06-15T12:00", 100_000, "year", "0001-01-01T00:00"),
        ("UTC", "2025-06-15T12:00", 100_000, "week", "0108-12-02T12:00"),
    ],
)
def test_a_window_reaches_back_by_its_unit(
    zone: str, now: str, amount: int, unit: str, start: str
) -> None:
    """Up to weeks it is elapsed time, from months on the wall clock's calendar."""
    assert f"{start}/{now}" == resolved(now, amount, unit, zone)


@pytest.mark.parametrize(
    "zone, now, amount, unit, start",
    [
        ("UTC", "2025-06-15T12:34:56", 1, "minute", "2025-06-15T12:34"),
        ("UTC", "2025-06-15T12:34:56", 1, "hour", "2025-06-15T12:00"),
        ("UTC", "2025-06-15T12:34:56", 2, "hour", "2025-06-15T11:00"),
        ("UTC", "2025-06-15T12:34:56", 1, "day", "2025-06-15T00:00"),
        ("UTC", "2025-06-15T12:34:56", 7, "day", "2025-06-09T00:00"),
        ("UTC", "2025-06-15T12:34:56", 1, "week", "2025-06-09T00:00"),
        ("UTC", "2025-06-16T00:00:00.000001", 1, "week", "2025-06-16T00:00"),
        ("UTC", "2025-06-15T12:34:56", 2, "month", "2025-05-01T00:00"),
        ("UTC", "2025-06-15T12:34:56", 1, "quarter", "2025-04-01T00:00"),
        ("UTC", "2025-06-15T12:34:56", 3, "quarter", "2024-10-01T00:00"),
        ("UTC", "2025-06-15T12:34:56", 2, "year", "2024-01-01T00:00"),
        ("UTC", "2025-06-15T12:34:56", 100_000, "year", "0001-01-01T00:00"),
        ("Asia/Kathmandu", "2025-06-15T12:34:56", 1, "hour", "2025-06-15T12:15"),
        ("Europe/Berlin", "2025-03-30T10:00:01", 1, "day", "2025-03-29T23:00"),
        ("Europe/Berlin", "2025-03-31T10:00:01", 3, "day", "2025-03-28T23:00"),
        ("Europe/Berlin", "2025-10-26T10:00:01", 2, "day", "2025-10-24T22:00"),
        # Of the hour that comes twice, each run is its own.
        ("Europe/Berlin", "2025-10-26T00:30:01", 1, "hour", "2025-10-26T00:00"),
        ("Europe/Berlin", "2025-10-26T01:30:01", 1, "hour", "2025-10-26T01:00"),
        ("Europe/Berlin", "2025-03-30T01:15:01", 2, "hour", "2025-03-30T00:00"),
        # Lord Howe: the hour from 02:00 begins at 02:30 in spring, the one from 01:00 is longer.
        ("Australia/Lord_Howe", "2025-10-04T15:45:01", 1, "hour", "2025-10-04T15:30"),
        ("Australia/Lord_Howe", "2025-04-05T15:15:01", 1, "hour", "2025-04-05T14:00"),
        # São Paulo skipped the midnight of 4 November 2018: the day began at 01:00.
        ("America/Sao_Paulo", "2018-11-04T15:00:01", 1, "day", "2018-11-04T03:00"),
        ("America/Sao_Paulo", "2018-02-17T15:00:01", 1, "day", "2018-02-17T02:00"),
        ("Pacific/Apia", "2011-12-30T20:00:01", 2, "day", "2011-12-30T10:00"),
        ("Pacific/Apia", "2011-12-30T20:00:01", 3, "day", "2011-12-29T10:00"),
    ],
)
def test_a_calendar_window_holds_whole_units_of_the_wall_clock(
    zone: str, now: str, amount: int, unit: str, start: str
) -> None:
    """The current unit is the first of them."""
    assert f"{start}/{now}" == resolved(now, amount, unit, zone, calendar=True)


def test_an_elapsed_window_leaves_its_start_out_and_its_end_in() -> None:
    """``(now - w, now]``, to the microsecond."""
    window = {"amount": 1, "unit": "day"}
    now = utc("2025-06-15T12:00")
    low, high = micros("2025-06-14T12:00"), micros("2025-06-15T12:00")

    assert span("timestamp", low + 1, high) == plan_of(
        leaf("timestamp", "in_last", window), now=now
    )
    assert span("timestamp", micros("2025-06-15T00:00"), high) == plan_of(
        leaf("timestamp", "in_last", window, calendar=True), now=now
    )


@pytest.mark.parametrize(
    "zone, amount, options, low, high",
    [
        ("UTC", 1, {}, "2025-06-15", "2025-06-15"),
        ("UTC", 30, {}, "2025-05-17", "2025-06-15"),
        ("UTC", 30, {"calendar": True}, "2025-05-17", "2025-06-15"),
        ("Asia/Tokyo", 1, {}, "2025-06-15", "2025-06-15"),
        ("Pacific/Kiritimati", 1, {}, "2025-06-16", "2025-06-16"),
        ("America/New_York", 2, {}, "2025-06-14", "2025-06-15"),
    ],
)
def test_a_date_is_its_local_midnight(
    zone: str, amount: int, options: Any, low: str, high: str
) -> None:
    """In the leaf's zone, else the dataset's."""
    value = {"amount": amount, "unit": "day"}
    expected = same("date", day(low)) if low == high else span("date", day(low), day(high))

    assert expected == plan_of(leaf("date", "in_last", value, tz=zone, **options))
    assert expected == plan_of(leaf("date", "in_last", value, **options), schema(time_zone=zone))


def test_at_midnight_the_day_before_has_just_left() -> None:
    """Its midnight is exactly one day ago, which an elapsed window leaves out."""
    window = {"amount": 1, "unit": "day"}
    midnight = utc("2025-06-15T00:00")

    assert same("date", day("2025-06-15")) == plan_of(leaf("date", "in_last", window), now=midnight)


@pytest.mark.parametrize(
    "op, literal, plan",
    [
        ("is", "2025-05-31", same("date", day("2025-05-31"))),
        ("is", "2025-05-31T00:00:00", same("date", day("2025-05-31"))),
        ("is", "2025-05-30T22:00:00Z", same("date", day("2025-05-31"))),
        ("is", "2025-05-31T00:00:00Z", NOTHING),
        ("is", "2025-05-30T22:00:00.0000001Z", NOTHING),
        ("gt", "2025-05-31", span("date", day("2025-06-01"), None)),
        ("gte", "2025-05-31T12:00", span("date", day("2025-06-01"), None)),
        ("gt", "2025-05-30T22:00:00Z", span("date", day("2025-06-01"), None)),
        ("gte", "2025-05-30T22:00:00Z", span("date", day("2025-05-31"), None)),
        ("lt", "2025-05-31T00:00:00Z", span("date", None, day("2025-05-31"))),
        ("lt", "2025-05-30T22:00:00Z", span("date", None, day("2025-05-30"))),
        ("lte", "2025-05-30T22:00:00Z", span("date", None, day("2025-05-31"))),
        ("in", ["2025-06-01", "2025-05-31", "2025-05-31T00:00:00Z", "2025-05-30T22:00:00Z"],
         some("date", day("2025-05-31"), day("2025-06-01"))),
        ("between", ["2025-05-31", "2025-06-02"],
         span("date", day("2025-05-31"), day("2025-06-02"))),
        ("between", ["2025-05-31T00:00:01", "2025-06-02T23:00"],
         span("date", day("2025-06-01"), day("2025-06-02"))),
        ("between", ["2025-06-02", "2025-05-31"], NOTHING),
        ("gte", "0001-01-01", span("date", day("0001-01-01"), None)),
        ("lt", "0001-01-01T00:00+14:00", span("date", None, day("0001-01-01") - 1)),
    ],
)  # fmt: skip
def test_a_date_field_compares_as_its_midnight_in_berlin(op: str, literal: Any, plan: Plan) -> None:
    """With dates and with instants."""
    condition = leaf("date", op, literal)

    assert plan == plan_of(condition, schema(time_zone="Europe/Berlin"))


@pytest.mark.parametrize(
    "literal, options, instant",
    [
        ("2025-05-31T14:30:00Z", {}, "2025-05-31T14:30"),
        ("2025-05-31T14:30:00.25+02:00", {}, "2025-05-31T12:30:00.250000"),
        ("2025-05-31 14:30-0530", {}, "2025-05-31T20:00"),
        # Without a zone it is the dataset's wall clock, also where the leaf names another zone.
        ("2025-05-31T14:30:00", {}, "2025-05-31T12:30"),
        ("2025-05-31T14:30:00", {"tz": "Asia/Tokyo"}, "2025-05-31T12:30"),
        # A bare date is the midnight of the leaf's zone.
        ("2025-05-31", {}, "2025-05-30T22:00"),
        ("2025-05-31", {"tz": "Asia/Tokyo"}, "2025-05-30T15:00"),
        # Skipped and repeated wall times of Berlin.
        ("2025-03-30T02:30:00", {}, "2025-03-30T01:30"),
        ("2025-10-26T02:30:00", {}, "2025-10-26T00:30"),
    ],
)
def test_an_instant_is_read_in_its_zone(literal: str, options: Any, instant: str) -> None:
    """The dataset is in Berlin."""
    plan = plan_of(leaf("timestamp", "is", literal, **options), schema(time_zone="Europe/Berlin"))

    assert same("timestamp", micros(instant)) == plan


@pytest.mark.parametrize(
    "op, plan",
    [
        ("is", NOTHING),
        ("gt", span("timestamp", 1, None)),
        ("gte", span("timestamp", 1, None)),
        ("lt", span("timestamp", None, 0)),
        ("lte", span("timestamp", None, 0)),
    ],
)
def test_more_than_six_digits_of_a_second_are_not_rounded(op: str, plan: Plan) -> None:
    """The literal lies between two microseconds."""
    assert plan == plan_of(leaf("timestamp", op, "1970-01-01T00:00:00.00000001Z"))


def test_a_day_that_never_was_begins_with_the_next() -> None:
    """Samoa went from 29 to 31 December 2011: an instant finds both dates."""
    over = schema(time_zone="Pacific/Apia")
    both = some("date", day("2011-12-30"), day("2011-12-31"))

    assert both == plan_of(leaf("date", "is", "2011-12-30T10:00:00Z"), over)
    assert both == plan_of(leaf("date", "in", ["2011-12-30T10:00:00Z"]), over)


zones = st.sampled_from(ZONES).map(lambda name: LocalTime(ZoneInfo(name)))
FIRST, LAST = utc("0001-01-04").replace(tzinfo=None), utc("9999-12-28").replace(tzinfo=None)
RECENT = st.timedeltas(timedelta(0), timedelta(days=5_500))
wall_times = st.one_of(
    st.datetimes(FIRST, LAST),
    RECENT.map(lambda past: utc("2026-01-01").replace(tzinfo=None) - past),
)


@settings(max_examples=300, deadline=None)
@given(
    local=zones,
    wall=wall_times,
)
def test_local_times_agree_with_the_standard_library(local: LocalTime, wall: datetime) -> None:
    """Both ways, in every zone."""
    aware = wall.replace(tzinfo=local.zone)
    instant = instant_of(aware.astimezone(UTC))
    shown = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=instant)

    assert instant == local.instant(instant_of(wall.replace(tzinfo=UTC)))
    assert instant_of(shown.astimezone(local.zone).replace(tzinfo=UTC)) == local.wall(instant)


@settings(max_examples=300, deadline=None)
@given(local=zones, instant=st.integers(-(2**63), 2**63 - 1))
def test_days_are_cut_at_midnights(local: LocalTime, instant: int) -> None:
    """The last day until an instant has begun, the next one has not; for any 64-bit instant."""
    last = local.last_day_until(instant)

    assert local.midnight(last) <= instant < local.midnight(last + 1)
    assert local.first_day_from(instant) in (last, last + 1)


@settings(max_examples=300, deadline=None)
@given(when=st.dates(), months=st.integers(-1_200_000, 1_200_000))
def test_the_calendar_agrees_with_the_standard_library(when: date, months: int) -> None:
    """Days, weekdays and steps of months, also far outside the years 1 to 9999."""
    days = (when - EPOCH).days
    year, month, of_month = date_from(add_months(days, months))

    assert days == days_from(when.year, when.month, when.day)
    assert (when.year, when.month, when.day) == date_from(days)
    assert when.weekday() == weekday(days)
    assert when.year * 12 + when.month + months == year * 12 + month
    assert of_month <= when.day
    assert of_month == when.day or (year, month + 1, 1) == _next_day(year, month, of_month)


def _next_day(year: int, month: int, of_month: int) -> tuple[int, int, int]:
    after = date_from(days_from(year, month, of_month) + 1)
    return (year, month + 1, 1) if after == (year + (month == 12), month % 12 + 1, 1) else after


@settings(max_examples=200, deadline=None)
@given(
    now=st.datetimes(timezones=st.just(UTC)),
    amount=st.integers(1, 100_000),
    unit=st.sampled_from(Unit),
    zone=st.sampled_from(ZONES),
    calendar=st.booleans(),
)
def test_now_is_always_in_a_window_that_ends_now(
    now: datetime, amount: int, unit: Unit, zone: str, calendar: bool
) -> None:
    """Any amount, any unit, any time from year 1 to 9999; the negative never holds with it."""
    value, options = {"amount": amount, "unit": unit.value}, {"tz": zone, "calendar": calendar}
    record = {"timestamp": instant_of(now)}

    assert holds(plan_of(leaf("timestamp", "in_last", value, **options), now=now), record)
    assert not holds(plan_of(leaf("timestamp", "not_in_last", value, **options), now=now), record)


def test_instants_beyond_the_calendar_are_shown_at_its_edge() -> None:
    """Text has four digits for a year; the plan's numbers have no such bound."""
    assert "0001-01-01T00:00:00Z" == instant_text(-(2**63))
    assert "9999-12-31T23:59:59.999999Z" == instant_text(2**63 - 1)
    assert valued("int") == plan_of(leaf("int", "lt", 2**63))


def test_zones_are_found_by_their_exact_names() -> None:
    """The machine's own names are not."""
    assert ZoneInfo("Europe/Berlin") == zone_named("Europe/Berlin")
    assert zone_named("localtime") is None
    assert DAY == LocalTime(ZoneInfo("UTC")).midnight(1)
