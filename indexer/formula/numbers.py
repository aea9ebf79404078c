"""Exact arithmetic on whole columns: ints and decimals as ints, and null where it overflows.

Nearly all of it fits into 64 bits on the way; the few records for which it doesn't are calculated
with Python's ints, one by one.
"""

from collections.abc import Callable, Sequence

import numpy as np

from indexer.formula.constants import DECIMAL_MAX, INT64_MAX, INT64_MIN
from indexer.formula.kinds import DOUBLE, Kind
from indexer.formula.vectors import Array, Mask, Vector
from indexer.model.schema import FieldType

Numbers = tuple[Array, Mask]
"""Numbers, and where they are right."""

_SAFE = 2.0**62


def calculated(sign: str, arguments: Sequence[Vector], kind: Kind) -> Vector:
    """``+ - * / %`` of two vectors; those of a float result are floats already."""
    left, right = arguments
    filled = left.filled & right.filled
    if kind == DOUBLE:
        with np.errstate(all="ignore"):
            numbers = _DOUBLES[sign](left.data, right.data)
        return finite(numbers, filled & (right.data != 0) if sign in "/%" else filled)
    numbers, right_ones = _WHOLES[sign](left, right, kind)
    return within(numbers, filled & right_ones, kind)


def within(numbers: Array, filled: Mask, kind: Kind) -> Vector:
    """Whole numbers as that kind: a decimal of too many digits is null."""
    if kind.type is FieldType.DECIMAL:
        filled = filled & (numbers <= DECIMAL_MAX) & (numbers >= -DECIMAL_MAX)
    return Vector(kind, numbers, filled)


def finite(numbers: Array, filled: Mask) -> Vector:
    """Doubles; what is no finite number is null, and there is no negative zero."""
    return Vector(DOUBLE, numbers + 0.0, filled & np.isfinite(numbers))


def negative(vector: Vector) -> Vector:
    """With the other sign; the least int has none."""
    if vector.kind == DOUBLE:
        return Vector(DOUBLE, -vector.data + 0.0, vector.filled)
    fits = vector.filled & (vector.data != INT64_MIN)
    return Vector(vector.kind, -np.where(fits, vector.data, 0), fits)


def absolute(vector: Vector) -> Vector:
    """Without a sign."""
    if vector.kind == DOUBLE:
        return Vector(DOUBLE, np.abs(vector.data), vector.filled)
    fits = vector.filled & (vector.data != INT64_MIN)
    return Vector(vector.kind, np.abs(np.where(fits, vector.data, 0)), fits)


def times_power(numbers: Array, power: int) -> Numbers:
    """``numbers * 10 ** power``, power from 0 to 18."""
    return _multiplied(numbers, np.int64(10**power)) if power else (numbers, _all_right(numbers))


def divided_by_power(numbers: Array, power: int) -> Array:
    """``numbers / 10 ** power`` rounded half away from zero; 0 where all digits go."""
    if power > 18:
        return np.zeros(len(numbers), np.int64)
    unit = np.int64(10**power)
    whole, rest = np.divmod(numbers, unit)
    up = np.where(
        numbers >= 0, 2 * rest.astype(np.uint64) >= unit, 2 * rest.astype(np.uint64) > unit
    )
    return np.asarray(whole + up, np.int64)


def exactly(calculate: Callable[[int, int], int | None], left: Array, right: Array) -> Numbers:
    """The same with Python's ints, record by record, for the few that need it."""
    found = [calculate(*pair) for pair in zip(left.tolist(), right.tolist(), strict=True)]
    fits = [each is not None and INT64_MIN <= each <= INT64_MAX for each in found]
    kept = [each if fit else 0 for each, fit in zip(found, fits, strict=True)]
    return np.array(kept, np.int64), np.array(fits, np.bool_)


def _all_right(numbers: Array) -> Mask:
    return np.ones(len(numbers), np.bool_)


def _added(left: Array, right: Array) -> Numbers:
    total = left + right
    return total, ((left ^ total) & (right ^ total)) >= 0


