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
from numba import njit

GIVEN_UP = -1
_MINUS, _POINT, _COLON = 45, 46, 58
_ZERO, _NINE, _LETTER_T, _SPACE = 48, 57, 84, 32
_ASCII_MAX = 127
_INT_DIGITS, _DOUBLE_DIGITS = 18, 15
_DAY_US = 86_400_000_000
_DAY_SIZE = len("2025-05-31")
_NO_DAY = -(2**40)
_TRUE, _FALSE = b"true", b"false"
_TRUE_SIZE, _FALSE_SIZE = len(_TRUE), len(_FALSE)
_TRUE_WORD = np.uint64(int.from_bytes(_TRUE, "big"))
_FALSE_WORD = np.uint64(int.from_bytes(_FALSE, "big"))


@njit(nogil=True, cache=True)
def longest_cell(starts: Any, ends: Any) -> int:
    """Bytes of the longest cell."""
    most = 0
    for i in range(starts.size):
        most = max(most, ends[i] - starts[i])
    return most


@njit(nogil=True, cache=True)
def read_decimals(data: Any, starts: Any, ends: Any, scale: int, numbers: Any, filled: Any) -> bool:
    """Whole numbers (scale 0, no point) and decimals, in units of ``10 ** -scale``."""
    for i in range(starts.size):
        at, end = starts[i], ends[i]
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
def read_doubles(data: Any, starts: Any, ends: Any, numbers: Any, filled: Any) -> bool:
    """Numbers of up to 15 digits, without an exponent: one exact division rounds them right."""
    for i in range(starts.size):
        at, end = starts[i], ends[i]
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
        at, size = starts[i], ends[i] - starts[i]
        filled[i] = size != 0
        flags[i] = False
        if size == 0:
            continue
        word = np.uint64(0)
        for k in range(at, ends[i]):
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
        at, end = starts[i], ends[i]
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
def _digits(data: Any, start: int, end: int) -> int:
    """The number of these digits; GIVEN_UP if one is none."""
    number = 0
    for k in range(start, end):
        digit = data[k] - _ZERO
        if digit < 0 or digit > _NINE - _ZERO:
            return GIVEN_UP
        number = number * 10 + digit
    return number


