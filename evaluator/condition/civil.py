"""The proleptic Gregorian calendar on plain ints, for any year.

Days are counted from 1970-01-01. Unlike ``datetime`` it does not end at the years 1 and 9999,
so that stepping 100,000 years back needs no special case.
"""

from calendar import monthrange

EPOCH_WEEKDAY = 3
"""1970-01-01 was a Thursday; Monday is 0."""

_DAYS_PER_ERA = 146_097
_YEARS_PER_ERA = 400
_DAYS_TO_EPOCH = 719_468
"""From 0000-03-01 to 1970-01-01."""


def days_from(year: int, month: int, day: int) -> int:
    """The number of a day that exists."""
    # Years start in March here, so that the leap day is the last day of a year.
    march_year = year - (month <= 2)
    era, year_of_era = divmod(march_year, _YEARS_PER_ERA)
    day_of_year = (153 * ((month - 3) % 12) + 2) // 5 + day - 1
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    return era * _DAYS_PER_ERA + day_of_era - _DAYS_TO_EPOCH


def date_from(days: int) -> tuple[int, int, int]:
    """Year, month and day of the month of a day's number."""
    era, day_of_era = divmod(days + _DAYS_TO_EPOCH, _DAYS_PER_ERA)
    year_of_era = (
        day_of_era - day_of_era // 1_460 + day_of_era // 36_524 - day_of_era // 146_096
    ) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    march_month = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * march_month + 2) // 5 + 1
    month = march_month + 3 if march_month < 10 else march_month - 9
    return year_of_era + era * _YEARS_PER_ERA + (month <= 2), month, day


def add_months(days: int, months: int) -> int:
    """The day ``months`` later (earlier if negative), clamped to the end of its month."""
    year, month, day = date_from(days)
    year_later, month_from_0 = divmod(year * 12 + month - 1 + months, 12)
    return days_from(year_later, month_from_0 + 1, min(day, _length(year_later, month_from_0 + 1)))


def weekday(days: int) -> int:
    """Monday is 0."""
    return (days + EPOCH_WEEKDAY) % 7


def _length(year: int, month: int) -> int:
    # The calendar repeats every 400 years; the standard library knows the years 1 to 9999.
    return monthrange(year % _YEARS_PER_ERA + _YEARS_PER_ERA, month)[1]
