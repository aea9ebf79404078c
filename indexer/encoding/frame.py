"""Whole numbers in few bytes: how far each is from the least one, in units they all share.

``number = base + unit * lane``. Lanes are unsigned, as narrow as the farthest number lets them
be. Everything is exact: bases, units and lanes go up to 64 bits, bounds may be of any size.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Lanes = npt.NDArray[Any]
"""uint8, uint16, uint32 or uint64; in number columns also float64."""
Numbers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

LANE_TYPES = (np.uint8, np.uint16, np.uint32, np.uint64)

_WRAP = 1 << 64
_SAMPLE = 64
"""Differences that a unit is guessed from before all are held against it."""


@dataclass(frozen=True, slots=True)
class Frame:
    """From lanes to numbers and back."""

    base: int = 0
    unit: int = 1

    def numbers(self, lanes: Lanes) -> Numbers:
        """The numbers of these lanes."""
        wide = lanes.astype(np.uint64)
        if self.unit != 1:
            wide *= np.uint64(self.unit)
        if self.base:
            wide += np.uint64(self.base % _WRAP)
        return wide.view(np.int64)

    def places(self, numbers: Numbers) -> tuple[npt.NDArray[np.uint64], Mask]:
        """The lane of each number, and whether it has one; that of others means nothing."""
        steps = _steps(numbers, self.base)
        inside: Mask = numbers >= self.base
        if self.unit == 1:
            return steps, inside
        lanes = steps // np.uint64(self.unit)
        inside &= lanes * np.uint64(self.unit) == steps
        return lanes, inside

    def bounds(
        self, low: int | None, high: int | None, *, low_open: bool, high_open: bool, most: int
    ) -> tuple[int, int] | None:
        """The lanes from first to last, both at most ``most``, between two bounds of any size.

        None where there are none.
        """
        first, last = 0, most
        if low is not None:
            away = low - self.base
            first = max(0, away // self.unit + 1 if low_open else -(-away // self.unit))
        if high is not None:
            away = high - self.base
            last = min(most, -(-away // self.unit) - 1 if high_open else away // self.unit)
        return (first, last) if first <= last else None


def framed(numbers: Numbers, held: Mask | None = None) -> tuple[Lanes, Frame]:
    """The numbers in the narrowest lanes; where not ``held``, the lane is 0.

    Cost: two passes, two more where a unit makes lanes narrower.
    """
    there = numbers if held is None else numbers[held]
    if not len(there):
        return np.zeros(len(numbers), np.uint8), Frame()
    base = int(there.min())
    span = int(there.max()) - base
    unit = 1
    steps = _steps(numbers, base)
    if held is not None:
        steps[~held] = 0
    if span > np.iinfo(np.uint8).max:
        unit = _unit_of(steps)
        if lane_type(span // unit) == lane_type(span):
            unit = 1
    lanes = steps if unit == 1 else steps // np.uint64(unit)
    return lanes.astype(lane_type(span // unit)), Frame(base, unit)


def lane_type(most: int) -> type[np.unsignedinteger[Any]]:
    """The narrowest type that holds lanes up to ``most``."""
    return next(kind for kind in LANE_TYPES if most <= np.iinfo(kind).max)


def _steps(numbers: Numbers, base: int) -> npt.NDArray[np.uint64]:
    """How far each number is above the base, modulo 2^64."""
    steps = np.ascontiguousarray(numbers, np.int64).view(np.uint64) - np.uint64(base % _WRAP)
    return np.asarray(steps, np.uint64)


def _unit_of(steps: npt.NDArray[np.uint64]) -> int:
    """The greatest number that divides all of them, which are not all 0."""
    unit = int(np.gcd.reduce(steps[:: max(1, len(steps) // _SAMPLE)]))
    if unit == 1:
        return 1
    rest = steps if not unit else steps[steps // np.uint64(unit) * np.uint64(unit) != steps]
    return int(np.gcd(np.uint64(unit), np.gcd.reduce(rest))) if len(rest) else unit
