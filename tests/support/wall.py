"""Wall clocks for the oracle: what a local time means, and where a window starts.

Written from the "Time" part of CONDITIONS.md alone, on the standard library. Instants are aware
datetimes in UTC.
"""

from calendar import monthrange
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

ELAPSED = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
MONTHS = {"month": 1, "quarter": 3, "year": 12}
THE_BEGINNING = datetime.min.replace(tzinfo=UTC)


def instant(local: datetime, zone: str) -> datetime:
    """The instant of a local wall time: the first of two, moved on by the gap if skipped."""
    return local.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)


def midnight(day: date, zone: str) -> datetime:
    """The instant a local day starts."""
    return instant(datetime.combine(day, time()), zone)


def literal(text: str, zone: str, dataset_zone: str) -> datetime:
    """The instant of a literal.

    A bare date is its midnight in the leaf's zone; an instant without a zone is local time of the
    dataset's.
    """
    if len(text) == len("2025-01-31"):
        return midnight(date.fromisoformat(text), zone)
    moment = datetime.fromisoformat(text)
    return instant(moment, dataset_zone) if moment.tzinfo is None else moment.astimezone(UTC)


def in_last(
    at: datetime, window: Mapping[str, Any], now: datetime, zone: str, *, calendar: bool
) -> bool:
    """Whether an instant lies in the window; with ``calendar``, in whole local units."""
    start = start_of(window, now, zone, calendar=calendar)
    return (start <= at if calendar else start < at) and at <= now


def start_of(window: Mapping[str, Any], now: datetime, zone: str, *, calendar: bool) -> datetime:
    """Where the window ends that reaches back from now; a member of it with ``calendar`` only."""
    amount, unit = window["amount"], window["unit"]
    return (
        _start_of_units(now, amount - 1, unit, zone) if calendar else back(now, amount, unit, zone)
    )


def back(now: datetime, amount: int, unit: str, zone: str) -> datetime:
    """``now`` minus so many units: elapsed up to weeks, by the local calendar from months on."""
    try:
        if unit in ELAPSED:
            return now - amount * ELAPSED[unit]
        local = now.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        return instant(_months_back(local, amount * MONTHS[unit]), zone)
    except (OverflowError, ValueError):
        return THE_BEGINNING


def _start_of_units(now: datetime, units: int, unit: str, zone: str) -> datetime:
    """The start of the local unit that holds ``now``, moved back by so many units."""
    local = now.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    day = datetime.combine(local.date(), time())
    try:
        match unit:
            case "minute" | "hour":
                # Elapsed since the unit began, so that both runs of a repeated hour are right.
                begun = timedelta(seconds=local.second, microseconds=local.microsecond)
                if unit == "hour":
                    begun += timedelta(minutes=local.minute)
                return now - begun - units * ELAPSED[unit]
            case "day":
                return instant(day - timedelta(days=units), zone)
            case "week":
                return instant(day - timedelta(days=day.weekday() + 7 * units), zone)
            case _:
                months = MONTHS[unit]
                first = day.replace(day=1, month=(day.month - 1) // months * months + 1)
                return instant(_months_back(first, units * months), zone)
    except (OverflowError, ValueError):
        return THE_BEGINNING


def _months_back(local: datetime, months: int) -> datetime:
    """The same wall time so many months before, the day clamped to the month's end."""
    year, month = divmod(local.year * 12 + local.month - 1 - months, 12)
    if year < 1:
        raise OverflowError
    return local.replace(
        year=year, month=month + 1, day=min(local.day, monthrange(year, month + 1)[1])
    )
