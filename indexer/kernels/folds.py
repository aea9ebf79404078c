"""What functions of one field give for groups of records: sums, ends, groups brought together.

Record i belongs to the target ``owners[i]``, a place in the arrays of results, and has
``numbers[i]``. Records come in any order; those of one target need not stand together.
"""

from typing import Any

import numpy as np
from numba import njit

PARTIALS_MAX = 1_100
"""More parts than a sum of doubles can fall into that do not overlap, two bits of 2,098 each."""
HUGE = 2.0**960
"""Doubles from here on could make a sum overflow on its way that does not in the end."""
GAPS = np.array([48_517, 21_563, 9_583, 4_259, 1_893, 841, 374, 166, 71, 31, 13, 5, 1])
"""Of Shell's sort: a little more than twice the one after."""

EXACT, ROUNDED, BEYOND = 0, 1, 2
"""Whether two doubles hold a sum exactly, or parts are needed, or not even those do."""

_LOW = np.int64((1 << 32) - 1)


@njit(nogil=True, cache=True)
def count_owners(owners: Any, counts: Any) -> None:
    """Add to ``counts`` how many records each target has."""
    for i in range(owners.size):
        counts[owners[i]] += 1


@njit(nogil=True, cache=True)
def add_ints(owners: Any, numbers: Any, sums: Any) -> None:
    """Add each number to the sum of its target. The caller knows that none overflows."""
    for i in range(owners.size):
        sums[owners[i]] += numbers[i]


@njit(nogil=True, cache=True)
def add_wide(owners: Any, numbers: Any, highs: Any, lows: Any) -> None:
    """The same in two parts, ``high * 2^32 + low``, for up to 2^31 records."""
    for i in range(owners.size):
        highs[owners[i]] += numbers[i] >> 32
        lows[owners[i]] += numbers[i] & _LOW


@njit(nogil=True, cache=True)
def add_floats(owners: Any, numbers: Any, sums: Any, rests: Any, states: Any) -> None:
    """Add each double to ``sums + rests`` of its target; ``states`` tell whether that is exact.

    Where it is, the sum of the two is the correctly rounded sum of all.
    """
    for i in range(owners.size):
        owner, number = owners[i], numbers[i]
        if not abs(number) < HUGE:
            states[owner] = BEYOND
            continue
        held = sums[owner]
        total = held + number
        part = total - held
        rest = (held - (total - part)) + (number - part)
        sums[owner] = total
        if rest != 0.0:
            old = rests[owner]
            new = old + rest
            part = new - old
            if (old - (new - part)) + (rest - part) != 0.0 and states[owner] == EXACT:
                states[owner] = ROUNDED
            rests[owner] = new


@njit(nogil=True, cache=True)
def sums_of_groups(starts: Any, numbers: Any, sums: Any) -> None:
    """The correctly rounded sum of each group, all of whose doubles are less than HUGE.

    Group k is ``numbers[starts[k] : starts[k + 1]]``. Parts that do not overlap are kept of each
    sum (Shewchuk, 1997), as in Python's ``math.fsum``.
    """
    parts = np.empty(PARTIALS_MAX)
    for k in range(starts.size - 1):
        size = 0
        for i in range(starts[k], starts[k + 1]):
            size = _grown(parts, size, numbers[i])
        sums[k] = _rounded(parts, size)


@njit(nogil=True, cache=True)
def _grown(parts: Any, size: int, number: float) -> int:
    """Parts of the sum with one more number; gives how many there are now."""
    kept = 0
    for j in range(size):
        part = parts[j]
        if abs(number) < abs(part):
            number, part = part, number
        total = number + part
        rest = part - (total - number)
        if rest != 0.0:
            parts[kept] = rest
            kept += 1
        number = total
    if number != 0.0:
        parts[kept] = number
        kept += 1
    return kept


