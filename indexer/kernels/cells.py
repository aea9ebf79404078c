"""Cells of delimited text, read byte by byte: what they say.

Every reader takes only the plainest form of its type and gives up at the first cell of another
form, without a word: whoever called then reads the block in the careful way, which knows all
forms and says what is wrong. So nothing here may accept a cell that the careful way would refuse
or read differently.

A cell is ``data[starts[i]:ends[i]]``; where both are the same it is null, and where the end comes
before the start it is an empty text in quotes.
"""

from typing import Any

import numpy as np
from numba import int64, njit, uint8

GIVEN_UP = -1
_MINUS, _POINT, _COLON = 45, 46, 58
_ZERO, _NINE, _LETTER_T, _SPACE = 48, 57, 84, 32
_INT_DIGITS, _DOUBLE_DIGITS = 18, 15
_DAY_US = 86_400_000_000
_DAY_SIZE = len("2025-05-31")
_NO_DAY = -(2**40)
_YEAR_DAYS = 365
_YEARS = np.arange("0000", "10001", dtype="M8[Y]").astype("M8[D]").astype(np.int64)
"""The first day of each year up to 10000; dividing for it would take longer than the rest."""
_MONTHS = np.array(
    [
        [0, *np.cumsum([0, 31, 28 + leap, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])]
        for leap in range(2)
    ]
)
"""The days of a year, and of a leap year, before each month from 1 on, and before its end."""
_TRUE, _FALSE = b"true", b"false"
_TRUE_SIZE, _FALSE_SIZE = len(_TRUE), len(_FALSE)
_TRUE_WORD = np.uint64(int.from_bytes(_TRUE, "big"))
_FALSE_WORD = np.uint64(int.from_bytes(_FALSE, "big"))


@njit(nogil=True, cache=True)
def longest_cell(starts: Any, ends: Any) -> int:
    """Bytes of the longest cell."""
    most = 0
    for i in range(starts.size):
        most = max(most, int64(ends[i]) - int64(starts[i]))
    return most


@njit(nogil=True, cache=True)
def read_decimals(data: Any, starts: Any, ends: Any, scale: int, numbers: Any, filled: Any) -> bool:
    """Whole numbers (scale 0, no point) and decimals, in units of ``10 ** -scale``."""
    for i in range(starts.size):
        at, end = int64(starts[i]), int64(ends[i])
        filled[i] = end != at
        numbers[i] = 0
        if end == at:
            continue
        negative = end > at and data[at] == _MINUS
        if negative:
            at += 1
        number, digits, fraction = 0, 0, -1
        while at < end:
            byte = data[at]
            if _ZERO <= byte <= _NINE:
                number = number * 10 + (byte - _ZERO)
                digits += 1
                if fraction >= 0:
                    fraction += 1
            elif byte == _POINT and fraction < 0 and scale > 0:
                fraction = 0
            else:
                return False
            at += 1
        fraction = max(fraction, 0)
        if digits == 0 or fraction > scale or digits + scale - fraction > _INT_DIGITS:
            return False
        for _ in range(scale - fraction):
            number *= 10
        numbers[i] = -number if negative else number
    return True


@njit(nogil=True, cache=True)
def measure_numbers(data: Any, starts: Any, ends: Any, most: Any) -> bool:
    """How wide plain numbers without needless zeros are.

    ``most`` gets the most digits before the point, a lone 0 not counted, the most after it, and
    1 if there is a point. Gives up (False) at more than 18 digits before it.
    """
    most[:] = 0
    for i in range(starts.size):
        at, end = int64(starts[i]), int64(ends[i])
        if end == at:
            continue
        if end > at and data[at] == _MINUS:
            at += 1
        first, whole = at, 0
        while at < end and _ZERO <= data[at] <= _NINE:
            at += 1
        whole = at - first
        if whole > 0 and data[first] == _ZERO:
            if whole > 1:
                return False
            whole = 0
        fraction = 0
        if at < end and data[at] == _POINT:
            most[2] = 1
            fraction = end - at - 1
            for k in range(at + 1, end):
                if data[k] < _ZERO or data[k] > _NINE:
                    return False
            at = end
        bare = end - first == 1 and data[first] == _POINT
        if at != end or end <= first or bare or whole > _INT_DIGITS:
            return False
        most[0], most[1] = max(most[0], whole), max(most[1], fraction)
    return True


