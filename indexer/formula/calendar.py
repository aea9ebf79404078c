"""Years, months, days and where they begin, on whole columns, on the wall of the dataset's zone."""

import numpy as np

from indexer.formula.kinds import DAY as DATE
from indexer.formula.kinds import WHOLE
from indexer.formula.vectors import Array, Mask, Vector
from indexer.formula.zone import DAY, SECOND, Zone

_MONDAY = 3
"""1970-01-01 was a Thursday."""
_SHORT = {"minute": 60 * SECOND, "hour": 3_600 * SECOND}
_DAYS_END = 2**63 // DAY
"""So many days from 1970 are no 64-bit instant."""


def instants(vector: Vector, zone: Zone) -> Array:
    """Moments; a date is its local midnight."""
    if vector.kind == DATE:
        return zone.instants(np.clip(vector.data, -_DAYS_END + 2, _DAYS_END - 2) * DAY)
    return vector.data


def days(vector: Vector, zone: Zone) -> Array:
    """Local days since 1970-01-01."""
    return vector.data if vector.kind == DATE else zone.walls(vector.data) // DAY


def part(name: str, vector: Vector, zone: Zone) -> Vector:
    """``year month day weekday``."""
    local = days(vector, zone)
    if name == "weekday":
        return Vector(WHOLE, (local + _MONDAY) % 7 + 1, vector.filled)
    at = np.where(vector.filled, local, 0).astype("datetime64[D]")
    months = at.astype("datetime64[M]").astype(np.int64)
    match name:
        case "year":
            numbers = months // 12 + 1970
        case "month":
            numbers = months % 12 + 1
        case _:
            numbers = local - _days_of(months) + 1
    return Vector(WHOLE, numbers, vector.filled)


def days_between(first: Vector, second: Vector, zone: Zone) -> Vector:
    """Midnights from the first to the second."""
    return Vector(WHOLE, days(second, zone) - days(first, zone), first.filled & second.filled)


def days_since(vector: Vector, now: Vector, zone: Zone) -> Vector:
    """Whole days of 24 hours until now."""
    return Vector(WHOLE, (now.data - instants(vector, zone)) // DAY, vector.filled & now.filled)


def truncated(unit: str, vector: Vector, zone: Zone) -> Vector:
    """The start of the local unit that it lies in."""
    if unit in _SHORT:
        walls = zone.walls(vector.data)
        # Steps back on the clock of UTC: an hour that occurs twice keeps its own beginning.
        return Vector(vector.kind, vector.data - walls % _SHORT[unit], vector.filled)
    start = _start(unit, days(vector, zone), vector.filled)
    if vector.kind == DATE:
        return Vector(DATE, start, vector.filled)
    return Vector(vector.kind, zone.instants(start * DAY), vector.filled)


def _start(unit: str, local: Array, filled: Mask) -> Array:
    if unit == "day":
        return local
    if unit == "week":
        monday: Array = local - (local + _MONDAY) % 7
        return monday
    at = np.where(filled, local, 0).astype("datetime64[D]")
    months = at.astype("datetime64[M]").astype(np.int64)
    return _days_of(months - months % {"month": 1, "quarter": 3, "year": 12}[unit])


def _days_of(months: Array) -> Array:
    """The first day of each month, counted from January 1970."""
    first: Array = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return first
