"""Sums and averages by target, as exact as numbers can be.

Targets are places from 0 on; ``owners`` has one for each record, in any order.
"""

from collections.abc import Mapping
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from indexer.dataset.groups import Groups, counts_of, frozen
from indexer.dataset.keys import Ordinals
from indexer.encoding.bits import Mask
from indexer.kernels.folds import (
    BEYOND,
    ROUNDED,
    add_floats,
    add_ints,
    add_wide,
    sums_of_groups,
)

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_INT64 = np.iinfo(np.int64)
_HALF_BITS = 32
_SMALLER = 2.0**-100
"""Brings the greatest doubles down to where sums of very many do not overflow."""
_SMALL = 2.0**-800
"""Doubles from here on lose nothing when they are made smaller."""


def int_sums(owners: Ordinals, numbers: Ints, targets: int) -> tuple[Ints, Mapping[int, int]]:
    """The sum of each target, and those, by place, that 64 bits do not hold.

    Cost: a pass or two; a step in Python for each sum beyond 64 bits.
    """
    sums = np.zeros(targets, np.int64)
    most = max(int(numbers.max(initial=0)), -int(numbers.min(initial=0)))
    if most * len(numbers) <= _INT64.max:
        add_ints(frozen(owners), frozen(numbers), sums)
        return sums, {}
    highs, lows = np.zeros(targets, np.int64), sums
    add_wide(frozen(owners), frozen(numbers), highs, lows)
    highs += lows >> _HALF_BITS
    lows &= (1 << _HALF_BITS) - 1
    edge = 1 << (_HALF_BITS - 1)
    outside = np.flatnonzero((highs < -edge) | (highs >= edge)).tolist()
    beyond = {place: (int(highs[place]) << _HALF_BITS) + int(lows[place]) for place in outside}
    highs[outside] = 0
    lows[outside] = 0
    return (highs << _HALF_BITS) | lows, beyond


def float_sums(
    owners: Ordinals, numbers: Floats, targets: int, divisors: Ints | None
) -> tuple[Floats, Mask]:
    """The correctly rounded sum of each target, and whether there is one.

    With ``divisors``, none of them 0 where there are records, that sum divided by them and
    rounded once more. Infinities of both signs have no sum; those of one are it. A sum beyond
    the doubles is infinite, an average only if it is so itself. Cost: a pass, and for those whose
    sum two doubles do not hold a few more.
    """
    sums, rests = np.zeros(targets), np.zeros(targets)
    states = np.zeros(targets, np.uint8)
    add_floats(frozen(owners), frozen(numbers), sums, rests, states)
    sums += rests
    there = np.ones(targets, np.bool_)
    if (states == ROUNDED).any():
        places, groups = _groups_of(owners, numbers, states == ROUNDED)
        sums[places] = _sums(groups)
    if divisors is not None:
        np.divide(sums, divisors, out=sums, where=divisors > 0)
    if (states == BEYOND).any():
        places, groups = _groups_of(owners, numbers, states == BEYOND)
        found = _huge_sums(groups, None if divisors is None else divisors[places])
        sums[places] = found
        there[places] = ~np.isnan(found)
        sums[~there] = 0.0
    return sums, there


def _groups_of(owners: Ordinals, numbers: Floats, wanted: Mask) -> tuple[Ordinals, Groups]:
    """The wanted targets, and their numbers together."""
    places = np.flatnonzero(wanted)
    narrow = np.zeros(len(wanted), np.int64)
    narrow[places] = np.arange(len(places))
    held = wanted[owners]
    return places, Groups.of(narrow[owners[held]], numbers[held], len(places), None)


def _sums(groups: Groups) -> Floats:
    sums = np.zeros(len(groups.starts) - 1)
    sums_of_groups(frozen(groups.starts), frozen(groups.numbers), sums)
    return sums


def _huge_sums(groups: Groups, divisors: Ints | None) -> Floats:
    """Sums, divided if need be, of groups with infinities or doubles next to them; NaN for none."""
    owners = np.repeat(np.arange(len(groups.starts) - 1), groups.sizes)
    numbers = groups.numbers
    sizes = np.abs(numbers)
    finite = np.isfinite(numbers)
    smaller = np.where(finite, numbers * _SMALLER, 0.0)
    sums = _sums(Groups(groups.starts, smaller, groups.carried))
    with np.errstate(over="ignore"):
        sums = (sums if divisors is None else sums / divisors) / _SMALLER
    mixed = np.unique(owners[(sizes > 0) & (sizes < _SMALL)]).tolist()
    for group in mixed:
        place = slice(groups.starts[group], groups.starts[group + 1])
        divisor = 1 if divisors is None else int(divisors[group])
        sums[group] = _exact_sum(numbers[place][finite[place]], divisor)
    ends = [counts_of(owners[numbers == end], len(sums)) > 0 for end in (np.inf, -np.inf)]
    for there, end in zip(ends, (np.inf, -np.inf), strict=True):
        sums[there] = end
    sums[ends[0] & ends[1]] = np.nan
    return sums


def _exact_sum(numbers: Floats, divisor: int) -> float:
    """By fractions, number by number: for the rare group of very large and very small ones."""
    total = sum((Fraction(number) for number in numbers.tolist()), Fraction(0))
    try:
        rounded = float(total)
        return rounded / divisor
    except OverflowError:
        pass
    try:
        return float(total / divisor)
    except OverflowError:
        return np.inf if total > 0 else -np.inf