def _multiplied(left: Array, right: Array | np.int64) -> Numbers:
    product = left * right
    sure = np.abs(left.astype(np.float64) * right) < _SAFE
    if sure.all():
        return product, sure
    doubtful = np.flatnonzero(~sure)
    pair = (np.broadcast_to(each, product.shape)[doubtful] for each in (left, right))
    product[doubtful], fits = exactly(lambda one, other: one * other, *pair)
    right_ones = sure.copy()
    right_ones[doubtful] = fits
    return product, right_ones


def _aligned(left: Vector, right: Vector) -> tuple[Numbers, Numbers]:
    scale = max(left.kind.scale, right.kind.scale)
    return (
        times_power(left.data, scale - left.kind.scale),
        times_power(right.data, scale - right.kind.scale),
    )


def _sum(left: Vector, right: Vector, _: Kind) -> Numbers:
    # What is too large in the finer unit is so in the sum: the other one has 18 digits at most.
    (one, fits), (other, others_fit) = _aligned(left, right)
    total, right_ones = _added(one, other)
    return total, right_ones & fits & others_fit


def _difference(left: Vector, right: Vector, _: Kind) -> Numbers:
    (one, fits), (other, others_fit) = _aligned(left, right)
    total = one - other
    right_ones: Mask = ((one ^ other) & (one ^ total)) >= 0
    return total, right_ones & fits & others_fit


def _product(left: Vector, right: Vector, _: Kind) -> Numbers:
    return _multiplied(left.data, right.data)


def _quotient(left: Vector, right: Vector, kind: Kind) -> Numbers:
    """Rounded half away from zero at the scale of the result."""
    power = kind.scale + right.kind.scale - left.kind.scale
    whole, fits = times_power(left.data, min(max(power, 0), 18))
    parts, parts_fit = times_power(right.data, min(max(-power, 0), 18))
    fits = fits & parts_fit & (abs(power) <= 18)
    fits &= (whole > INT64_MIN) & (parts > INT64_MIN)
    there = right.data != 0
    safe = fits & there
    top, bottom = np.abs(np.where(safe, whole, 0)), np.abs(np.where(safe, parts, 1))
    count, rest = np.divmod(top, bottom)
    # Without doubling the rest, which might not fit.
    count += rest >= bottom - rest
    count = np.where((whole < 0) != (parts < 0), -count, count)
    hard = np.flatnonzero(~fits & there & left.filled & right.filled)
    if len(hard):
        scale = 10 ** max(power, 0), 10 ** max(-power, 0)
        count[hard], safe[hard] = exactly(
            lambda one, other: _half_away(one * scale[0], other * scale[1]),
            left.data[hard], right.data[hard],
        )  # fmt: skip
    return count, safe


def _remainder(left: Vector, right: Vector, _: Kind) -> Numbers:
    (one, fits), (other, others_fit) = _aligned(left, right)
    there = right.data != 0
    safe = fits & others_fit & there & (other != -1)
    rest = np.where(safe, np.mod(one, np.where(safe, other, 1)), 0)
    hard = np.flatnonzero(~(fits & others_fit) & there & left.filled & right.filled)
    safe = there & (safe | (fits & others_fit))
    if len(hard):
        scale = max(left.kind.scale, right.kind.scale)
        up = 10 ** (scale - left.kind.scale), 10 ** (scale - right.kind.scale)
        rest[hard], safe[hard] = exactly(
            lambda first, second: (first * up[0]) % (second * up[1]),
            left.data[hard], right.data[hard],
        )  # fmt: skip
    return rest, safe


def _half_away(top: int, bottom: int) -> int:
    count, rest = divmod(abs(top), abs(bottom))
    count += 2 * rest >= abs(bottom)
    return -count if (top < 0) != (bottom < 0) else count


_DOUBLES = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "%": np.mod}
_WHOLES = {
    "+": _sum,
    "-": _difference,
    "*": _product,
    "/": _quotient,
    "%": _remainder,
}
