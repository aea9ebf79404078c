"""Dates and instants in ISO text, to days and microseconds, without rounding.

A date is ``2025-05-31``. An instant adds ``T14:30``, seconds with any number of digits, and
``Z`` or an offset; a space may stand for the T.
"""

import re
from datetime import date, datetime

from evaluator.condition.local_time import DAY, SECOND, LocalTime

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)"
    r"(?:(?<=:[0-9]{2}:[0-9]{2})\.([0-9]+))?"
    r"(?:([Zz])|([+-])([0-9]{2}):?([0-9]{2})?)?"
)
_FRACTION_DIGITS = 6
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall time, of whichever zone
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


class BadTime(ValueError):
    """The text looks like a time, but there is no such time."""


def is_day(text: str) -> bool:
    """Whether the text is a bare date, of a day that exists or not."""
    return _DATE.fullmatch(text) is not None


def read_day(text: str) -> int | None:
    """Days since 1970-01-01; None if this is no bare date. Raises: BadTime."""
    if not is_day(text):
        return None
    try:
        return date.fromisoformat(text).toordinal() - _EPOCH_ORDINAL
    except ValueError:
        raise BadTime from None


def read_moment(text: str, home: LocalTime) -> tuple[int, int] | None:
    """The first microsecond not before an instant and the last not after it.

    None if this is no instant; the two are equal unless it has more than six fraction digits.
    Without a zone it is what the wall clock of ``home`` shows. Raises: BadTime.
    """
    match = _INSTANT.fullmatch(text)
    if match is None:
        return None
    day, time, fraction, zulu, sign, hours, minutes = match.groups()
    try:
        shown = datetime.fromisoformat(f"{day}T{time}") - _EPOCH
    except ValueError:
        raise BadTime from None
    wall = shown.days * DAY + shown.seconds * SECOND
    first = last = 0
    if fraction:
        last = int(fraction[:_FRACTION_DIGITS].ljust(_FRACTION_DIGITS, "0"))
        first = last + (fraction[_FRACTION_DIGITS:].strip("0") != "")
    if sign is not None:
        instant = wall - _offset(sign, hours, minutes or "00")
    else:
        instant = wall if zulu else home.instant(wall)
    return instant + first, instant + last


def _offset(sign: str, hours: str, minutes: str) -> int:
    if int(hours) > 23 or int(minutes) > 59:
        raise BadTime
    offset = (int(hours) * 60 + int(minutes)) * 60 * SECOND
    return -offset if sign == "-" else offset
