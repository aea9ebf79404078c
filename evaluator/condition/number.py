"""Exact numbers: from text, and to their place among the values a field can store.

No rounding happens here, and no exponent, however large, costs more than its digits.
"""

import math
import re
from decimal import MAX_EMAX, MIN_EMIN, ROUND_FLOOR, Context, Decimal, InvalidOperation

import msgspec

from indexer.model.record import Scalar
from indexer.model.schema import DECIMAL_DIGITS_MAX

INT64_MIN = -(2**63)
INT64_MAX = 2**63 - 1
FLOAT_MAX = math.nextafter(math.inf, 0.0)

_WHOLE_DIGITS_MAX = 30
"""A number with more digits before the point than this is beyond 64 bits in any scale."""
_BEYOND = 10**60
_INT_TEXT_MAX = 4_000
"""Python itself refuses to read a longer text as an int; as a decimal it is as exact."""
_TINY = Decimal("1E-9999")
_HUGE = Decimal("1E+9999")
_STEPS = tuple(Decimal((0, (1,), -scale)) for scale in range(DECIMAL_DIGITS_MAX + 1))
_WIDE = Context(prec=100, Emax=MAX_EMAX, Emin=MIN_EMIN)
"""Rounds none of our results. Only ever an argument; its flags are never looked at."""
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


class Point(msgspec.Struct, frozen=True):
    """Where a literal lies among stored values.

    ``first`` is the smallest stored value that is not below it, ``last`` the largest not above.
    Stored values equal to the literal are those from ``first`` to ``last``; there are none if
    ``first > last``.
    """

    first: Scalar
    last: Scalar


def decimal_from(text: str) -> Decimal:
    """The number that a JSON number's text spells.

    An exponent beyond what Decimal holds gives a number that is on the same side of everything
    a field can store.
    """
    try:
        return Decimal(text)
    except InvalidOperation:
        digits, _, exponent = text.lower().partition("e")
        mantissa = Decimal(digits)
        if mantissa.is_zero():
            return Decimal(0)
        return (_TINY if exponent.startswith("-") else _HUGE).copy_sign(mantissa)


def number_from(literal: object) -> int | Decimal | None:
    """The number a JSON literal stands for, also one in a string; None if it is not a number."""
    kind = type(literal)
    if kind is int or kind is Decimal:
        assert isinstance(literal, int | Decimal)
        return literal if kind is int or Decimal(literal).is_finite() else None
    if isinstance(literal, float):
        return Decimal(repr(literal)) if math.isfinite(literal) else None
    if isinstance(literal, str) and (match := _NUMBER.fullmatch(literal)):
        is_whole = match[1] is None and match[2] is None
        if is_whole and len(literal) <= _INT_TEXT_MAX:
            return int(literal)
        return decimal_from(literal)
    return None


def whole_point(number: int | Decimal, scale: int) -> Point:
    """The place of ``number`` among whole multiples of ``10 ** -scale``, counted in those."""
    if isinstance(number, int):
        units = number * 10**scale
        return Point(units, units)
    if not number.is_zero() and number.adjusted() > _WHOLE_DIGITS_MAX:
        units = -_BEYOND if number.is_signed() else _BEYOND
        return Point(units, units)
    below = number.quantize(_STEPS[scale], ROUND_FLOOR, _WIDE)
    units = int(below.scaleb(scale, _WIDE))
    return Point(units if below == number else units + 1, units)


def float_point(number: int | Decimal) -> Point:
    """The place of ``number`` among doubles.

    An int is compared exactly. Any other number stands for its nearest double, as it does when
    data is read, unless it is beyond the largest.
    """
    try:
        nearest = float(number)
    except OverflowError:
        nearest = math.inf if number > 0 else -math.inf
    if nearest == math.inf:
        return Point(math.inf, FLOAT_MAX)
    if nearest == -math.inf:
        return Point(-FLOAT_MAX, -math.inf)
    if isinstance(number, Decimal) or nearest == number:
        zero_without_sign = nearest + 0.0
        return Point(zero_without_sign, zero_without_sign)
    if nearest > number:
        return Point(nearest, math.nextafter(nearest, -math.inf))
    return Point(math.nextafter(nearest, math.inf), nearest)
