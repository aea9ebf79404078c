"""Instants as API.md writes them, read: RFC 3339."""

from datetime import datetime
from zoneinfo import ZoneInfo

from evaluator.changes.times import whole_moment
from evaluator.condition.local_time import LocalTime
from evaluator.condition.time_text import BadTime, read_moment
from indexer.model.errors import BadShape, Problem

_NO_ZONE = (LocalTime(ZoneInfo("UTC")), LocalTime(ZoneInfo("Etc/GMT+1")))
"""Two walls that show different times: an instant that names its zone is the same on both."""


def parse_instant(text: str) -> datetime:
    """The moment of an RFC 3339 text, which names its zone. Raises: ValueError."""
    here, there = (read_moment(text, wall) for wall in _NO_ZONE)
    if here is None or here != there:
        raise BadTime("an instant names its zone")
    return whole_moment(here)


def moment(text: str | None, path: str = "/now") -> datetime | None:
    """The instant a caller asks for, if any; ``path`` is where it stands. Raises: BadShape."""
    if text is None:
        return None
    try:
        return parse_instant(text)
    except ValueError:
        problem = Problem("bad_value", path, "write an instant like 2025-05-31T08:00:00Z")
        raise BadShape("this is no instant; see the problems", problems=(problem,)) from None