@njit(nogil=True, cache=True)
def _day(data: Any, at: int) -> int:
    """The days from 1970-01-01 to the date written there; _NO_DAY if that is none."""
    year, month = _digits(data, at, at + 4), _digits(data, at + 5, at + 7)
    day = _digits(data, at + 8, at + _DAY_SIZE)
    if data[at + 4] != _MINUS or data[at + 7] != _MINUS or year < 1 or day < 1:
        return _NO_DAY
    if month < 1 or month > 12:
        return _NO_DAY
    leap = (year % 4 == 0 and year % 100 != 0) or year % 400 == 0
    last = 30 if month in (4, 6, 9, 11) else 31
    if month == 2:
        last = 29 if leap else 28
    if day > last:
        return _NO_DAY
    # Years counted from March, so that a leap day is the last one (H. Hinnant, 2013).
    march = year - 1 if month <= 2 else year
    era, shifted = march // 400, month + 9 if month <= 2 else month - 3
    of_era = march - era * 400
    of_year = (153 * shifted + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


@njit(nogil=True, cache=True)
def _clock(data: Any, at: int, end: int) -> int:
    """Microseconds into the day of ``Thh:mm[:ss[.ffffff]]``; GIVEN_UP for another form."""
    size = end - at
    if size < 6 or (data[at] != _LETTER_T and data[at] != _SPACE) or data[at + 3] != _COLON:
        return GIVEN_UP
    hours, minutes = _digits(data, at + 1, at + 3), _digits(data, at + 4, at + 6)
    seconds, micros = 0, 0
    if size > 6:
        if size < 9 or data[at + 6] != _COLON:
            return GIVEN_UP
        seconds = _digits(data, at + 7, at + 9)
    if size > 9:
        fraction = size - 10
        if data[at + 9] != _POINT or fraction < 1 or fraction > 6:
            return GIVEN_UP
        micros = _digits(data, at + 10, end)
        if micros == GIVEN_UP:
            return GIVEN_UP
        for _ in range(6 - fraction):
            micros *= 10
    if not (0 <= hours < 24 and 0 <= minutes < 60 and 0 <= seconds < 60):
        return GIVEN_UP
    return ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + micros


@njit(nogil=True, cache=True)
def code_texts(
    data: Any, starts: Any, ends: Any, table: Any, known_starts: Any, known_ends: Any, codes: Any
) -> int:
    """The code of each cell's text, in order of first appearance, -1 for null; gives how many.

    ``table`` is all -1, its size a power of two at least twice that of ``known_starts``, which
    get the bounds of each distinct text. Gives up when there are more of them.
    """
    mask, known = table.size - 1, 0
    for i in range(starts.size):
        start, size = starts[i], ends[i] - starts[i]
        if size == 0:
            codes[i] = -1
            continue
        size = max(size, 0)
        hashed = np.uint64(14_695_981_039_346_656_037)
        for k in range(start, start + size):
            hashed = (hashed ^ np.uint64(data[k])) * np.uint64(1_099_511_628_211)
        place = np.int64((hashed ^ (hashed >> np.uint64(29))) & np.uint64(mask))
        while True:
            code = table[place]
            if code < 0:
                if known == known_starts.size:
                    return GIVEN_UP
                table[place] = code = known
                known_starts[known] = start
                known_ends[known] = start + size
                known += 1
                break
            first = known_starts[code]
            same = known_ends[code] - first == size
            k = 0
            while same and k < size:
                same = data[first + k] == data[start + k]
                k += 1
            if same:
                break
            place = (place + 1) & mask
        codes[i] = code
    return known


@njit(nogil=True, cache=True)
def copy_texts(data: Any, starts: Any, ends: Any, offsets: Any, texts: Any, odd: Any) -> int:
    """The texts one after another, as Arrow has them; gives how many have a byte over 127.

    ``offsets`` has one place more than there are cells, ``texts`` room for all of them. Those
    with such a byte are marked in ``odd``.
    """
    at, found = 0, 0
    for i in range(starts.size):
        offsets[i] = at
        seen = np.uint8(0)
        for k in range(starts[i], ends[i]):
            byte = data[k]
            texts[at] = byte
            seen |= byte
            at += 1
        odd[i] = seen > _ASCII_MAX
        found += odd[i]
    offsets[starts.size] = at
    return found


@njit(nogil=True, cache=True)
def split_cells(
    data: Any,
    starts: Any,
    ends: Any,
    separator: int,
    offsets: Any,
    part_starts: Any,
    part_ends: Any,
) -> int:
    """The pieces of each cell between separators, but for empty ones; gives how many.

    Pieces of cell i are those from ``offsets[i]`` to ``offsets[i + 1]``; there must be room for
    half of all bytes, one more a cell and one over.
    """  # fmt: skip
    parts = 0
    for i in range(starts.size):
        offsets[i] = parts
        start, end = starts[i], ends[i]
        for k in range(start, end):
            if data[k] == separator:
                part_starts[parts] = start
                part_ends[parts] = k
                parts += k > start
                start = k + 1
        if end > start:
            part_starts[parts] = start
            part_ends[parts] = end
            parts += 1
    offsets[starts.size] = parts
    return parts


@njit(nogil=True, cache=True)
def tidy_sets(offsets: Any, codes: Any) -> int:
    """Sort the codes of every set and drop repeats, in place; gives how many are left."""
    kept = 0
    for i in range(offsets.size - 1):
        first, last = offsets[i], offsets[i + 1]
        offsets[i] = kept
        begin = kept
        for k in range(first, last):
            code = codes[k]
            at = kept
            while at > begin and codes[at - 1] > code:
                at -= 1
            if at > begin and codes[at - 1] == code:
                continue
            for m in range(kept, at, -1):
                codes[m] = codes[m - 1]
            codes[at] = code
            kept += 1
    offsets[offsets.size - 1] = kept
    return kept
