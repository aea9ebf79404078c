"""Dates and instants of records, from text to stored form."""

from datetime import datetime

from evaluator.condition.local_time import LocalTime
from evaluator.condition.time_text import BadTime, read_day, read_moment
from evaluator.values import EPOCH, MICROSECOND


def parse_date(text: str) -> int:
    """Days since 1970-01-01 of an ISO date. Raises: ValueError."""
    day = read_day(text)
    if day is None:
        raise BadTime("not an ISO date")
    return day


def parse_stamp(text: str, wall: LocalTime) -> int:
    """Microseconds since 1970-01-01T00:00Z of an ISO instant, or of a date's local midnight.

    Without a zone it is what ``wall`` shows: a time that a clock change skips moves forward by
    the gap, one that occurs twice is the first. Raises: ValueError.
    """
    day = read_day(text)
    if day is not None:
        return wall.midnight(day)
    found = read_moment(text, wall)
    if found is None:
        raise BadTime("not an ISO instant")
    return (whole_moment(found) - EPOCH) // MICROSECOND


def whole_moment(found: tuple[int, int]) -> datetime:
    """The moment between the first microsecond not before it and the last not after it.

    Raises: ValueError where there is none, or no such year.
    """
    first, last = found
    if first != last:
        raise BadTime("finer than a microsecond")
    try:
        return EPOCH + first * MICROSECOND
    except OverflowError:
        raise BadTime("beyond the years 1 to 9999") from None
