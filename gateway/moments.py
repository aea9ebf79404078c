"""Dates and instants as API.md writes them, read: ISO 8601 days, RFC 3339."""

from datetime import datetime
from zoneinfo import ZoneInfo

from evaluator.condition.local_time import LocalTime
from evaluator.condition.time_text import BadTime, read_day, read_moment
from evaluator.values import EPOCH, MICROSECOND
from indexer.model.errors import BadShape, Problem

_NO_ZONE = (LocalTime(ZoneInfo("UTC")), LocalTime(ZoneInfo("Etc/GMT+1")))
"""Two walls that show different times: an instant that names its zone is the same on both."""


def parse_instant(text: str) -> datetime:
    """The moment of an RFC 3339 text, which names its zone. Raises: ValueError."""
    here, there = (read_moment(text, wall) for wall in _NO_ZONE)
    if here is None or here != there:
        raise BadTime("an instant names its zone")
    return _moment(here)


def moment(text: str | None, path: str = "/now") -> datetime | None:
    """The instant a caller asks for, if any; ``path`` is where it stands. Raises: BadShape."""
    if text is None:
        return None
    try:
        return parse_instant(text)
    except ValueError:
        problem = Problem("bad_value", path, "write an instant like 2025-05-31T08:00:00Z")
        raise BadShape("this is no instant; see the problems", problems=(problem,)) from None


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
    return (_moment(found) - EPOCH) // MICROSECOND


def _moment(found: tuple[int, int]) -> datetime:
    first, last = found
    if first != last:
        raise BadTime("finer than a microsecond")
    try:
        return EPOCH + first * MICROSECOND
    except OverflowError:
        raise BadTime("beyond the years 1 to 9999") from None