@njit(nogil=True, cache=True)
def read_doubles(data: Any, starts: Any, ends: Any, numbers: Any, filled: Any) -> bool:
    """Numbers of up to 15 digits, without an exponent: one exact division rounds them right."""
    for i in range(starts.size):
        at, end = int64(starts[i]), int64(ends[i])
        filled[i] = end != at
        numbers[i] = 0.0
        if end == at:
            continue
        negative = end > at and data[at] == _MINUS
        if negative:
            at += 1
        number, digits, fraction = 0, 0, -1
        while at < end:
            byte = data[at]
            if _ZERO <= byte <= _NINE:
                number = number * 10 + (byte - _ZERO)
                digits += 1
                if fraction >= 0:
                    fraction += 1
            elif byte == _POINT and fraction < 0:
                fraction = 0
            else:
                return False
            at += 1
        if digits == 0 or digits > _DOUBLE_DIGITS:
            return False
        divisor = 1
        for _ in range(max(fraction, 0)):
            divisor *= 10
        value = float(number) / float(divisor)
        numbers[i] = -value if negative else value
    return True


@njit(nogil=True, cache=True)
def read_flags(data: Any, starts: Any, ends: Any, flags: Any, filled: Any) -> bool:
    """``true`` and ``false`` in small letters."""
    for i in range(starts.size):
        at, size = int64(starts[i]), int64(ends[i]) - int64(starts[i])
        filled[i] = size != 0
        flags[i] = False
        if size == 0:
            continue
        word = np.uint64(0)
        for k in range(at, at + size):
            word = (word << np.uint64(8)) | np.uint64(data[k])
        if size == _TRUE_SIZE and word == _TRUE_WORD:
            flags[i] = True
        elif size != _FALSE_SIZE or word != _FALSE_WORD:
            return False
    return True


@njit(nogil=True, cache=True)
def read_moments(
    data: Any, starts: Any, ends: Any, clocked: bool, numbers: Any, filled: Any
) -> bool:
    """``yyyy-mm-dd`` as days since 1970; if ``clocked``, as microseconds, and a clock may follow.

    Then ``T`` or a space, ``hh:mm``, seconds and up to six digits of a fraction as far as given,
    and nothing about a zone.
    """
    for i in range(starts.size):
        at, end = int64(starts[i]), int64(ends[i])
        filled[i] = end != at
        numbers[i] = 0
        if end == at:
            continue
        days = _day(data, at) if end - at >= _DAY_SIZE else _NO_DAY
        if days == _NO_DAY:
            return False
        numbers[i] = days * _DAY_US if clocked else days
        if end - at > _DAY_SIZE:
            clock = _clock(data, at + _DAY_SIZE, end) if clocked else GIVEN_UP
            if clock == GIVEN_UP:
                return False
            numbers[i] += clock
    return True


@njit(nogil=True, cache=True, inline="always")
def _two(data: Any, at: int) -> int:
    """The number of two digits, far below nothing if one is none."""
    tens, ones = uint8(data[at] - _ZERO), uint8(data[at + 1] - _ZERO)
    number: int = tens * 10 + ones if max(tens, ones) <= _NINE - _ZERO else _NO_DAY
    return number


@njit(nogil=True, cache=True)
def _day(data: Any, at: int) -> int:
    """The days from 1970-01-01 to the date written there; _NO_DAY if that is none."""
    year = _two(data, at) * 100 + _two(data, at + 2)
    month, day = _two(data, at + 5), _two(data, at + 8)
    if data[at + 4] != _MINUS or data[at + 7] != _MINUS or year < 1 or day < 1:
        return _NO_DAY
    if month < 1 or month > 12:
        return _NO_DAY
    start = _YEARS[year]
    leap = _YEARS[year + 1] - start - _YEAR_DAYS
    begins = _MONTHS[leap, month]
    if day > _MONTHS[leap, month + 1] - begins:
        return _NO_DAY
    days: int = start + begins + day - 1
    return days


@njit(nogil=True, cache=True)
def _clock(data: Any, at: int, end: int) -> int:
    """Microseconds into the day of ``Thh:mm[:ss[.ffffff]]``; GIVEN_UP for another form."""
    size = end - at
    if size < 6 or (data[at] != _LETTER_T and data[at] != _SPACE) or data[at + 3] != _COLON:
        return GIVEN_UP
    hours, minutes = _two(data, at + 1), _two(data, at + 4)
    seconds, micros = 0, 0
    if size > 6:
        if size < 9 or data[at + 6] != _COLON:
            return GIVEN_UP
        seconds = _two(data, at + 7)
    if size > 9:
        fraction = size - 10
        if data[at + 9] != _POINT or fraction < 1 or fraction > 6:
            return GIVEN_UP
        for k in range(at + 10, end):
            digit = data[k] - _ZERO
            if digit < 0 or digit > _NINE - _ZERO:
                return GIVEN_UP
            micros = micros * 10 + digit
        for _ in range(6 - fraction):
            micros *= 10
    if not (0 <= hours < 24 and 0 <= minutes < 60 and 0 <= seconds < 60):
        return GIVEN_UP
    return ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + micros
