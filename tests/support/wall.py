"""Wall clocks for the oracle: what a local time means, and when units of it begin.

Written from the "Time" part of CONDITIONS.md alone, on the standard library. Instants are aware
datetimes in UTC.
"""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ELAPSED = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
MONTHS = {"month": 1, "quarter": 3, "year": 12}
THE_BEGINNING = datetime.min.replace(tzinfo=UTC)
THE_END = datetime.max.replace(tzinfo=UTC)


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


def moved(now: datetime, amount: int, unit: str, zone: str) -> datetime:
    """``now`` plus so many units: elapsed up to weeks, by the local calendar from months on."""
    try:
        if unit in ELAPSED:
            return now + amount * ELAPSED[unit]
        local = now.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        return instant(_months_later(local, amount * MONTHS[unit]), zone)
    except (OverflowError, ValueError):
        return THE_END if amount > 0 else THE_BEGINNING


def start_of(now: datetime, units: int, unit: str, zone: str) -> datetime:
    """The start of the local unit that holds ``now``, moved on by so many units."""
    local = now.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    day = datetime.combine(local.date(), time())
    try:
        match unit:
            case "minute" | "hour":
                # Elapsed since the unit began, so that both runs of a repeated hour are right.
                begun = timedelta(seconds=local.second, microseconds=local.microsecond)
                if unit == "hour":
                    begun += timedelta(minutes=local.minute)
                return now - begun + units * ELAPSED[unit]
            case "day":
                return instant(day + timedelta(days=units), zone)
            case "week":
                return instant(day + timedelta(days=7 * units - day.weekday()), zone)
            case _:
                months = MONTHS[unit]
                first = day.replace(day=1, month=(day.month - 1) // months * months + 1)
                return instant(_months_later(first, units * months), zone)
    except (OverflowError, ValueError):
        return THE_END if units > 0 else THE_BEGINNING


def comes_round(at: datetime, days: int, now: datetime, zone: str) -> bool:
    """Whether the local day of ``at`` has its anniversary today or within so many days.

    29 February falls on 28 February in other years.
    """
    born, today = (each.astimezone(ZoneInfo(zone)).date() for each in (at, now))
    last = today + timedelta(days=min(days, 366))
    return any(today <= _in_year(born, year) <= last for year in range(today.year, last.year + 1))


def _in_year(born: date, year: int) -> date:
    if (born.month, born.day) == (2, 29) and monthrange(year, 2)[1] == 28:
        return date(year, 2, 28)
    return born.replace(year=year)


def _months_later(local: datetime, months: int) -> datetime:
    """The same wall time so many months later, the day clamped to the month's end."""
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise OverflowError
    return local.replace(
        year=year, month=month + 1, day=min(local.day, monthrange(year, month + 1)[1])
    )
