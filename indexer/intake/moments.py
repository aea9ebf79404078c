"""Dates and instants written as text, in ISO form, to stored form. Pure and vectorised."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indexer.intake.converted import Converted, Int64s, Mask, from_numpy, null_where, valid_mask
from indexer.intake.zones import LocalTime

FIRST_DAY, LAST_DAY = -719_162, 2_932_896
"""0001-01-01 and 9999-12-31, in days since 1970-01-01."""

_DAY_US = 86_400_000_000
FIRST_SECOND, LAST_SECOND = FIRST_DAY * 86_400, (LAST_DAY + 1) * 86_400 - 1
_FIRST_US, _LAST_US = FIRST_DAY * _DAY_US, (LAST_DAY + 1) * _DAY_US - 1
_DATE = r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_CLOCK = r"(?:[01][0-9]|2[0-3])(?::[0-5][0-9](?::[0-5][0-9](?:\.[0-9]+)?)?)?"
_OFFSET = r"(?:Z|[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?)"
_ZONED = rf"^{_DATE}[T ]{_CLOCK}{_OFFSET}$"
_LOCAL = rf"^{_DATE}(?:[T ]{_CLOCK})?$"
_DATE_LENGTH = len("2025-05-31")
_DAYS_OF_MONTH = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], np.int64)


def dates(text: pa.Array) -> Converted:
    """Days of the years 1 to 9999, written ``yyyy-mm-dd``."""
    try:
        values = pc.cast(text, pa.date32())
        bad = _outside(values.cast(pa.int32()).cast(pa.int64()), FIRST_DAY, LAST_DAY)
    except pa.ArrowInvalid:
        bad = valid_mask(text) & ~_is_day(text, f"^{_DATE}$")
        values = pc.cast(null_where(text, bad), pa.date32())
    return Converted(null_where(values, bad), bad) if bad.any() else Converted(values)


def timestamps(text: pa.Array, local_time: LocalTime) -> Converted:
    """UTC instants. A date alone is its local midnight; digits past a microsecond are dropped.

    Written ``yyyy-mm-dd``, then ``T`` or a space, hours, minutes and seconds as far as given,
    a fraction, and ``Z`` or an offset; without either it is local time.
    """
    text = (
        pc.replace_substring_regex(text, r"(\.[0-9]{6})[0-9]+", r"\1") if _has_long(text) else text
    )
    try:
        local = pc.cast(text, pa.timestamp("us"))
        bad = np.zeros(len(text), np.bool_)
        return _at_utc(local.cast(pa.int64()), None, bad, local_time)
    except pa.ArrowInvalid:
        pass
    zoned_mask = _is_day(text, _ZONED)
    bad = valid_mask(text) & ~zoned_mask & ~_is_day(text, _LOCAL)
    zoned = pc.cast(null_where(text, ~zoned_mask), pa.timestamp("us", "UTC"))
    local = pc.cast(null_where(text, zoned_mask | bad), pa.timestamp("us"))
    return _at_utc(local.cast(pa.int64()), zoned.cast(pa.int64()), bad, local_time)


def local_to_utc(local: pa.Array, local_time: LocalTime) -> Converted:
    """Instants for a timestamp('us') column of local times."""
    none_bad = np.zeros(len(local), np.bool_)
    return _at_utc(local.cast(pa.int64()), None, none_bad, local_time)


def instants(values: pa.Array) -> Converted:
    """The same column as timestamps; those outside the years 1 to 9999 are bad."""
    bad = _outside(values.cast(pa.int64()), _FIRST_US, _LAST_US)
    typed = values.cast(pa.int64()).cast(pa.timestamp("us"))
    return Converted(null_where(typed, bad), bad) if bad.any() else Converted(typed)


def _at_utc(local: pa.Array, zoned: pa.Array | None, bad: Mask, local_time: LocalTime) -> Converted:
    """Local microseconds moved to UTC and joined with those that already are."""
    known = valid_mask(local)
    values: Int64s = local.fill_null(0).to_numpy(zero_copy_only=False).copy()
    late = known & ((values < _FIRST_US) | (values > _LAST_US))
    known &= ~late
    values[known] = local_time.to_utc(values[known])
    if zoned is not None:
        from_zone = valid_mask(zoned)
        values[from_zone] = zoned.drop_null().to_numpy(zero_copy_only=False)
        known |= from_zone
    late |= known & ((values < _FIRST_US) | (values > _LAST_US))
    bad = bad | late
    column = from_numpy(values, known & ~bad, pa.timestamp("us"))
    return Converted(column, bad if bad.any() else None)


def _outside(values: pa.Array, low: int, high: int) -> Mask:
    numbers: Int64s = values.fill_null(0).to_numpy(zero_copy_only=False)
    outside: Mask = (numbers < low) | (numbers > high)
    return outside


def _has_long(text: pa.Array) -> bool:
    """Whether a cell may have more than six digits of a fraction."""
    longest = pc.max(pc.binary_length(text)).as_py()
    return longest is not None and longest > len("2025-05-31T10:00:00.123456")


def _is_day(text: pa.Array, form: str) -> Mask:
    """Cells of that form whose first ten characters are a day that exists."""
    matches: Mask = pc.fill_null(pc.match_substring_regex(text, form), False).to_numpy(
        zero_copy_only=False
    )
    if not matches.any():
        return matches
    days = text.filter(pa.array(matches))
    year, month, day = (
        pc.cast(pc.utf8_slice_codeunits(days, low, high), pa.int64()).to_numpy()
        for low, high in ((0, 4), (5, 7), (8, _DATE_LENGTH))
    )
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    exists = (year > 0) & (day <= _DAYS_OF_MONTH[month - 1] + (leap & (month == 2)))
    result = matches.copy()
    result[matches] = exists
    return result