@njit(nogil=True, cache=True)
def _rounded(parts: Any, size: int) -> Any:
    """The double nearest to the sum of the parts, which ascend; of two, the even one."""
    if size == 0:
        return 0.0
    size -= 1
    total, rest = parts[size], 0.0
    while size > 0 and rest == 0.0:
        size -= 1
        held, part = total, parts[size]
        total = held + part
        rest = part - (total - held)
    # A rest of exactly half a step was rounded to even; what lies below it decides otherwise.
    below = parts[size - 1] if size > 0 else 0.0
    if (rest < 0.0 and below < 0.0) or (rest > 0.0 and below > 0.0):
        doubled = rest * 2.0
        further = total + doubled
        if further - total == doubled:
            total = further
    return total


@njit(nogil=True, cache=True)
def least(owners: Any, numbers: Any, found: Any, seen: Any) -> None:
    """The least number of each target, and whether it has one."""
    for i in range(owners.size):
        owner = owners[i]
        if not seen[owner] or numbers[i] < found[owner]:
            found[owner] = numbers[i]
            seen[owner] = True


@njit(nogil=True, cache=True)
def greatest(owners: Any, numbers: Any, found: Any, seen: Any) -> None:
    """The greatest number of each target, and whether it has one."""
    for i in range(owners.size):
        owner = owners[i]
        if not seen[owner] or numbers[i] > found[owner]:
            found[owner] = numbers[i]
            seen[owner] = True


@njit(nogil=True, cache=True)
def places_of(owners: Any, numbers: Any, found: Any, places: Any, ties: Any) -> None:
    """A place at which each target's number ``found`` stands, and whether it stands elsewhere too.

    ``places`` starts as -1.
    """
    for i in range(owners.size):
        owner = owners[i]
        if numbers[i] == found[owner]:
            ties[owner] = places[owner] >= 0
            places[owner] = i


@njit(nogil=True, cache=True)
def bring_together(
    owners: Any, numbers: Any, carried: Any, places: Any, into: Any, beside: Any
) -> None:
    """Put each number, and what it carries, among those of its target: from ``places`` on.

    ``places`` moves on past them. Within a target the order stays.
    """
    for i in range(owners.size):
        place = places[owners[i]]
        into[place] = numbers[i]
        beside[place] = carried[i]
        places[owners[i]] = place + 1


@njit(nogil=True, cache=True)
def order_groups(starts: Any, numbers: Any, carried: Any, most: int) -> None:
    """Order each group of at most so many by its numbers; what they carry goes with them."""
    for k in range(starts.size - 1):
        first, end = starts[k], starts[k + 1]
        if end - first > most:
            continue
        last = GAPS.size
        while last > 0 and GAPS[last - 1] < end - first:
            last -= 1
        for gap in GAPS[last:]:
            for i in range(first + gap, end):
                number, carry = numbers[i], carried[i]
                j = i
                while j - gap >= first and numbers[j - gap] > number:
                    numbers[j] = numbers[j - gap]
                    carried[j] = carried[j - gap]
                    j -= gap
                numbers[j] = number
                carried[j] = carry


@njit(nogil=True, cache=True)
def distinct_of_groups(starts: Any, numbers: Any, found: Any) -> None:
    """How many different numbers each group has, which are in order."""
    for k in range(starts.size - 1):
        different = 0
        for i in range(starts[k], starts[k + 1]):
            if i == starts[k] or numbers[i] != numbers[i - 1]:
                different += 1
        found[k] = different


@njit(nogil=True, cache=True)
def middles_of_groups(starts: Any, numbers: Any, lower: Any, upper: Any, filled: Any) -> None:
    """The two middle numbers of each group, which are in order; one twice if there is one."""
    for k in range(starts.size - 1):
        first, size = starts[k], starts[k + 1] - starts[k]
        if size:
            lower[k] = numbers[first + (size - 1) // 2]
            upper[k] = numbers[first + size // 2]
            filled[k] = True
