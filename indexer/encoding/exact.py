"""Numbers of two stored types compared as mathematics does, record by record, vectorised.

Nothing is rounded: ints beyond 2^53 against doubles, decimals of different scales without
overflow, decimals against doubles to the last bit.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Orders = npt.NDArray[np.int8]
"""-1 where the left one is less, 0 where both are equal, 1 where it is greater."""

_TWO_63 = 2.0**63
_SPLIT = 2.0**27 + 1


def order_of(left: Any, right: Any, left_scale: int, right_scale: int) -> Orders:
    """How each left number compares with the right one.

    An array is int64 in units of ``10 ** -scale``, or float64 without NaN, whose scale is 0.
    """
    if left.dtype.kind == "f" and right.dtype.kind == "f":
        return _order(left, right)
    if right.dtype.kind == "f":
        return _against_floats(left.astype(np.int64), right, left_scale)
    if left.dtype.kind == "f":
        return -_against_floats(right.astype(np.int64), left, right_scale)
    return _of_scales(left.astype(np.int64), right.astype(np.int64), left_scale, right_scale)


def _order(left: Any, right: Any) -> Orders:
    order: Orders = (left > right).astype(np.int8) - (left < right).astype(np.int8)
    return order


def _first_unequal(one: Orders, other: Orders) -> Orders:
    return np.where(one != 0, one, other)


def _of_scales(left: Any, right: Any, left_scale: int, right_scale: int) -> Orders:
    if left_scale > right_scale:
        return -_of_scales(right, left, right_scale, left_scale)
    # The finer one is brought to the coarser units, with a rest: multiplying could overflow.
    whole, rest = np.divmod(right, np.int64(10 ** (right_scale - left_scale)))
    return _first_unequal(_order(left, whole), -(rest > 0).astype(np.int8))


def _against_floats(units: Any, floats: Any, scale: int) -> Orders:
    """Decimals against doubles: the whole parts first, then the fractions."""
    inside = (floats >= -_TWO_63) & (floats < _TWO_63)
    safe = np.where(inside, floats, 0.0)
    # Cut towards zero, because a double less its whole part is then exact.
    cut = np.trunc(safe)
    power = np.int64(10**scale)
    whole, rest = np.divmod(units, power)
    below_zero = (units < 0) & (rest != 0)
    whole, rest = whole + below_zero, rest - np.where(below_zero, power, np.int64(0))
    order = _first_unequal(_order(whole, cut.astype(np.int64)), _fractions(rest, safe - cut, scale))
    return np.where(inside, order, np.where(floats > 0, np.int8(-1), np.int8(1)))


def _fractions(rest: Any, fraction: Any, scale: int) -> Orders:
    """``rest`` in units of ``10 ** -scale`` against a double, both between -1 and 1."""
    power = float(10**scale)
    high = fraction * power
    low = _product_error(fraction, power, high)
    # What is sought is the sign of rest - (high + low), and |low| is at most half the distance
    # between doubles near high. rest - high is nothing or at least that distance, so that low
    # decides only where it must; both parts of the difference are exact.
    cut = np.trunc(high)
    apart = (rest - cut.astype(np.int64)).astype(np.float64) - (high - cut)
    # The product of a tiny fraction loses digits, but against nothing its sign is enough.
    return np.where(rest == 0, _order(0.0, fraction), _order(apart, low))


def _product_error(left: Any, right: float, product: Any) -> Any:
    """``left * right - product`` exactly (Dekker), but where it underflows."""
    left_high, left_low = _halves(left)
    right_high, right_low = _halves(np.float64(right))
    error = left_high * right_high - product
    error = error + left_high * right_low + left_low * right_high
    return error + left_low * right_low


def _halves(value: Any) -> tuple[Any, Any]:
    """Two doubles of half the digits that add up to it."""
    spread = value * _SPLIT
    high = spread - (spread - value)
    return high, value - high
